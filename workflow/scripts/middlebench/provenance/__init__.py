"""What results are made from, by content, and which of those that are there are kept."""
