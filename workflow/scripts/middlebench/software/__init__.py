"""Which software is used, and how it is built."""
