"""What a rung of the ladder costs beside the one below it, of their comparison in turns.

In overload a core has 1 / capacity for each packet.  Both live in the same seconds of the same
machine, so the difference of these is taken in every start, and the interval is that of the starts
(`analysis.comparing`), as that of their ratio is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from middlebench.analysis.bounds import Bounds
from middlebench.analysis.comparing import (
    LEVEL,
    Interval,
    Paired,
    compared_starts,
    mean_interval,
    start_means,
)
from middlebench.records.comparison_file import CAPACITY, NEVER_FLAT

Cell = tuple[str, str, int, int]
"""Testbed, DUT, frame size [B], flows."""


class Way(NamedTuple):
    """What one way says a rung costs [ns/packet], and between what; None without repetitions."""

    ns: float
    between: Bounds | None
    open_below: bool = False
    """Nothing failed above the knee: the rung may cost less than any bound that is known."""

    def at_clock(self, factor: float) -> "Way":
        """The same in as many cycles of a clock that is so many times as slow."""
        low, high, level = self.between
        return Way(self.ns * factor, Bounds(low * factor, high * factor, level))


class InTurns(NamedTuple):
    """What came of comparing a rung with the one below it."""

    state: str | None
    """Of the machine, in which they were compared."""
    ratio: Interval | None
    """Capacity of the rung / that of the one below; None where too few starts tell it, or one of
    both is never flat in a turn; then all that follows is."""
    below: Way | None
    own: Way | None
    added: Way | None
    """What a packet costs with the one below, with the rung, and more with the rung."""
    core_mhz: float | None
    """Clock of the DUT's core; None where no probe told it."""
    said: str
    """The ratio in words, or why there is none."""


def in_turns(results: Iterable[Mapping[str, Any]]) -> dict[Cell, dict[str, InTurns]]:
    """Cell -> function of the rung -> what its comparison says; `results`: their files."""
    found: dict[Cell, dict[str, InTurns]] = {}
    for result in results:
        rung = result["settings"]["variants"][1]
        cell = (result["testbed"], *(rung[key] for key in ("dut", "frame_size", "flows")))
        found.setdefault(cell, {})[rung["function"]] = _of(result)
    return found


def _of(result: Mapping[str, Any]) -> InTurns:
    pair = next(pair for pair in result["pairs"] if pair["what"] == CAPACITY)
    late = any(of["said"] == NEVER_FLAT for of in result["turns"]["found"].values())
    known = pair["ratio"] is not None and not late
    starts = compared_starts(result, pair) if known else {}
    costs: Sequence[Callable[[Paired], float]] = (
        lambda one: 1e9 / one.base,
        lambda one: 1e9 / one.other,
        lambda one: 1e9 / one.other - 1e9 / one.base,
    )
    return InTurns(
        pair["state"],
        Interval(*(pair[end] for end in Interval._fields)) if known else None,
        *(_way(mean_interval(start_means(starts, of))) if known else None for of in costs),
        _clock(result),
        pair["said"],
    )


def _way(of: Interval) -> Way:
    return Way(float(of.ratio), Bounds(float(of.low), float(of.high), LEVEL))


def _clock(result: Mapping[str, Any]) -> float | None:
    """The median over all trials in overload [MHz]."""
    told = [
        part["core_mhz"]
        for start in result["starts"]
        for round_ in start["rounds"]
        for part in round_["variants"].values()
        if round_["kind"] == CAPACITY and part["core_mhz"] is not None
    ]
    return median(told) if told else None
