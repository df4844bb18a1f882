"""What all figures share: canvas, layout, lines, looks, style and words."""
