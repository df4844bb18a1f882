"""Synthetic point records for the tests of what comes after measuring."""

import copy
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.records_table import records_table

LATENCIES = ("min", "mean", "p25", "p50", "p75", "p90", "p99", "p99_9", "max")
# Quantiles as multiples of the median, in the order of LATENCIES.
SHAPE = (0.6, 1.15, 0.88, 1.0, 1.2, 1.7, 3.5, 9.0, 900.0)

LIMITS = {
    "max_loss_ratio": 0.005,
    "min_offered_ratio": 0.99,
    "min_clean_ratio": 0.5,
    "max_silence_share": 0.1,
    "max_silence_ratio": 1.5,
}
"""Those of `verdict.decide`."""

BASE: dict[str, Any] = {
    "schema": 2,
    "identity": {
        "testbed": "sandbox",
        "dut": "ovs-dpdk",
        "function": "nat",
        "frame_size": 64,
        "flows": 100,
        "rate_mbit": 500,
        "repetition": 1,
    },
    "settings": {
        "durations": {"warmup_ms": 100, "window_ms": 300, "drain_ms": 100, "max_windows": 10},
        "gating": {"slice_us": 1000},
        "seed": 1,
        "flow_order": "round_robin",
        "protocol": "udp",
        "dut": {"snat_address": "200.200.200.200"},
        "verdict": {"max_loss_ratio": 0.005},
        "virtual": True,
        "link_mbit": None,
        "stage": "coarse",
    },
    "software": {
        "dut": {"name": "Open vSwitch", "version": "3.1.0", "dpdk": "DPDK 22.11.11"},
        "generator": {"name": "softgen", "dpdk": "DPDK 22.11.11", "sha256": "cd" * 32},
    },
    "host": {"kernel": "6.18", "cpu": "any", "cpus": 2, "dut_cpu": 0, "generator_cpu": 1},
    "time": {"start": "2026-11-22T22:01:09.240Z", "end": "2026-11-22T22:01:11.240Z"},
    "calibration": {"ceiling_pps": 5e6, "floor_ns": 600.0},
    "totals": {"sent": 0, "received": 0, "switch": {}, "traffic_s": 0.5},
}
SECTIONS = ("raw", "gated", "totals", "disturbance", "state", "stall", "load_check")
"""What is null in the record of a point without a result."""


def section(
    *, offered_pps: float, duration_s: float, loss_ratio: float, median_ns: float | None
) -> dict[str, Any]:
    """A section `raw` or `gated`; without a median latency nothing came back."""
    sent = round(offered_pps * duration_s)
    lost = sent if median_ns is None else round(sent * loss_ratio)
    received = sent - lost
    latency: dict[str, Any] | None = None
    if median_ns is not None:
        latency = {f"{n}_ns": median_ns * by for n, by in zip(LATENCIES, SHAPE, strict=True)}
        latency["count"] = received
        latency["histogram"] = {"lower_ns": [600], "upper_ns": [900000], "count": [received]}
    counters = {"offered": sent, "sent": sent, "refused": 0, "skipped": 0, "received": received}
    counters |= {"lost": lost, "duplicated": 0, "foreign": 0, "out_of_order": 0, "late": 0}
    return {
        "duration_s": duration_s,
        **counters,
        "offered_pps": offered_pps,
        "sent_pps": offered_pps,
        "received_pps": received / duration_s,
        "loss_ratio": lost / sent if sent else None,
        "latency": latency,
    }


def make_record(
    *,
    loss_ratio: float = 0.0,
    raw_loss_ratio: float = 0.001,
    median_ns: float | None = 1000.0,
    verdict: str = "ok",
    reason: str = "lost 0 of 292969 packets in 0.300 s of clean time",
    share: float = 0.75,
    ceiling_pps: float = 5e6,
    floor_ns: float = 600.0,
    start: str = "2026-11-22T22:01:09.240Z",
    **identity: Any,
) -> dict[str, Any]:
    """A whole record of the point `identity` (keys as in BASE['identity'])."""
    record = copy.deepcopy(BASE)
    record["identity"] |= identity
    record["calibration"] = {"ceiling_pps": ceiling_pps, "floor_ns": floor_ns}
    record["time"]["start"] = start
    rate, size = record["identity"]["rate_mbit"], record["identity"]["frame_size"]
    pps = rate * 1e6 / 8 / size
    line = rate * (size + 20) / size
    record["asked"] = {"rate_mbit": rate, "rate_pps": pps, "line_rate_mbit": line}
    measured = {"offered_pps": pps, "median_ns": median_ns}
    record["raw"] = section(duration_s=1.2, loss_ratio=raw_loss_ratio, **measured)
    record["gated"] = section(duration_s=0.3, loss_ratio=loss_ratio, **measured)
    marks = {"count": 0, "total_us": 0.0, "max_us": 0.0}
    record["disturbance"] = {"slices": 1200, "clean_slices": 300, "share": share}
    causes = ("generator_gaps", "dut_silences", "dut_stops")
    record["disturbance"] |= dict.fromkeys(causes, marks)
    names = ("learned_flows", "expected_entries", "found_after_warmup", "found_after_window")
    record["state"] = dict.fromkeys(names, record["identity"]["flows"])
    probes = dict.fromkeys(("probes_sent", "probes_refused", "probes_received"), 0)
    record["stall"] = {"silence_ms": 0.1} | probes
    record["load_check"] = {"checked": 2407, "wrong": 0, "duplicated": 0, "first_wrong": None}
    record["verdict"] = {"name": verdict, "reason": reason}
    return record


def without_result(verdict: str, reason: str, **identity: Any) -> dict[str, Any]:
    """The record of a point that was not run, or gave nothing."""
    record = make_record(verdict=verdict, reason=reason, **identity)
    return record | dict.fromkeys((*SECTIONS, "host", "software"))


def repeated(losses: Mapping[int, Sequence[float]], **more: Any) -> list[dict[str, Any]]:
    """Records of a rate [Mbit/s] for each key of `losses`, with a repetition for each loss."""
    return [
        make_record(rate_mbit=rate, repetition=number, loss_ratio=loss, **more)
        for rate, of_rate in losses.items()
        for number, loss in enumerate(of_rate, start=1)
    ]


def write_record(folder: Path, record: dict[str, Any]) -> Path:
    """Write a record under a name of its point, and return its path."""
    identity = record["identity"]
    path = folder / ("_".join(str(value) for value in identity.values()) + ".json")
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def table_of(folder: Path, records: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The table of the records, by way of their files."""
    return records_table([write_record(folder, record) for record in records])


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
    records = []
    for flows, rate, repetition in grid:
        over = max(0.0, 1 - knees[flows] / rate)
        median = (500e3 if over else 900.0 * (1 + 2 * (rate / knees[flows]) ** 6)) * (
            source.lognormvariate(0, 0.12)
        )
        loss = over * source.uniform(0.9, 1) if over else source.choice([0, 0, 0, 0, 4e-5])
        broken = source.random() < disturbed
        overloaded = loss > 0.005
        verdict = "disturbed" if broken else "overloaded" if overloaded else "ok"
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
            share=0.99 if broken else source.uniform(0.3, 0.9),
            **calibration,
        )
        records.append(record)
    return records
