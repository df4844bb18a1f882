"""The offered rates of a sweep: the coarse list, what of it is measured first, the fine.

`rates` is the configuration's `rates_mbit`: from, to and step [Mbit/s], and if it says so
`skip_after` (rates) and `refine` (step [Mbit/s], max_points).  Where it says `find`, a series finds
its rates itself, all of them coarse, and nothing else of it counts: start, from, to [Mbit/s],
half_width (a share of the capacity), budget_s [s] and max_trials.
"""

import math
from collections.abc import Mapping

COARSE, FINE = "coarse", "fine"
"""The stages of a sweep."""

_CHUNKS = 4  # of the coarse list: more would wait more often, fewer would measure more in vain


def coarse_rates(rates: Mapping) -> range:
    """All rates of the list; `to` is included when a step meets it."""
    if find := rates.get("find"):
        return range(find["from"], find["to"] + 1)
    return range(rates["from"], rates["to"] + 1, rates["step"])


def chunk_size(rates: Mapping) -> int:
    """How many rates are measured at once, upwards, until enough in a row are overloaded."""
    count = len(coarse_rates(rates))
    skip_after = rates.get("skip_after")
    return max(skip_after, math.ceil(count / _CHUNKS)) if skip_after else count


def first_rates(rates: Mapping) -> range:
    """The rates that are measured in any case."""
    if find := rates.get("find"):
        return range(find["start"], find["start"] + 1)
    return coarse_rates(rates)[: chunk_size(rates)]


def possible_rates(rates: Mapping) -> range:
    """Every rate, coarse or fine, that a sweep may come to."""
    if rates.get("find"):
        return coarse_rates(rates)
    refine = rates.get("refine")
    return range(rates["from"], rates["to"] + 1, refine["step"] if refine else rates["step"])


def most_fine(rates: Mapping) -> int:
    """How many fine rates a series may come to."""
    refine = None if rates.get("find") else rates.get("refine")
    return refine["max_points"] if refine else 0


def fine_rates(rates: Mapping, low: int, high: int) -> list[int]:
    """The rates that refine the sweep between two coarse ones, at most `max_points` of them.

    Where the configured step would give more, it is widened to a multiple of itself.
    """
    step, most = rates["refine"]["step"], rates["refine"]["max_points"]
    coarse = coarse_rates(rates)
    for widened in range(step, high - low + step, step):
        fine = [rate for rate in range(low + widened, high, widened) if rate not in coarse]
        if len(fine) <= most:
            return fine
    return []


def stage(rates: Mapping, rate_mbit: int) -> str | None:
    """Which stage of a sweep may measure this rate; None when neither does."""
    if rate_mbit in coarse_rates(rates):
        return COARSE
    return FINE if rate_mbit in possible_rates(rates) else None
