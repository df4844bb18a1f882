"""Middlebench: what software middleboxes can carry, measured and drawn."""
