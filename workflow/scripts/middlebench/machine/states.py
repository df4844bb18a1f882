"""The hidden states of a machine: which of them are judged as one, and what is judged.

softgen tells a state for each slice of its window, `<dut>_<generator>_<distance>`: is the hidden
sibling of the DUT's core `idle` or `busy`, that of the generator's core too, and are both CPUs
`near` each other or `far`; or `unknown`.  A class is what has one capacity: the generator's sibling
changes nothing but near its ceiling.  A tally is what was counted in the clean slices of a state.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product
from operator import add
from typing import Any

Tally = Mapping[str, Any]

WORDS = {
    "alone": "alone",
    "alone_far": "alone, its CPU far from the generator's",
    "shared": "beside a busy sibling",
    "shared_far": "beside a busy sibling, its CPU far from the generator's",
    "generator_shared": "with the generator's sibling busy",
    "any": "in any state",
    "not_asked": "in states that were not asked for",
}
"""What is judged, by name, and how it is said."""

CLASSES = ("alone", "alone_far", "shared", "shared_far", "generator_shared")
"""Classes of states, from the one that is wanted most."""

ANY, NOT_ASKED = "any", "not_asked"
"""All clean time is judged as one: `gating.state: any` asks for that; or no probe told states."""

UNKNOWN = "unknown"
"""The state of a slice of which the probe is not sure: of no class."""

NAMES = (*map("_".join, product(("idle", "busy"), ("idle", "busy"), ("near", "far"))), UNKNOWN)
"""The states that a slice may have."""

CPUS = ("dut", "generator")
"""Whose CPUs are probed."""

NEAR_CEILING = 0.7
"""Share of the generator's ceiling above which its sibling matters (6.85 beside 9.66 Mpps)."""


def near_ceiling(asked_pps: float, ceiling_pps: float) -> bool:
    """Is the rate so near the generator's ceiling that its sibling is told apart?"""
    return asked_pps > NEAR_CEILING * ceiling_pps


def class_of(state: str, near: bool) -> str | None:
    """The class of a slice's state, at a rate that is `near_ceiling` or not; None: unknown."""
    if state == UNKNOWN:
        return None
    dut, generator, distance = state.split("_")
    if near and generator == "busy":
        return "generator_shared"
    kind = "alone" if dut == "idle" else "shared"
    return kind if distance == "near" else f"{kind}_far"


def states_of(judged: str, near: bool) -> tuple[str, ...]:
    """The states that are judged as one: those of a class, or every one for ANY."""
    return tuple(name for name in NAMES if judged in (ANY, class_of(name, near)))


def by_class(found: Mapping[str, Tally], near: bool, key: str) -> dict[str, float]:
    """The sum of `key` over the states of each class that occurs, and of UNKNOWN, in this order."""
    sums: Counter[str] = Counter()
    for name, tally in found.items():
        sums[class_of(name, near) or UNKNOWN] += tally[key]
    return {name: sums[name] for name in (*CLASSES, UNKNOWN) if name in sums}


def judged(found: Mapping[str, Tally], wanted: str, near: bool, needed_s: float) -> str:
    """The class that a point is judged by: ANY, or one of CLASSES.

    `found`: tallies by state.  The wanted one where it has at least `needed_s` [s] of clean time,
    else the one with most of it, of equals the wanted one.
    """
    clean_s = by_class(found, near, "duration_s")
    if wanted == ANY or clean_s.get(wanted, 0) >= needed_s:
        return wanted
    return max((wanted, *CLASSES), key=lambda name: clean_s.get(name, 0))


def merged(tallies: Sequence[Tally]) -> dict[str, Any]:
    """One tally of several (one at least): sums of all that is counted, histograms by bucket.

    A histogram has rows [lower bound, upper bound, count] as in a result, or a count for each
    bucket of one row of buckets as in a record; so has what is made of them.
    """
    first = tallies[0]
    made = {key: sum(tally[key] for tally in tallies) for key in first if key != "latency"}
    made["duration_s"] = round(made["duration_s"], 6)
    parts = [tally["latency"] for tally in tallies if tally["latency"]]
    return made | {"latency": _latency(parts) if len(parts) > 1 else next(iter(parts), None)}


def _latency(parts: list[Tally]) -> dict[str, Any]:
    samples = sum(part["count"] for part in parts)
    mean = sum(part["mean_ns"] * part["count"] for part in parts) / samples
    least, greatest = (
        best(part[f"{end}_ns"] for part in parts) for best, end in ((min, "min"), (max, "max"))
    )
    return {
        "count": samples,
        "min_ns": least,
        "mean_ns": min(max(round(mean, 2), least), greatest),
        "max_ns": greatest,
        "histogram": _histogram([part["histogram"] for part in parts]),
    }


def _histogram(histograms: list[list]) -> list:
    if isinstance(histograms[0][0], int):
        return reduce(lambda sums, counts: list(map(add, sums, counts)), histograms)
    counts: Counter[tuple[float, float]] = Counter()
    for histogram in histograms:
        for lower, upper, count in histogram:
            counts[lower, upper] += count
    return [[*bucket, counts[bucket]] for bucket in sorted(counts)]
