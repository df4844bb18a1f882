"""How sure a median over repetitions is: its bootstrap confidence interval."""

from collections.abc import Sequence
from typing import NamedTuple

CONFIDENCE = 0.95
RESAMPLES = 999
SEED = 1
"""Resampling draws at random, but always the same: the same records give the same tables."""


class Interval(NamedTuple):
    """The bounds of a 95 % confidence interval, in the unit of the values."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """Upper minus lower bound."""
        return self.high - self.low


def median_interval(values: Sequence[float]) -> Interval | None:
    """95 % percentile bootstrap interval of the median; None with fewer than two values.

    Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.  With up to five
    values it is their whole range: what few repetitions can say.
    """
    import numpy as np
    from scipy.stats import bootstrap

    if len(values) < 2:
        return None
    found = bootstrap(
        (values,),
        np.median,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=SEED,
    ).confidence_interval
    return Interval(float(found.low), float(found.high))
