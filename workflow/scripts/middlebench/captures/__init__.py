"""Capture files: how many frames of which size."""
