"""What trials say of a DUT's capacity: what it can carry during one, drawn anew each time.

An overloaded trial measures it.  One that carries its rate says `as much as that at least`, and
one that stalled or failed says `less than that`: such data are censored (Kaplan and Meier,
Nonparametric estimation from incomplete observations, J. Am. Stat. Assoc. 53 (1958) 457).

Interval of a quantile.  Take all trials that had to carry L or more.  Whether each had a capacity
below L is known, and how much it was if so: their order statistics are known up to L, and bound
the quantile with a level that no distribution is assumed for (`analysis.interval`).  The lower L,
the more trials: for the upper end it is lowered from the highest rate until that end would be
unknown; for the lower end, which is at most L, further, until they are enough for it.

What is taken for granted is that capacity does not depend on how far above it the load is
(`analysis.capacity` looks whether it does).  Far above it that need not be so: where frames cost
a DUT something before it drops them, less and less is carried (receive livelock: Mogul and
Ramakrishnan, Eliminating receive livelock in an interrupt-driven kernel, ACM TOCS 15 (1997) 217).
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from middlebench.analysis.interval import TAIL, Ranks, ends

FAR = 0.5
"""Share of what a trial had to carry: one that carried less was far above the capacity."""

_NO_END = 0.499
"""An end that is wrong as often as a coin is none."""


class Trial(NamedTuple):
    """What one trial says of the capacity, in the unit of its rate."""

    limit: float
    """What it had to carry: its rate, less the loss that is allowed."""
    measured: float | None
    """What it carried when that was less: its capacity.  None: it carried the rate.  0: less than
    `limit`, nobody knows how much."""

    @property
    def is_near(self) -> bool:
        """Was it overloaded, by a load that was not far above what it carried?"""
        return bool(self.measured) and self.measured >= FAR * self.limit


class Bounds(NamedTuple):
    """An interval of which an end may be open: None."""

    low: float | None
    high: float | None
    level: float
    """How often, at least, such an interval holds what is meant (0..1)."""


def trial(rate: float, loss_ratio: float, max_loss_ratio: float) -> Trial:
    """What a trial at this rate says that lost so much; both ratios are 0..1."""
    measured = rate * (1 - loss_ratio) if loss_ratio > max_loss_ratio else None
    return Trial(rate * (1 - max_loss_ratio), measured)


def believed(trials: Sequence[Trial]) -> list[Trial]:
    """The same, but that one far above the capacity measures none which others say is larger.

    pasta brought back a fiftieth of 400 thousand packets/s, and carried ten times that when it was
    asked for no more.  Such a trial says `less than its limit`, and nobody knows how much.
    """
    carried = max((of.limit for of in trials if of.measured is None), default=0.0)
    return [
        of._replace(measured=0.0)
        if of.measured and of.measured < carried and not of.is_near
        else of
        for of in trials
    ]


def informed(trials: Iterable[Trial], quantile: float) -> tuple[float | None, list[Trial]]:
    """The lowest L that leaves the upper end of the interval known, and the trials from L on.

    None, and all trials, when there is no such L: most of them carried their rate.
    """
    known, found = list(trials), None
    for least in sorted({of.limit for of in known}, reverse=True):
        sample = [of for of in known if of.limit >= least]
        if _upper(sample, least, quantile)[0] < least:
            found = least, sample
        elif found:
            break
    return found or (None, known)


def quantile_bounds(trials: Sequence[Trial], quantile: float, near: bool = False) -> Bounds | None:
    """Interval of a quantile (0..1) of the capacity; None when nothing is known of either end.

    `near`: from those trials alone that tell where it is; narrower, and less sure.
    """
    least, sample = informed(trials, quantile)
    high, wrong_high = None, 0.0
    if least is not None:
        high, ranks = _upper(sample, least, quantile)
        wrong_high = ranks.wrong_high
    if wrong_high >= _NO_END:
        high, wrong_high = None, 0.0
    low, wrong_low = _lower(sample if near else trials, least, quantile)
    if low is None and high is None:
        return None
    return Bounds(low, high, 1 - wrong_low - wrong_high)


def _upper(sample: Sequence[Trial], least: float, quantile: float) -> tuple[float, Ranks]:
    """The upper end, infinite where it is unknown, from trials that had to carry `least` or more.

    Those that were only `less than` a higher limit are left out: where they are is not known.
    """
    known = [of for of in sample if of.measured != 0 or of.limit <= least]
    at_most = sorted(
        math.inf if of.measured is None else of.measured or math.nextafter(of.limit, 0)
        for of in known
    )
    ranks = ends(len(known), quantile)
    return (at_most[ranks.high] if known else math.inf), ranks


def _lower(
    trials: Iterable[Trial], below: float | None, quantile: float
) -> tuple[float | None, float]:
    """The lower end and how often it is wrong, from the trials that had to carry `below` or more.

    Where they are too few, those with less to carry help, and the end is no higher than that.
    """
    known = list(trials)
    starts = sorted({of.limit for of in known}, reverse=True)
    for least in starts:
        sample = [of for of in known if of.limit >= least]
        ranks = ends(len(sample), quantile)
        enough = ranks.wrong_low <= TAIL and (below is None or least <= below)
        if enough or least == starts[-1]:
            break
    else:
        return None, 0.0
    if ranks.wrong_low >= _NO_END:
        return None, 0.0
    at_least = sorted(of.limit if of.measured is None else of.measured for of in sample)
    return min(at_least[ranks.low], least) or None, ranks.wrong_low
