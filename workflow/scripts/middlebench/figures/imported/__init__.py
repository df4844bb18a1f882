"""The figure of imported series beside measured ones."""
