"""The figure of the throughput."""
