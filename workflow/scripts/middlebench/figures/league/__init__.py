"""The figures of the league."""
