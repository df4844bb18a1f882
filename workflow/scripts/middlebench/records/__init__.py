"""The point record: made, judged, checked on reading, and laid into one table."""
