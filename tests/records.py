"""Synthetic point records: consistent, as the project's own functions make them."""

import copy
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from middlebench.measuring.facts import later
from middlebench.records import record as records
from middlebench.records.identity import Point
from middlebench.records.verdict import above_line_rate, decide
from results import IDENTITY, SETTINGS, make_result

LATENCIES = ("min", "mean", "p25", "p50", "p75", "p90", "p99", "p99_9", "max")

LIMITS: dict[str, Any] = SETTINGS["verdict"]
"""Those of `verdict.decide`."""

SOFTWARE = {
    "dut": {"name": "Open vSwitch", "version": "3.1.0", "dpdk": "DPDK 22.11.11"},
    "generator": {"name": "softgen", "dpdk": "DPDK 22.11.11", "sha256": "cd" * 32},
}
START = "2026-11-22T22:01:09.240+00:00"
HOST = {"kernel": "6.18", "cpu": "any", "cpus": 2, "dut_cpu": 0, "generator_cpu": 1}


def make_record(
    *,
    loss_ratio: float | None = None,
    verdict: str | None = None,
    ceiling_pps: float = 5e6,
    floor_ns: float | None = 600.0,
    start: str = START,
    settings: dict[str, Any] | None = None,
    switch_cycles: dict[str, Any] | None = None,
    made_from: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A whole record; `more`: keys of its identity, and what make_result takes.

    `verdict` is the one that it must come to: what is counted is made to fit.  `settings` are laid
    over SETTINGS.
    """
    identity = {key: more.pop(key, value) for key, value in IDENTITY.items()}
    identity |= {"protocol": "tcp"} if more.pop("protocol", "udp") == "tcp" else {}
    settings = copy.deepcopy(SETTINGS | {"protocol": identity.get("protocol", "udp")}) | (
        settings or {}
    )
    lost = 0.1 if verdict == "overloaded" else 0.0
    shape = {"loss_ratio": lost if loss_ratio is None else loss_ratio, **more}
    shape |= {"share": 0.99} if verdict == "disturbed" else {}
    shape |= {"skipped_ratio": 0.5} if verdict == "generator_limited" else {}
    result = make_result(
        **shape, stalled=verdict == "stalled", settings=settings, identity=identity
    )
    about = {"ceiling_pps": ceiling_pps, "floor_ns": floor_ns, "made_from": made_from}
    point = record_of(result, identity, settings, failed=verdict == "failed", start=start, **about)
    point["switch_cycles"] = switch_cycles
    assert verdict in (None, point["verdict"]["name"]), f"{verdict}: it is {point['verdict']}"
    return point


def record_of(
    result: dict[str, Any],
    identity: dict[str, Any],
    settings: dict[str, Any],
    software: dict[str, Any] = SOFTWARE,
    failed: bool = False,
    start: str = START,
    **about: Any,
) -> dict[str, Any]:
    """The record of a point with a generator's result; `failed`: the DUT lost its connections."""
    names = ("expected_entries", "found_after_warmup", "found_after_window")
    state = dict.fromkeys(names, identity["flows"]) | {"read": None}
    state |= {"found_after_window": 0} if failed else {}
    begun = _begun(identity, settings, **about)
    point = begun | {
        "software": copy.deepcopy(software),
        "host": copy.deepcopy(HOST),
        **records.measured(begun, result, state, {}),
        "switch_cycles": None,
        "time": {"start": start, "end": later(start, 60)},
    }
    point["states"] = copy.deepcopy(point["states"])  # as after reading: nothing is there twice
    return point | {"verdict": decide(point, settings["verdict"])._asdict()}


def without_result(**identity: Any) -> dict[str, Any]:
    """The record of a point that was not run: above the line rate of a link of half its rate."""
    identity = IDENTITY | identity
    link = {"virtual": False, "gating": None, "link_mbit": max(10, identity["rate_mbit"] // 2)}
    point = _begun(identity, copy.deepcopy(SETTINGS) | link) | dict.fromkeys(records.MEASURED)
    point["time"] = {"start": START, "end": START}
    return point | {"verdict": above_line_rate(point)._asdict()}


def _begun(
    identity: dict[str, Any],
    settings: dict[str, Any],
    ceiling_pps: float = 5e6,
    floor_ns: float | None = 600.0,
    made_from: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "schema": records.SCHEMA,
        "made_from": made_from or {"settings": records.settings_digest(settings)},
        "identity": identity,
        "settings": settings,
        "calibration": {
            "ceiling_pps": ceiling_pps,
            "floor_ns": floor_ns,
            **dict.fromkeys(("core_dut_mhz", "core_generator_mhz"), 2900.0),
        },
        "asked": records.asked(identity["rate_mbit"], identity["frame_size"]),
    }


def repeated(losses: Mapping[int, Sequence[float]], **more: Any) -> list[dict[str, Any]]:
    """Records of a rate [Mbit/s] for each key of `losses`, with a repetition for each loss."""
    return [
        make_record(rate_mbit=rate, repetition=number, loss_ratio=loss, **more)
        for rate, of_rate in losses.items()
        for number, loss in enumerate(of_rate, start=1)
    ]


def write_record(folder: Path, record: dict[str, Any], path: str | None = None) -> Path:
    """Write a record where the grid has its point, or at `path`, below a folder; returns where."""
    path = folder / (path or Point(**record["identity"]).path)
    path.parent.mkdir(parents=True, exist_ok=True)
    records.write(record, path)
    return path


def sandbox_records(
    *,
    knees: dict[int, int],
    rates: range,
    repetitions: int = 1,
    frame_size: int = 64,
    function: str = "nat",
    disturbed: float = 0.0,
    **calibration: float,
) -> list[dict[str, Any]]:
    """Records like those of a shared machine; `knees` maps flows to a knee [Mbit/s].

    Around 1 us below the knee, around 500 us and growing loss above it; raw loss of 5 to 25 % at
    every rate. `disturbed` is the share of points with too little clean time; `calibration` goes to
    `make_record`. Always the same.
    """
    source = random.Random(1)
    grid = [(f, r, n) for f in knees for r in rates for n in range(1, repetitions + 1)]
    made = []
    for flows, rate, repetition in grid:
        over = max(0.0, 1 - knees[flows] / rate)
        median = (500e3 if over else 900.0 * (1 + 2 * (rate / knees[flows]) ** 6)) * (
            source.lognormvariate(0, 0.12)
        )
        loss = over * source.uniform(0.9, 1) if over else source.choice([0, 0, 0, 0, 4e-5])
        broken = source.random() < disturbed
        verdict = "disturbed" if broken else "overloaded" if loss > 0.005 else "ok"
        record = make_record(
            function=function,
            frame_size=frame_size,
            flows=flows,
            rate_mbit=rate,
            repetition=repetition,
            loss_ratio=min(1.0, loss + (0.06 if broken else 0)),
            raw_loss_ratio=min(1.0, loss + source.uniform(0.05, 0.25)),
            median_ns=median * (4 if broken else 1),
            verdict=verdict,
            share=source.uniform(0.3, 0.9),
            **calibration,
        )
        made.append(record)
    return made
