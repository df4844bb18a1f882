"""The figure of the frame sizes of a capture."""
