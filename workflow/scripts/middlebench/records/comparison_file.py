"""Files of comparisons in turns: one a comparison, and compare.json, which has all their pairs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from middlebench.files import seal

SCHEMA = 2

CAPACITY, LATENCY = "capacity", "latency"
"""Kinds of round: in overload; at one load that all carry."""

AUTO = "auto"
"""Of `turn_ms` and `settle_ms` in `comparing`: found before the first start."""

SHORTEST_TURN_MS, LONGEST_TURN_MS = 50, 200
"""Between which such a turn is.  Around each change some milliseconds are lost, and 20 ms were too
short for 10000 flows; the longer turns are, the less two that follow each other have in common."""

NEVER_FLAT = "never flat"
"""Said of a variant whose rate still changes late in a turn."""

UNDECIDED = "undecided"
"""The decision on a pair that goes on while there is time."""

_KEYS = {
    "name": str,
    "testbed": str,
    "variants": list,
    "settings": dict,
    "turns": dict,
    "starts": list,
    "pairs": list,
}
_PAIR = ("base", "other", "what", "state", "ratio", "low", "high", "level", "decision", "said")


def read_comparison(path: str | Path) -> dict[str, Any]:
    """What was measured of the comparison that the file is named after.  RecordError if not."""

    def form(found: dict[str, Any]) -> str | None:
        other = [key for key, kind in _KEYS.items() if not isinstance(found.get(key), kind)]
        if found.get("schema") != SCHEMA or other:
            return f"{', '.join(other) or 'schema'} is not that of a comparison"
        if found["name"] != Path(path).stem:
            return f"name is {found['name'][:80]}"
        return None if _are_pairs(found["pairs"]) else "pairs is no list of pairs"

    return seal.read(path, "a comparison in turns", "to compare again", form)


def read_pairs(path: str | Path) -> list[dict[str, Any]]:
    """All pairs of a testbed, from its compare.json.  RecordError if they are not there."""

    def form(found: dict[str, Any]) -> str | None:
        return None if _are_pairs(found.get("pairs")) else "pairs is no list of pairs"

    return seal.read(path, "pairs of variants", "to make it again", form)["pairs"]


def never_overloaded(starts: Sequence[Mapping[str, Any]], variant: str) -> bool:
    """Did a variant carry all that the generator can make, in each round of capacity?"""
    verdicts = [
        round_["variants"][variant]["verdict"]
        for start in starts
        for round_ in start["rounds"]
        if round_["kind"] == CAPACITY and variant in round_["variants"]
    ]
    return bool(verdicts) and set(verdicts) <= {"ok", "generator_limited"}


def _are_pairs(found: Any) -> bool:
    return isinstance(found, list) and all(
        isinstance(pair, dict) and pair.keys() >= set(_PAIR) for pair in found
    )
