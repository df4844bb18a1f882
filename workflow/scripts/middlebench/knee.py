"""The highest rates that a series holds: without loss, and within a small loss ratio.

Method. A series is measured at fixed rates, each with one or more repetitions. The loss ratio of a
rate is the median over its repetitions, so that one hiccup of the machine moves nothing. The rate
holds when that median is at most the allowed loss ratio; the answer is the highest rate that holds.

Sources. Allowed loss 0 is the throughput of RFC 2544, section 26.1, called NDR (no drop rate) by
MLRsearch (draft-ietf-bmwg-mlrsearch); an allowed loss above 0 is its PDR (partial drop rate). Two
differences: rates come from a grid, not from a bisection, so an answer is a lower bound whose error
is at most one step; and a lossy rate below a rate that holds ("load inversion") does not end the
search, since on a shared machine such a rate is nearly always a hiccup. The figures show it.
"""

import math
from collections.abc import Iterable, Mapping
from statistics import median


def loss_of_rates(losses: Mapping[int, Iterable[float | None]]) -> dict[int, float]:
    """Median loss ratio (0..1) of each rate [Mbit/s], rates in ascending order.

    `losses` maps a rate to the loss ratios of its valid repetitions; None and NaN are repetitions
    that have no loss ratio, and a rate with nothing else is left out. With an even number of
    repetitions the median is the mean of the middle two. ValueError outside 0..1.
    """
    medians = {}
    for rate in sorted(losses):
        known = [loss for loss in losses[rate] if loss is not None and not math.isnan(loss)]
        if any(not 0 <= loss <= 1 for loss in known):
            raise ValueError(f"a loss ratio at {rate} Mbit/s is outside 0..1: {known}")
        if known:
            medians[rate] = median(known)
    return medians


def partial_drop_rate(
    losses: Mapping[int, Iterable[float | None]], max_loss_ratio: float
) -> int | None:
    """The knee (PDR): highest rate [Mbit/s] whose median loss ratio is at most `max_loss_ratio`.

    None when no rate holds. `losses` as in `loss_of_rates`; ValueError for a limit outside 0..1.
    """
    if not 0 <= max_loss_ratio <= 1:
        raise ValueError(f"the allowed loss ratio is outside 0..1: {max_loss_ratio}")
    holding = [rate for rate, loss in loss_of_rates(losses).items() if loss <= max_loss_ratio]
    return max(holding, default=None)


def no_drop_rate(losses: Mapping[int, Iterable[float | None]]) -> int | None:
    """The highest rate [Mbit/s] without any loss (NDR, the throughput of RFC 2544), or None."""
    return partial_drop_rate(losses, 0.0)
