"""One point: a new DUT, traffic, a record."""

import hashlib
import os
import platform
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from middlebench import record
from middlebench.assembly import Assembly, Parts, assembled
from middlebench.units import packets_per_second
from middlebench.verdict import decide


def measure_point(
    identity: dict[str, Any], settings: dict[str, Any], parts: Parts
) -> dict[str, Any]:
    """The record of one point, measured now on a new DUT.

    `identity`: testbed, dut, function, frame_size [B], flows, rate_mbit, repetition.
    `settings`: what grid.point_settings gives.
    """
    size, flows, rate = (identity[key] for key in ("frame_size", "flows", "rate_mbit"))
    started = _now()
    with assembled(parts, settings["dut"]) as made:
        dut = made.dut
        result = made.generator.run_trial(
            *(rate, size, flows, settings, _run_id(identity, settings), dut.counting_command)
        )
        entries, switch_counters = dut.counted()
        expected_entries = dut.expected_entries(flows)
        software = dut.facts()
    point = {
        "schema": 1,
        "identity": identity,
        "settings": settings,
        "software": {"dut": software, "generator": _generator_facts(parts.softgen, result)},
        "host": _host_facts(made),
        "time": {"start": started, "end": _now()},
        "asked": _asked(rate, size),
        **{name: record.tally(result, name, settings["virtual"]) for name in ("raw", "gated")},
        "totals": {
            "sent": result["sent_total"],
            "received": result["received_total"],
            "switch": switch_counters,
            "traffic_s": result["traffic_ms"] / 1000,
        },
        "disturbance": record.disturbance(result),
        "state": {
            "learned_flows": result["learned_flows"],
            "expected_entries": expected_entries,
            "found_entries": entries,
        },
    }
    point["verdict"] = decide(point, settings["verdict"])._asdict()
    record.check(point)
    return point


def _asked(rate_mbit: int, frame_size: int) -> dict[str, float]:
    pps = packets_per_second(rate_mbit, frame_size)
    on_the_wire = pps * (frame_size + 20) * 8 / 1e6  # preamble, delimiter and gap: 20 B
    return {"rate_mbit": rate_mbit, "rate_pps": pps, "line_rate_mbit": on_the_wire}


def _run_id(identity: dict[str, Any], settings: dict[str, Any]) -> int:
    """A number of 32 bit that another point's frames do not carry."""
    return zlib.crc32(repr((sorted(identity.items()), settings["seed"], _now())).encode())


def _generator_facts(binary: Path, result: dict[str, Any]) -> dict[str, str]:
    return {
        "name": "softgen",
        "dpdk": result["dpdk"],
        "sha256": hashlib.sha256(binary.read_bytes()).hexdigest(),
    }


def _host_facts(made: Assembly) -> dict[str, Any]:
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "kernel": platform.release(),
        "cpu": model,
        "cpus": len(os.sched_getaffinity(0)),
        "dut_cpu": made.dut_cpu,
        "generator_cpu": made.generator_cpu,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
