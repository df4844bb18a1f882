"""The figure of the cost model."""
