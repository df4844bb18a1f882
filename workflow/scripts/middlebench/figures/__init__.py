"""The figures: pure functions from tables to matplotlib figures."""
