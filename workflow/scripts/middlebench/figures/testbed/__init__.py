"""The figure of the testbed's wiring."""
