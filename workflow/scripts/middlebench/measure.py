"""One point: a new DUT, traffic, a record."""

import zlib
from typing import Any

from invoke import Context

from middlebench import record
from middlebench.assembly import Parts, assembled
from middlebench.facts import generator_facts, host_facts, now
from middlebench.units import packets_per_second
from middlebench.verdict import above_line_rate, decide

MEASURED = ("software", "host", "raw", "gated", "totals", "disturbance", "state", "stall")
"""The sections of a record that are null when nothing was run."""


def measure_point(
    identity: dict[str, Any],
    settings: dict[str, Any],
    parts: Parts,
    calibration: dict[str, Any],
    host: Context | None = None,
) -> dict[str, Any]:
    """The record of one point, measured now on a new DUT; above line rate nothing is run.

    `identity`: testbed, dut, function, frame_size [B], flows, rate_mbit, repetition, and protocol
    where it is tcp.
    `settings`: what grid.point_settings gives.  `calibration`: what calibrate.calibrate gave for
    the same testbed, frame size and flows.  `host` as in `assembled`.
    """
    started = now()
    point = {
        "schema": record.SCHEMA,
        "identity": identity,
        "settings": settings,
        "calibration": {key: calibration[key] for key in ("ceiling_pps", "floor_ns")},
        "asked": _asked(identity["rate_mbit"], identity["frame_size"]),
    }
    refused = above_line_rate(point)
    point |= dict.fromkeys(MEASURED) if refused else _run(identity, settings, parts, host)
    point["time"] = {"start": started, "end": now()}
    point["verdict"] = (refused or decide(point, settings["verdict"]))._asdict()
    record.check(point)
    return point


def _run(
    identity: dict[str, Any], settings: dict[str, Any], parts: Parts, host: Context | None
) -> dict[str, Any]:
    """The MEASURED sections of a record."""
    size, flows, rate = (identity[key] for key in ("frame_size", "flows", "rate_mbit"))
    with assembled(parts, settings["dut"], host) as made:
        dut = made.dut
        trial = (rate, size, flows, settings, _run_id(identity, settings))
        result = made.generator.run_trial(*trial, dut.learned_command, dut.counting_command)
        counted = dut.counted()
        expected_entries = dut.expected_entries(flows)
        software = dut.facts()
    return {
        "software": {"dut": software, "generator": generator_facts(parts.softgen, result)},
        "host": host_facts(made),
        **{name: record.tally(result, name, settings["virtual"]) for name in ("raw", "gated")},
        "totals": {
            **record.totals(result),
            "switch": counted.frames,
            "traffic_s": result["traffic_ms"] / 1000,
        },
        "disturbance": record.disturbance(result),
        "state": {
            "learned_flows": result["learned_flows"],
            "expected_entries": expected_entries,
            "found_after_warmup": counted.after_warmup,
            "found_after_window": counted.after_window,
        },
        "stall": {
            "silence_ms": result["silence_ms"],
            "probes_sent": result["probes"],
            "probes_received": result["probes_received"],
        },
    }


def _asked(rate_mbit: float, frame_size: int) -> dict[str, float]:
    pps = packets_per_second(rate_mbit, frame_size)
    on_the_wire = pps * (frame_size + 20) * 8 / 1e6  # preamble, delimiter and gap: 20 B
    return {"rate_mbit": rate_mbit, "rate_pps": pps, "line_rate_mbit": on_the_wire}


def _run_id(identity: dict[str, Any], settings: dict[str, Any]) -> int:
    """A number of 32 bit that another point's frames do not carry."""
    return zlib.crc32(repr((sorted(identity.items()), settings["seed"], now())).encode())
