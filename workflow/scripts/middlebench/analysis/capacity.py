"""The capacity of a series: C50, what the DUT carries in half of its trials, and how it spreads.

Every trial bounds it (`analysis.bounds`).  C50 is the median of a lognormal distribution that is
fitted by maximum likelihood to the trials that tell, censored ones too (scipy's CensoredData;
Meeker and Escobar, Statistical Methods for Reliability Data (1998), chapter 8), as long as they
look like one; else it is their own median.  What is looked at: the largest distance of their
distribution from the fitted one, by the bound of 1 % of Lilliefors (J. Am. Stat. Assoc. 62 (1967)
399; for any number of values: Stephens, J. Am. Stat. Assoc. 69 (1974) 730), and whether they
measure less where more was offered (Kendall's tau).

The interval of C50 does not lean on that fit.  Student's t on logarithms, which does, holds the
median of a machine with two states in 2 of 3 runs of eight trials and in 1 of 100 of thirty, where
nothing in few trials tells that there are two; order statistics hold it in 95 of 100.  The knee is
the quantile of the exceed ratio that is allowed, of the same capacities, with an interval found
the same way (`analysis.knee.knee_interval`).  tests/simulation looks whether they hold it.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from middlebench.analysis.bounds import Trial, believed, informed, quantile_bounds

GOOD = "good"
_HALF = 0.5
_CHECKED_FROM = 5
"""Of fewer measured trials nobody can say whether they look like one distribution."""

_LILLIEFORS = 1.035
"""The bound of 1 % for a normal distribution of unknown mean and spread."""

_RARE = 0.01
"""A trend that chance makes less often is one."""

_ALIKE = 1e-9
_QUARTILES = 1.349
"""Between the quartiles of a normal distribution, in its standard deviations."""


class Capacity(NamedTuple):
    """C50 and its interval, in the unit of the trials; None where nothing is known."""

    middle: float | None
    low: float | None
    """None: maybe nothing."""
    high: float | None
    """None: maybe any."""
    level: float | None
    """How often, at least, such an interval holds C50 (0..1)."""
    spread: float | None
    """Standard deviation of the capacity's logarithm: relative, from trial to trial."""
    fit: str
    """GOOD, or why the trials are not those of one lognormal distribution, or cannot tell."""


def capacity(trials: Sequence[Trial]) -> Capacity:
    """C50 of these trials, and how sure it is."""
    trials = believed(trials)
    low, high, level = quantile_bounds(trials, _HALF) or (None, None, None)
    least, sample = informed(trials, _HALF)
    measured = [of for of in sample if of.measured]
    if least is None or len(measured) < 2:
        return Capacity(None, low, high, level, None, _why_none(trials))
    fit, middle, spread = "", *_fitted(sample)
    if len(measured) >= _CHECKED_FROM:
        fit = _doubt(sample, middle, spread)
    if fit:
        middle, spread = _as_they_are(sample)
    elif len(measured) < _CHECKED_FROM:
        fit = f"too few to tell: {len(measured)} overloaded"
    if middle is not None:  # what all say may lie beside an interval between few
        middle = max(middle, low or 0) if high is None else min(max(middle, low or 0), high)
    return Capacity(middle, low, high, level, spread, fit or GOOD)


def _why_none(trials: Sequence[Trial]) -> str:
    """Why there is no C50."""
    if not trials:
        return "no trial tells"
    if sum(of.measured is None for of in trials) >= len(trials) / 2:
        return "too many carry their rate"
    return "too few overloaded trials"


def _censored(sample: Sequence[Trial]) -> Any:
    """Their logarithms, as scipy takes them."""
    from scipy.stats import CensoredData

    return CensoredData(
        uncensored=[math.log(of.measured) for of in sample if of.measured],
        right=[math.log(of.limit) for of in sample if of.measured is None],
        left=[math.log(of.limit) for of in sample if of.measured == 0],
    )


def _fitted(sample: Sequence[Trial]) -> tuple[float, float]:
    """Median and spread of the lognormal distribution that fits best."""
    from scipy.stats import norm

    logs = [math.log(of.measured) for of in sample if of.measured]
    centre, reach = sum(logs) / len(logs), (max(logs) - min(logs)) / 2
    if reach < _ALIKE:
        return math.exp(centre), 0.0
    where, spread = norm.fit(_censored(sample), loc=centre, scale=reach)
    return math.exp(where), float(spread)


def _doubt(sample: Sequence[Trial], middle: float, spread: float) -> str:
    """Why they are not trials of the distribution that was fitted; empty when they may be."""
    import numpy as np
    from scipy.stats import ecdf, kendalltau, norm

    measured = [(of.limit, of.measured) for of in sample if of.measured]
    lost = sum(of.measured == 0 for of in sample)
    if lost:
        return f"bad: {lost} stalled or failed"
    if not spread:
        return ""
    trend = kendalltau(*zip(*measured, strict=True))
    if trend.statistic < 0 and trend.pvalue < _RARE:
        return "bad: falls with the load"
    seen = ecdf(_censored(sample)).cdf
    values = np.sort(np.log([value for _, value in measured]))
    expected = norm.cdf(values, math.log(middle), spread)
    after, before = seen.evaluate(values), seen.evaluate(np.nextafter(values, -np.inf))
    distance = max(np.abs(after - expected).max(), np.abs(before - expected).max())
    root = math.sqrt(len(sample))
    return (
        "bad: not one distribution" if distance > _LILLIEFORS / (root - 0.01 + 0.85 / root) else ""
    )


def _as_they_are(sample: Sequence[Trial]) -> tuple[float | None, float | None]:
    """Median, and spread from the quartiles, with no distribution assumed; None where unknown."""
    import numpy as np

    values = [math.inf if of.measured is None else of.measured for of in sample]
    quarter, middle, three = np.quantile(values, (0.25, _HALF, 0.75), method="inverted_cdf")
    spread = math.log(three / quarter) / _QUARTILES if quarter and three < math.inf else None
    return (float(middle) if 0 < middle < math.inf else None), spread
