"""How sure a median over repetitions is: its bootstrap confidence interval."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

CONFIDENCE = 0.95
RESAMPLES = 999
SEED = 1
"""Resampling draws at random, but always the same: the same records give the same tables."""

_RANGE_ALONE = 5
"""Of so few values the least is the median in more than 2.5 % of all draws: of five in 5.8 %."""

_TAIL = (1 - CONFIDENCE) / 2


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
    if len(values) < 2:
        return None
    if len(values) <= _RANGE_ALONE:
        return Interval(_between_twins(min(values), _TAIL), _between_twins(max(values), 1 - _TAIL))
    found = _bootstrap(values).confidence_interval
    return Interval(float(found.low), float(found.high))


def median_draws(values: Sequence[float]) -> "np.ndarray | None":
    """RESAMPLES medians of `values` drawn anew; None with fewer than two values."""
    return None if len(values) < 2 else _bootstrap(values).bootstrap_distribution


def _between_twins(value: float, share: float) -> float:
    """The quantile `share` of RESAMPLES draws that are all the same, to the last digit.

    The library interpolates between two of them as numpy's method "linear", and rounds.
    """
    part = (share * RESAMPLES + 1 - share) % 1
    return float((1 - part) * value + part * value)


def _bootstrap(values: Sequence[float]) -> Any:
    import numpy as np
    from scipy.stats import bootstrap

    return bootstrap(
        (values,),
        np.median,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=SEED,
    )
