"""The figure of a series: latency and loss over the offered rate."""
