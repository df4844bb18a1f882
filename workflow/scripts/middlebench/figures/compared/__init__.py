"""The figure of comparisons in turns: ratios of variants, their intervals, the margin."""
