"""The highest rates that a series holds: without loss, and within a small loss ratio.

Method. A series is measured at fixed rates, each with one or more repetitions. A rate holds when
every repetition lost at most the allowed ratio; the answer is the highest rate that holds and
below which every rate holds. Not the median repetition: on a shared machine the DUT's core runs
at full speed for some seconds and at half of it for others, probably as its neighbours on the
same silicon come and go. What the DUT carries at its slowest repeats from run to run; which of
the two speeds the median meets is chance, and so is a high rate that met the fast one each time
while a lower rate failed.

Sources. Allowed loss 0 is the throughput of RFC 2544, section 26.1, called NDR (no drop rate) by
MLRsearch (draft-ietf-bmwg-mlrsearch); an allowed loss above 0 is its PDR (partial drop rate). That
a rate counts only below the lowest one that failed is MLRsearch's rule for "load inversion". One
difference: rates come from a grid, not from a bisection, so an answer is a lower bound whose error
is at most one step.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import takewhile


def loss_of_rates(losses: Mapping[int, Iterable[float | None]]) -> dict[int, float]:
    """Greatest loss ratio (0..1) of each rate [Mbit/s], rates in ascending order.

    `losses` maps a rate to the loss ratios of its valid repetitions; None and NaN are repetitions
    that have no loss ratio, and a rate with nothing else is left out. ValueError outside 0..1.
    """
    greatest = {}
    for rate in sorted(losses):
        known = [loss for loss in losses[rate] if loss is not None and not math.isnan(loss)]
        if any(not 0 <= loss <= 1 for loss in known):
            raise ValueError(f"a loss ratio at {rate} Mbit/s is outside 0..1: {known}")
        if known:
            greatest[rate] = max(known)
    return greatest


def partial_drop_rate(
    losses: Mapping[int, Iterable[float | None]], max_loss_ratio: float
) -> int | None:
    """The knee (PDR): highest rate [Mbit/s] up to which all rates lost at most `max_loss_ratio`.

    None when the lowest rate failed. `losses` as in `loss_of_rates`; ValueError for a limit outside
    0..1.
    """
    if not 0 <= max_loss_ratio <= 1:
        raise ValueError(f"the allowed loss ratio is outside 0..1: {max_loss_ratio}")
    held = takewhile(lambda known: known[1] <= max_loss_ratio, loss_of_rates(losses).items())
    return max((rate for rate, _ in held), default=None)


def no_drop_rate(losses: Mapping[int, Iterable[float | None]]) -> int | None:
    """The highest rate [Mbit/s] without any loss (NDR, the throughput of RFC 2544), or None."""
    return partial_drop_rate(losses, 0.0)
