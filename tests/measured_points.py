"""Records and a plan as a whole run leaves them, as large as those of the shipped sweeps."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from middlebench.files.seal import sealed
from middlebench.machine.states import merged
from middlebench.records.identity import Point
from records import record_of, write_record
from results import make_result

BUCKETS = 450
"""Of a record of 300 ms at a low rate of the shipped sweeps: 40 kB."""


def wide(received: int) -> dict:
    """The latency of so many frames in as many buckets as a real record has."""
    lower = [600 * (1 + 1 / 128) ** number for number in range(BUCKETS)]
    counts = [received // BUCKETS] * BUCKETS
    counts[0] += received % BUCKETS
    rows = [[round(low, 2), round(low * (1 + 1 / 128), 2)] for low in lower]
    buckets = [[*row, count] for row, count in zip(rows, counts, strict=True) if count]
    mean = sum(low * count for low, _, count in buckets) / received
    ends = {"min_ns": rows[0][0], "mean_ns": round(mean, 2), "max_ns": buckets[-1][0]}
    return {"count": received, **ends, "histogram": buckets}


STATES = {"idle_idle_near": 0.6, "idle_busy_near": 0.15, "busy_idle_near": 0.2, "unknown": 0.05}
"""Shares of the window as a shared machine gives them."""


def wide_record(
    identity: dict,
    settings: dict,
    made_from: dict[str, str] | None = None,
    states: Mapping[str, float] = STATES,
) -> dict:
    """A record with such histograms."""
    result = make_result(settings=settings, identity=identity, states=states)
    for part in (result["raw"], *result["states"].values()):
        part["latency"] = wide(part["received"])
    result["gated"]["latency"] = merged(list(result["states"].values()))["latency"]
    return record_of(result, identity, settings, made_from=made_from)


def lay_record(point: Point, settings: str, made_from: dict[str, str]) -> None:
    """Write the record of a point with the settings that its job would be given."""
    identity = {key: value for key, value in vars(point).items() if key != "protocol"}
    write_record(Path(), wide_record(identity, json.loads(settings), made_from))


def lay_plan(path: str, made_from: dict[str, str], points: Iterable[Point]) -> None:
    """Write a plan that asks for nothing more than these points."""
    rates = dict.fromkeys((point.flows, point.rate_mbit) for point in points)
    rows = [
        {"flows": flows, "rate_mbit": rate, "stage": "coarse", "state": "measured"}
        for flows, rate in rates
    ]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(sealed({"made_from": made_from, "more": [], "sweep": rows}))
