"""One point: a new DUT, traffic, a record."""

import zlib
from typing import Any

from middlebench import record
from middlebench.assembly import Parts, assembled
from middlebench.dut import Counted
from middlebench.facts import host_facts, now
from middlebench.places import Where
from middlebench.units import packets_per_second
from middlebench.verdict import above_line_rate, decide

MEASURED = ("software", "host", "raw", "gated", "totals", "disturbance", "state", "stall")
MEASURED = (*MEASURED, "load_check", "switch_cycles")
"""The sections of a record that are null when nothing was run."""

CALIBRATED = ("ceiling_pps", "floor_ns", "measured")

NOT_PREPARED = {"dut_facts_sha256": None, "loadgen_facts_sha256": None}


def measure_point(
    identity: dict[str, Any],
    settings: dict[str, Any],
    parts: Parts,
    calibration: dict[str, Any],
    host: Where = None,
    prepared: dict[str, str | None] = NOT_PREPARED,
) -> dict[str, Any]:
    """The record of one point, measured now on a new DUT; above line rate nothing is run.

    `identity`: testbed, dut, function, frame_size [B], flows, rate_mbit, repetition, and protocol
    where it is tcp.
    `settings`: what grid.point_settings gives.  `calibration`: what calibrate.calibrate gave for
    the same testbed, frame size and flows.  `host` as in `assembled`.  `prepared`: hashes of the
    facts about hosts that were prepared, NOT_PREPARED in a sandbox.
    """
    started = now()
    point = {
        "schema": record.SCHEMA,
        "identity": identity,
        "settings": settings,
        "calibration": {key: calibration[key] for key in CALIBRATED if key in calibration},
        "asked": _asked(identity["rate_mbit"], identity["frame_size"]),
    }
    refused = above_line_rate(point)
    point |= dict.fromkeys(MEASURED) if refused else _run(identity, settings, parts, host, prepared)
    point["time"] = {"start": started, "end": now()}
    point["verdict"] = (refused or decide(point, settings["verdict"]))._asdict()
    record.check(point)
    return point


def _run(
    identity: dict[str, Any],
    settings: dict[str, Any],
    parts: Parts,
    host: Where,
    prepared: dict[str, str | None],
) -> dict[str, Any]:
    """The MEASURED sections of a record."""
    size, flows, rate = (identity[key] for key in ("frame_size", "flows", "rate_mbit"))
    with assembled(parts, settings["dut"], host) as made:
        dut = made.dut
        result = made.run_trial(rate, size, flows, settings, _run_id(identity, settings))
        counted = dut.counted()
        expected_entries = dut.expected_entries(flows)
        software = {"dut": dut.facts(), "generator": made.generator.facts(result)}
        machines = host_facts(made) | prepared
    return {
        "software": software,
        "host": machines,
        **{name: record.tally(result, name, settings["virtual"]) for name in ("raw", "gated")},
        "totals": {
            **record.totals(result),
            "switch": counted.frames,
            "traffic_s": result["traffic_ms"] / 1000,
        },
        "switch_cycles": _switch_cycles(counted, result, settings["virtual"]),
        "disturbance": record.disturbance(result) if result["slices"] else None,
        "state": {
            "learned_flows": result["learned_flows"],
            "expected_entries": expected_entries,
            "found_after_warmup": counted.after_warmup,
            "found_after_window": counted.after_window,
            "read": made.state_read,
        },
        "stall": {
            "silence_ms": result["silence_ms"],
            "probes_sent": result["probes"],
            "probes_refused": result["probes_refused"],
            "probes_received": result["probes_received"],
        },
        "load_check": result["load_check"],
    }


def _switch_cycles(
    counted: Counted, result: dict[str, Any], virtual: bool
) -> dict[str, Any] | None:
    """What the DUT says about its cycles, with the speed of its clock where that is known.

    On a virtual testbed generator and DUT share a machine, and with it the TSC.
    """
    if counted.cycles is None:
        return None
    return counted.cycles | {"tsc_hz": round(result["tsc_hz"]) if virtual else None}


def _asked(rate_mbit: float, frame_size: int) -> dict[str, float]:
    pps = packets_per_second(rate_mbit, frame_size)
    on_the_wire = pps * (frame_size + 20) * 8 / 1e6  # preamble, delimiter and gap: 20 B
    return {"rate_mbit": rate_mbit, "rate_pps": pps, "line_rate_mbit": on_the_wire}


def _run_id(identity: dict[str, Any], settings: dict[str, Any]) -> int:
    """A number of 32 bit that another point's frames do not carry."""
    return zlib.crc32(repr((sorted(identity.items()), settings["seed"], now())).encode())
