"""Comparisons in turns that were never measured: starts of rounds, as their files have them.

The spread is what was seen between DUTs that were measured in turns on a busy machine: 1 % between
fresh starts and 1.5 % between rounds of half a second, around rates that move by a third.
"""

import copy
from typing import Any

import numpy as np

from middlebench.records.comparison_file import SCHEMA

STARTS_SPREAD, ROUNDS_SPREAD = 0.01, 0.015
MOST_STARTS = 30
"""What two minutes have room for."""

SETTINGS = {
    "margin": 0.02,
    "turn_ms": 50,
    "settle_ms": 8,
    "window_ms": 400,
    "rounds": 1,
    "min_starts": 6,
    "max_s": 120,
    "overload_ratio": 1.2,
    "latency_load": 0.5,
    "decides": ["capacity"],
    "gating": {"state": "alone"},
    "verdict": {"max_loss_ratio": 0.005},
}

FACTORS = {"alone": 1.0, "shared": 0.61}
"""What a state does to both."""


def log_ratios(
    source: np.random.Generator, truth: float, noise: float, shape: tuple[int, int, int]
) -> np.ndarray:
    """Of (comparisons, starts, rounds): the truth, what a start adds, and what a round does."""
    of_starts = source.normal(0, noise * STARTS_SPREAD, shape[:2])[..., None]
    return np.log(truth) + of_starts + source.normal(0, noise * ROUNDS_SPREAD, shape)


def part(pps: float, clean_s: dict[str, float], verdict: str = "overloaded") -> dict[str, Any]:
    """What a variant did in a round: `pps` in the state alone, less in another."""
    states = {}
    for state, seconds in clean_s.items():
        carried = pps * FACTORS[state]
        states[state] = {
            "clean_s": seconds,
            "received": round(carried * seconds),
            "sent": round(2e6 * seconds),
            "loss_ratio": 1 - carried / 2e6,
            "latency": {"p50_ns": 5e9 / carried, "p99_ns": 2e10 / carried},
        }
    judged = max(clean_s, key=clean_s.get)
    about = {"core_mhz": None, "traffic_s": 1.2, "verdict": verdict, "said": None}
    return {"state": judged, **states[judged], "states": states, **about}


def starts_of(
    ratios: np.ndarray, source: np.random.Generator, names: tuple[str, str] = ("base", "other")
) -> list[dict[str, Any]]:
    """Starts with these log ratios (starts, rounds), on a machine that drifts and has two states.

    A round in five has none of them for long enough, or is another's.
    """
    starts = []
    for number, of_start in enumerate(ratios, 1):
        first, second = names if number % 2 else names[::-1]
        rounds = []
        for round_, ratio in enumerate(of_start, 1):
            pps = 1e6 * (1 + 0.3 * source.random())  # drift and clock: the same for both
            alone = source.random() < 0.7
            clean_s = {"alone": 0.45, "shared": 0.05} if alone else {"alone": 0.05, "shared": 0.4}
            verdict = "disturbed" if source.random() < 0.2 else "overloaded"
            rates = {names[0]: pps, names[1]: pps * float(np.exp(ratio))}
            parts = {name: part(rates[name], clean_s, verdict) for name in (first, second)}
            rounds.append({"round": round_, "kind": "capacity", "variants": parts})
        starts.append({"start": number, "first": first, "rounds": rounds})
    return starts


def ended(starts: list[dict], variants: list[str], decide: Any, least: int = 6) -> list[dict]:
    """The pairs of a comparison that stops as soon as all are decided, or after its last start."""
    pairs = []
    for count in range(least, len(starts) + 1, 2):
        pairs = decide(starts[:count])
        if all(pair["decision"] != "undecided" for pair in pairs):
            break
    return pairs


def result(starts: list[dict], pairs: list[dict], variants: list[str], name: str) -> dict[str, Any]:
    """The file of a comparison, but for what it was made from."""
    return {
        "schema": SCHEMA,
        "name": name,
        "testbed": "sandbox",
        "variants": variants,
        "settings": copy.deepcopy(SETTINGS),
        "turns": {"turn_ms": 50, "settle_ms": 8, "window_ms": 400, "found": {}},
        "starts": starts,
        "software": {},
        "host": {},
        "time": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:01:00Z"},
        "traffic_s": 37.2,
        "pairs": pairs,
    }
