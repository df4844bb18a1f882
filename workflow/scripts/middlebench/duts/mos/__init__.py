"""mOS as a DUT, and its build."""
