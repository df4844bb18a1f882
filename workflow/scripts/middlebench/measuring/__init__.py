"""Measuring: one point, the calibration of the generator, the functional check."""
