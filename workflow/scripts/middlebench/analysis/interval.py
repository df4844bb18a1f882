"""How sure a quantile of repetitions is: an interval between two of them, with the level it has.

The number of repetitions below the true quantile is binomial, whatever they are drawn from, so
their order statistics bound it with a level that is known exactly: Conover, Practical Nonparametric
Statistics (3rd edition, 1999), section 3.2.  Nothing is assumed of their distribution; of several
states, drift and outliers it only matters that each repetition is as likely to meet them.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

CONFIDENCE = 0.95
"""What intervals are asked for; those of few repetitions have less, and say how much."""


TAIL = (1 - CONFIDENCE) / 2
"""How often either end may be wrong."""


class Interval(NamedTuple):
    """The bounds of a confidence interval, in the unit of the values."""

    low: float
    high: float
    level: float
    """How often, at least, such an interval holds what is meant (0..1): CONFIDENCE, or less where
    the values are too few for it."""

    @property
    def width(self) -> float:
        """Upper minus lower bound."""
        return self.high - self.low


class Ranks(NamedTuple):
    """Which of sorted values are the ends of an interval, from 0; and how often either is wrong."""

    low: int
    high: int
    wrong_low: float
    wrong_high: float

    @property
    def level(self) -> float:
        """How often, at least, the true quantile is between both."""
        return 1 - self.wrong_low - self.wrong_high


def median_interval(values: Sequence[float]) -> Interval | None:
    """Interval of the median, both ends of which are values; None with fewer than two values.

    Up to eight values it is their whole range.  That is too little for CONFIDENCE below six: two
    to five give 0.5, 0.75, 0.875 and 0.9375.
    """
    if len(values) < 2:
        return None
    ordered, ranks = sorted(values), ends(len(values), 0.5)
    return Interval(ordered[ranks.low], ordered[ranks.high], ranks.level)


@cache
def ends(count: int, quantile: float) -> Ranks:
    """The narrowest ends that are each wrong in at most half of what CONFIDENCE leaves.

    Where no value is such an end, it is the outermost one, with the share that it has.
    """
    from scipy.stats import binom

    below = binom(count, quantile)
    low, high = int(below.ppf(TAIL)) - 1, int(below.ppf(1 - TAIL))
    return Ranks(
        max(low, 0),
        min(high, count - 1),
        TAIL if low >= 0 else float(below.pmf(0)),
        TAIL if high < count else float(below.pmf(count)),
    )
