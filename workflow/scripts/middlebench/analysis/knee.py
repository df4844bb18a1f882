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
Isotonic designs for phase I trials, Controlled Clinical Trials 22 (2001) 126. The interval is a
percentile bootstrap over the repetitions of each rate (Efron and Tibshirani, 1993).
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

from middlebench.analysis.interval import CONFIDENCE, RESAMPLES, SEED

NONE_HOLDS = 0
"""Stands for `no rate holds` among knees [Mbit/s]: below every rate that can be measured."""

_EPSILON = 1e-9  # shares are fractions: 1/4 pooled from several rates is at most 1/4

Losses = Mapping[int, Sequence[float]]
"""Rate [Mbit/s] -> loss ratio (0..1) of each valid repetition; NaN has none."""


def knee(losses: Losses, max_loss_ratio: float, max_exceed_ratio: float) -> int | None:
    """Highest rate [Mbit/s] at which at most `max_exceed_ratio` of the trials lose too much.

    None when no rate holds.  ValueError for a ratio outside 0..1.
    """
    shares, counts = _exceeding(losses, max_loss_ratio, max_exceed_ratio)
    if not shares:
        return None
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
    losses: Losses, max_loss_ratio: float, max_exceed_ratio: float
) -> tuple[int | None, int | None] | None:
    """95 % interval of `knee` [Mbit/s], both ends measured rates; an end is None when none holds.

    None without any rate that was repeated.
    """
    import numpy as np

    drawn = knee_draws(losses, max_loss_ratio, max_exceed_ratio)
    if drawn is None:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf")  # no rate in between
    return int(low) or None, int(high) or None


def knee_draws(
    losses: Losses, max_loss_ratio: float, max_exceed_ratio: float
) -> "np.ndarray | None":
    """RESAMPLES knees [Mbit/s], NONE_HOLDS among them, of repetitions drawn anew; as `knee`.

    None without any rate that was repeated.
    """
    import numpy as np
    from scipy.stats import bootstrap

    shares, counts = _exceeding(losses, max_loss_ratio, max_exceed_ratio)
    if max(counts, default=0) < 2:
        return None
    rates = list(shares)

    def resampled_knees(*samples: "np.ndarray", axis: int) -> "np.ndarray":
        means = np.stack([sample.mean(axis=axis) for sample in samples], axis=-1)
        # the same shares are drawn again and again: few of them, or one alone, without noise
        drawn, which = np.unique(means, axis=0, return_inverse=True)
        knees = [_highest(rates, row, counts, max_exceed_ratio) for row in drawn]
        return np.array(knees, dtype=float)[which.reshape(-1)]

    # the library wants two values at least; a single one, twice, is drawn as what it is
    samples = [share if len(share) > 1 else share * 2 for share in shares.values()]
    return bootstrap(
        samples,
        resampled_knees,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        vectorized=True,
        rng=SEED,
    ).bootstrap_distribution


def _exceeding(
    losses: Losses, max_loss_ratio: float, max_exceed_ratio: float
) -> tuple[dict[int, list[bool]], list[int]]:
    """Whether each repetition of each rate exceeds, in order of rate; and how many there are.

    Ends with the first rate that failed each time it was repeated.
    """
    for name, ratio in (("loss", max_loss_ratio), ("exceed", max_exceed_ratio)):
        if not 0 <= ratio <= 1:
            raise ValueError(f"the allowed {name} ratio is outside 0..1: {ratio}")
    shares = {}
    for rate in sorted(losses):
        known = [loss for loss in losses[rate] if not math.isnan(loss)]
        if any(not 0 <= loss <= 1 for loss in known):
            raise ValueError(f"a loss ratio at {rate} Mbit/s is outside 0..1: {known}")
        if known:
            shares[rate] = [loss > max_loss_ratio for loss in known]
            if len(known) > 1 and all(shares[rate]):
                break
    return shares, [len(share) for share in shares.values()]


def _highest(
    rates: Sequence[int], means: Sequence[float], counts: Sequence[int], limit: float
) -> int:
    """Highest rate whose isotonic share is within the limit, or NONE_HOLDS."""
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(means, weights=counts).x
    held = (fitted <= limit + _EPSILON).nonzero()[0]
    return rates[held[-1]] if held.size else NONE_HOLDS
