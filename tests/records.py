"""Synthetic results and point records: consistent, as the project's own functions make them."""

import copy
import random
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.measuring.facts import later
from middlebench.records import record as records
from middlebench.records.identity import Point
from middlebench.records.table import records_table
from middlebench.records.verdict import above_line_rate, decide
from middlebench.units import packets_per_second

LATENCIES = ("min", "mean", "p25", "p50", "p75", "p90", "p99", "p99_9", "max")

SHAPE = {0: 0.6, 25: 0.88, 50: 1.0, 75: 1.2, 90: 1.7, 99: 3.5, 99.9: 9.0, 100: 900.0}
"""Percent of the samples -> their latency as a multiple of the median."""

SETTINGS: dict[str, Any] = {
    "durations": {
        "warmup_ms": 100, "window_ms": 300, "drain_ms": 100, "stall_ms": 100, "max_windows": 10,
    },
    "gating": {
        "slice_us": 1000, "generator_gap_us": 100, "dut_silence_us": 200,
        "dut_stop_us": 50000,
        "guard_before_slices": 1, "guard_after_slices": 2,
    },
    "seed": 1,
    "flow_order": "round_robin",
    "protocol": "udp",
    "dut": {"snat_address": "200.200.200.200"},
    "verdict": {
        "max_loss_ratio": 0.005, "max_exceed_ratio": 0.25, "min_offered_ratio": 0.99,
        "min_clean_ratio": 0.5, "max_silence_share": 0.1, "max_silence_ratio": 1.5,
        "above_line_rate": "mark",
    },
    "virtual": True,
    "link_mbit": None,
    "stage": "coarse",
}  # fmt: skip

LIMITS: dict[str, Any] = SETTINGS["verdict"]
"""Those of `verdict.decide`."""

IDENTITY: dict[str, Any] = {
    "testbed": "sandbox",
    "dut": "ovs-dpdk",
    "function": "nat",
    "frame_size": 64,
    "flows": 100,
    "rate_mbit": 500,
    "repetition": 1,
}
SOFTWARE = {
    "dut": {"name": "Open vSwitch", "version": "3.1.0", "dpdk": "DPDK 22.11.11"},
    "generator": {"name": "softgen", "dpdk": "DPDK 22.11.11", "sha256": "cd" * 32},
}
START = "2026-11-22T22:01:09.240+00:00"
HOST = {"kernel": "6.18", "cpu": "any", "cpus": 2, "dut_cpu": 0, "generator_cpu": 1}


def histogram(median_ns: float, samples: int) -> list[list[float]]:
    """[lower, upper, count] of so many samples, at their quantiles of SHAPE."""
    below, buckets = 0, []
    for percent, multiple in SHAPE.items():
        upto = {0: 1, 99.9: max(samples - 1, 1)}.get(percent, ceil(percent / 100 * samples))
        if upto > below:
            lower = round(median_ns * multiple, 2)
            buckets.append([lower, lower + 0.004, upto - below])
            below = upto
    return buckets


def part(
    pps: float, slices: int, lost: int, median_ns: float | None, skipped_ratio: float
) -> dict[str, Any]:
    """`raw` or `gated` of a result: so many slices of 1 ms; without a median nothing came back."""
    offered = round(pps * slices / 1000)
    skipped = round(offered * skipped_ratio)
    sent = offered - skipped
    received = 0 if median_ns is None else max(0, sent - lost)
    counters = {"offered": offered, "sent": sent, "refused": 0, "skipped": skipped}
    counters |= {"received": received, "duplicated": 0, "out_of_order": 0}
    latency = None
    if received:
        buckets = histogram(median_ns, received)
        mean = sum(lower * count for lower, _, count in buckets) / received
        ends = {"min_ns": buckets[0][0], "mean_ns": round(mean, 2), "max_ns": buckets[-1][0]}
        latency = {"count": received, **ends, "histogram": buckets}
    return {"duration_s": slices / 1000, **counters, "latency": latency}


def make_result(
    *,
    loss_ratio: float = 0.0,
    raw_loss_ratio: float = 0.001,
    median_ns: float | None = 1000.0,
    share: float = 0.75,
    skipped_ratio: float = 0.0,
    stalled: bool = False,
    settings: dict[str, Any] = SETTINGS,
    identity: dict[str, Any] = IDENTITY,
) -> dict[str, Any]:
    """What softgen writes: a window until it has enough clean slices, `share` of it disturbed."""
    durations, gated = settings["durations"], settings["gating"] is not None
    clean = durations["window_ms"]
    slices = min(clean * durations["max_windows"], round(clean / (1 - share))) if gated else clean
    clean = round(slices * (1 - share)) if gated else slices
    pps = packets_per_second(identity["rate_mbit"], identity["frame_size"])
    sent = {count: round(pps * count / 1000) for count in (slices, clean)}
    lost = round(sent[clean] * (loss_ratio if gated else raw_loss_ratio))
    raw_lost = min(
        max(lost, round(sent[slices] * raw_loss_ratio)), sent[slices] - sent[clean] + lost
    )
    about = (median_ns, skipped_ratio)
    raw = part(pps, slices, raw_lost, *about)
    tcp, flows = identity.get("protocol") == "tcp", identity["flows"]
    none = {"count": 0, "total_us": 0.0, "max_us": 0.0}
    return {
        "generator": "softgen", "dpdk": "DPDK 22.11.11", "tsc_hz": 2e9,
        "rate_pps": round(pps, 3), "protocol": "tcp" if tcp else "udp",
        "frame_size": identity["frame_size"], "flows": flows, "run_id": 7,
        "ready_ms": 1.5, "traffic_ms": slices + 300.0, "learn_passes": 3, "learned_flows": flows,
        "silence_ms": 213.4 if stalled else 0.1,
        "probes": 98 if stalled else 0, "probes_refused": 0, "probes_received": 0,
        "load_check": {"checked": flows, "wrong": 0, "duplicated": 0, "first_wrong": None},
        **dict.fromkeys(
            ("syns_sent", "syns_received", "answers_sent", "answers_received"), flows * tcp
        ),
        "sent_total": raw["sent"] + 3 * flows, "received_total": raw["received"] + 3 * flows,
        "foreign": 0, "late": 0,
        "raw": raw, "gated": part(pps, clean, lost, *about),
        "slices": slices, "clean_slices": clean, "generator_gaps": none, "dut_silences": none,
        "dut_stops": none,
    }  # fmt: skip


def make_moongen_result(**about: Any) -> dict[str, Any]:
    """What MoonGen's script writes where `make_result` has the same."""
    result = make_result(settings=SETTINGS | {"gating": None}, **about)
    unknown = dict.fromkeys(("duplicated", "out_of_order"))
    for key in ("dpdk", "tsc_hz", *(key for key in result if key.startswith(("syns", "answers")))):
        del result[key]
    result |= {"raw": result["raw"] | unknown, "gated": result["gated"] | unknown}
    result |= dict.fromkeys(("foreign", "late", "generator_gaps", "dut_silences", "dut_stops"))
    result |= dict.fromkeys(("probes_refused", "load_check"))
    result |= {"generator": "moongen", "slices": 0, "clean_slices": 0}
    return result | {"pacing": {}, "latency_probes": {}}


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
    point = _begun(identity, settings, **about) | {
        "software": copy.deepcopy(software),
        "host": copy.deepcopy(HOST),
        **records.measured(result, state, settings["virtual"], {}),
        "switch_cycles": None,
        "time": {"start": start, "end": later(start, 60)},
    }
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
        "calibration": {"ceiling_pps": ceiling_pps, "floor_ns": floor_ns},
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


def table_of(folder: Path, made: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The table of the records, by way of their files."""
    return records_table([write_record(folder, record) for record in made])


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
