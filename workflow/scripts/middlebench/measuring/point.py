"""One point: a new DUT, traffic, a record."""

import time
import zlib
from typing import Any

from middlebench.duts.interface import Counted
from middlebench.frame_mix import frame_size_of
from middlebench.measuring.assembly import assembled
from middlebench.measuring.facts import host_facts, later, now
from middlebench.measuring.parts import Parts
from middlebench.measuring.probing import looking, told_apart
from middlebench.measuring.state_limits import found_state
from middlebench.records import record
from middlebench.records.verdict import above_line_rate, decide
from middlebench.testbeds.places import Where

CALIBRATED = ("ceiling_pps", "floor_ns", "measured")
OF_THE_MACHINE = ("core_dut_mhz", "core_generator_mhz")

NOT_PREPARED = {"dut_facts_sha256": None, "loadgen_facts_sha256": None}


def measure_point(
    identity: dict[str, Any],
    settings: dict[str, Any],
    parts: Parts,
    calibration: dict[str, Any],
    host: Where = None,
    prepared: dict[str, str | None] = NOT_PREPARED,
    made_from: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The record of one point, measured now on a new DUT; above line rate nothing is run.

    `identity`: testbed, dut, function, frame_size [B], flows, rate_mbit, repetition, and protocol
    where it is tcp.
    `settings`: what PointSettings gives.  `calibration`: what calibration.calibrate gave for
    the same testbed, frame size and flows.  `host` as in `assembled`.  `prepared`: hashes of the
    facts about hosts that were prepared, NOT_PREPARED in a sandbox.  `made_from`: digests of what
    decides the point, by name, with `settings` as record.settings_digest; None: of these alone.
    """
    started, began = now(), time.monotonic()
    size = frame_size_of(identity["frame_size"], settings)
    point = {
        "schema": record.SCHEMA,
        "made_from": made_from or {"settings": record.settings_digest(settings)},
        "identity": identity,
        "settings": settings,
        "calibration": _calibrated(calibration),
        "asked": record.asked(identity["rate_mbit"], size),
    }
    refused = above_line_rate(point)
    states = told_apart(point, calibration.get("machine"))
    point |= (
        dict.fromkeys(record.MEASURED) if refused else _run(point, states, parts, host, prepared)
    )
    point["time"] = {"start": started, "end": later(started, time.monotonic() - began)}
    point["verdict"] = (refused or decide(point, settings["verdict"]))._asdict()
    record.check(point)
    return point


def _calibrated(calibration: dict[str, Any]) -> dict[str, Any]:
    """What a record has of its calibration."""
    machine = calibration.get("machine") or {}
    known = {key: calibration[key] for key in CALIBRATED if key in calibration}
    return known | {key: machine[key] for key in OF_THE_MACHINE if key in machine}


def _run(
    point: dict[str, Any],
    states: dict[str, Any] | None,
    parts: Parts,
    host: Where,
    prepared: dict[str, str | None],
) -> dict[str, Any]:
    """The sections record.MEASURED of a record that has begun."""
    identity, settings = point["identity"], point["settings"]
    flows, rate = identity["flows"], identity["rate_mbit"]
    size = frame_size_of(identity["frame_size"], settings)
    with assembled(parts, settings["dut"], host) as made:
        dut = made.dut
        told = looking(settings, made, states)
        result = made.run_trial(rate, size, flows, told, _run_id(identity, settings))
        counted = dut.counted()
        to_one = min(flows, settings["flows_a_destination"])
        state = found_state(made, counted, result, flows, to_one)
        software = {"dut": dut.facts(), "generator": made.generator.facts(result)}
        machines = host_facts(made) | prepared
    return {
        "software": software,
        "host": machines,
        **record.measured(point, result, state, counted.frames),
        "switch_cycles": _switch_cycles(counted, result, settings["virtual"]),
    }


def _switch_cycles(
    counted: Counted, result: dict[str, Any], virtual: bool
) -> dict[str, Any] | None:
    """What the DUT says about its cycles, with the speed of its clock where that is known.

    On a virtual testbed generator and DUT share a machine, and with it the TSC.
    """
    tsc_hz = round(result["tsc_hz"]) if virtual else None
    cycles = counted.cycles
    if counted.cpu and tsc_hz:
        cycles = counted.cpu.in_cycles(tsc_hz)
    return None if cycles is None else cycles | {"tsc_hz": tsc_hz}


def _run_id(identity: dict[str, Any], settings: dict[str, Any]) -> int:
    """A number of 32 bit that another point's frames do not carry."""
    return zlib.crc32(repr((sorted(identity.items()), settings["seed"], now())).encode())
