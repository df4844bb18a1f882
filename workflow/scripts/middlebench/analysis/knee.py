"""The knee of a series: the highest rate that the DUT carries, and how sure that is.

Method. A repetition exceeds when its loss ratio is above the allowed one. The share of exceeding
repetitions at each rate, made never to fall with the rate by isotonic regression (weighted by the
number of repetitions), is the chance that a trial at that rate fails. The knee is the highest
measured rate whose chance is at most the allowed exceed ratio: a lower bound, one step of the sweep
below the first rate that is known to fail. Nothing counts above a rate that failed each time it
was repeated.

Why so. One trial that fails at a low rate, while rates above hold, is averaged away instead of
being the result (figure 4.7 of the thesis has such a spike); one that luckily passes far above the
knee does not raise it; and each rate leans on its neighbours, so that few repetitions tell more.

Sources. With an allowed loss above 0 it is the PDR.  `lossless` is the throughput of RFC 2544,
section 26.1 (NDR).
Loss ratio and exceed ratio are goals of MLRsearch (draft-ietf-bmwg-mlrsearch), which bisects where
this reads a grid; that nothing counts above a rate that failed is its rule for load inversion.
Isotonic regression for the highest dose that at most a given share reacts to: Leung and Wang,
Isotonic designs for phase I trials, Controlled Clinical Trials 22 (2001) 126.

Interval. A trial exceeds when the DUT's capacity in it is below what it had to carry. So the true
knee is the highest measured rate that the capacity's quantile of the allowed exceed ratio carries,
and is between those that both ends of that quantile's interval carry (`analysis.bounds`). All
trials tell of it, above a rate that failed each time too. It is widened to hold the knee. That it
covers what it says is simulated in tests/simulation; a bootstrap over the repetitions of each rate
covered 53 to 73 % there with three of them.
"""

import math
from collections.abc import Mapping, Sequence

from middlebench.analysis.bounds import Bounds, quantile_bounds, trial
from middlebench.records.verdict import VALID_VERDICTS

NOT_CARRIED = ("stalled", "failed")
"""Verdicts of trials in which the DUT did not carry the rate, and what it lost is not known."""

NONE_HOLDS = 0
"""Stands for `no rate holds` among knees [Mbit/s]: below every rate that can be measured."""

_EPSILON = 1e-9  # shares are fractions: 1/4 pooled from several rates is at most 1/4

Losses = Mapping[int, Sequence[float]]
"""Rate [Mbit/s] -> loss ratio (0..1) of each repetition, as `counted_loss`; NaN has none."""


def knee(losses: Losses, max_loss_ratio: float, max_exceed_ratio: float) -> int | None:
    """Highest rate [Mbit/s] at which at most `max_exceed_ratio` of the trials lose too much.

    None when no rate holds.  ValueError for a ratio outside 0..1.
    """
    shares = _exceeding(_known(losses, max_loss_ratio, max_exceed_ratio), max_loss_ratio)
    if not shares:
        return None
    counts = [len(share) for share in shares.values()]
    means = [sum(share) / len(share) for share in shares.values()]
    return _highest(list(shares), means, counts, max_exceed_ratio) or None


def lossless(losses: Losses) -> int | None:
    """Highest rate [Mbit/s] at and below which no trial lost a packet (NDR).

    Strict, with an exceed ratio of 0: RFC 2544, section 26.1, calls throughput the fastest rate at
    which not a frame is lost, and one trial that lost some has shown that the rate is not such a
    one.  None when no rate is.
    """
    return knee(losses, max_loss_ratio=0.0, max_exceed_ratio=0.0)


def knee_interval(
    losses: Losses, max_loss_ratio: float, max_exceed_ratio: float, near: bool = False
) -> Bounds | None:
    """Interval of `knee` [Mbit/s]; None without any rate that was repeated, or too few trials.

    Both ends are measured rates: a low end of None is `maybe none holds`, the highest rate as high
    end `maybe more`.  Its level (0..1) is 0.95, or what so few trials give; `near` as
    `quantile_bounds` says.
    """
    known = _known(losses, max_loss_ratio, max_exceed_ratio)
    if max(map(len, known.values()), default=0) < 2:
        return None
    trials = [trial(rate, loss, max_loss_ratio) for rate in known for loss in known[rate]]
    found = quantile_bounds(trials, max_exceed_ratio, near)
    if found is None:
        return None
    middle = knee(losses, max_loss_ratio, max_exceed_ratio)
    carried = {rate: rate * (1 - max_loss_ratio) for rate in known}
    low = _highest_within(carried, found.low)
    high = max(known) if found.high is None else _highest_within(carried, found.high)
    ends = (min(low, middle or NONE_HOLDS), max(high, middle or NONE_HOLDS))
    return Bounds(ends[0] or None, ends[1] or None, round(found.level, 4))


def counted_loss(verdict: str, loss_ratio: float | None) -> float | None:
    """The loss ratio that a trial counts with here; None or NaN when it says nothing of the DUT.

    A DUT that hangs or does something else did not carry the rate, whatever came back until then:
    it counts as if all were lost.
    """
    if verdict in NOT_CARRIED:
        return 1.0
    return loss_ratio if verdict in VALID_VERDICTS else None


def _highest_within(carried: Mapping[int, float], capacity: float | None) -> int:
    """The highest rate that such a capacity carries, or NONE_HOLDS."""
    within = (rate for rate, needed in carried.items() if needed <= (capacity or 0))
    return max(within, default=NONE_HOLDS)


def _known(
    losses: Losses, max_loss_ratio: float, max_exceed_ratio: float
) -> dict[int, list[float]]:
    """The loss ratios that there are, in order of rate; ValueError for one outside 0..1."""
    for name, ratio in (("loss", max_loss_ratio), ("exceed", max_exceed_ratio)):
        if not 0 <= ratio <= 1:
            raise ValueError(f"the allowed {name} ratio is outside 0..1: {ratio}")
    found = {}
    for rate in sorted(losses):
        known = [loss for loss in losses[rate] if not math.isnan(loss)]
        if any(not 0 <= loss <= 1 for loss in known):
            raise ValueError(f"a loss ratio at {rate} Mbit/s is outside 0..1: {known}")
        if known:
            found[rate] = known
    return found


def _exceeding(known: Losses, max_loss_ratio: float) -> dict[int, list[bool]]:
    """Whether each repetition of each rate exceeds, in order of rate.

    Ends with the first rate that failed each time it was repeated.
    """
    shares = {}
    for rate, of_rate in known.items():
        shares[rate] = [loss > max_loss_ratio for loss in of_rate]
        if len(of_rate) > 1 and all(shares[rate]):
            break
    return shares


def _highest(
    rates: Sequence[int], means: Sequence[float], counts: Sequence[int], limit: float
) -> int:
    """Highest rate whose isotonic share is within the limit, or NONE_HOLDS."""
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(means, weights=counts).x
    held = (fitted <= limit + _EPSILON).nonzero()[0]
    return rates[held[-1]] if held.size else NONE_HOLDS
