"""Calibration: what the generator itself can do, through the cheapest path there is.

In a sandbox that is dpdk-testpmd in its io mode, which hands every frame to the other port without
a look at it, on the same kind of ports, CPUs and in the same memory as a DUT.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from invoke import Context

from middlebench.duts.registry import entry
from middlebench.errors import DutError, GeneratorError
from middlebench.frame_mix import FrameSize, size_words
from middlebench.machine.clusters import thresholds
from middlebench.machine.states import CPUS
from middlebench.measuring.assembly import assembled
from middlebench.measuring.facts import host_facts, now
from middlebench.measuring.parts import Assembly, Parts
from middlebench.measuring.probing import looking
from middlebench.records import record
from middlebench.records.load_faults import load_fault
from middlebench.units import line_rate_mbit, packets_per_second, rate_mbit

UNREACHABLE_PPS = 50e6
"""More than one core can make: asked for this, the generator sends all that it can."""

PROGRESS_S = 5
"""A calibration with many flows takes minutes: seconds between two signs of life."""

TRIES = 5
"""Trials at most for each that is wanted: some find no clean time."""


def calibrate(
    dut: str,
    frame_size: FrameSize,
    flows: int,
    settings: dict[str, Any],
    generator: Path,
    host: Context | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Ceiling [packets/s] and latency floor [ns] of the generator, with the trials they are from.

    `dut`: that of CALIBRATED_WITH.  `settings`: what grid.calibration_settings gives.  The ceiling
    is the highest rate that came back, the floor the lowest median latency: each the best of its
    trials, on clean time, as it bounds every measurement.  `host` as in `assembled`.
    `machine` tells the machine's states apart, None where none was probed.
    `say` is told how far it is, a line every PROGRESS_S at most.
    GeneratorError when no trial finds clean time, DutError without dpdk-testpmd,
    or when it does not hand frames on as they are.
    """
    started = now()
    parts = Parts(dut, "forward", Path(entry(dut).program), generator)
    with assembled(parts, {}, host) as made:
        cell = (frame_size, flows, settings)
        ids = _told(count(), f"{size_words(frame_size)}, {flows} flows", say)
        highest = _trials(made, UNREACHABLE_PPS, *cell, ids)
        ceiling_pps = max(_row(trial, settings)["received_pps"] for trial in highest)
        low = _trials(made, settings["floor_load_ratio"] * ceiling_pps, *cell, ids)
        probes = _seen_idle(made, [*highest, *low], ceiling_pps, *cell, ids)
        path, host = made.dut.facts(), host_facts(made)
    trials = {
        name: [_row(trial, settings) for trial in results]
        for name, results in (("ceiling", highest), ("floor", low))
    }
    return {
        "frame_size": frame_size,
        "flows": flows,
        "ceiling_pps": ceiling_pps,
        "floor_ns": min(trial["p50_ns"] for trial in trials["floor"]),
        "settings": settings,
        "software": {"path": path, "generator": made.generator.facts(low[0])},
        "host": host,
        "time": {"start": started, "end": now()},
        "machine": thresholds(probes) if probes else None,
        "trials": trials,
    }


def line_rate_bounds(frame_size: FrameSize, flows: int, settings: dict[str, Any]) -> dict[str, Any]:
    """What bounds a generator on a link of `settings.link_mbit`, in the form of `calibrate`'s.

    Nothing is measured: the cables lead to the DUT, and nobody can plug them into each other
    meanwhile.  So the ceiling is the link's line rate, and the latency floor is not known.
    """
    highest_mbit = line_rate_mbit(settings["link_mbit"], frame_size)
    return {
        "frame_size": frame_size,
        "flows": flows,
        "ceiling_pps": packets_per_second(highest_mbit, frame_size),
        "floor_ns": None,
        "measured": False,
        "machine": None,
        "settings": settings,
    }


def describe(found: dict[str, Any]) -> str:
    """A calibration in one line for people."""
    mbit = rate_mbit(found["ceiling_pps"], found["frame_size"])
    if found["floor_ns"] is None:
        return (
            f"{size_words(found['frame_size'])}, {found['flows']} flows: at most line rate, "
            f"{found['ceiling_pps'] / 1e6:.2f} Mpps ({mbit:.0f} Mbit/s); the generator alone is "
            "not measured, as its cables lead to the DUT"
        )
    return (
        f"generator, {size_words(found['frame_size'])}, {found['flows']} flows: at most "
        f"{found['ceiling_pps'] / 1e6:.2f} Mpps ({mbit:.0f} Mbit/s), at least "
        f"{found['floor_ns'] / 1e3:.2f} us{_states(found['machine'])}"
    )


def _told(ids: Iterator[int], about: str, say: Callable[[str], None]) -> Iterator[int]:
    """A number for each trial, so that no two trials' frames can be taken for each other.

    How many there were is said, where they take long.
    """
    last = monotonic()
    for number in ids:
        if monotonic() - last > PROGRESS_S:
            last = monotonic()
            say(f"generator, {about}: trials so far: {number}")
        yield number


def _states(machine: dict[str, Any] | None) -> str:
    """What was found of the machine's states, behind the rest of a line."""
    return f"; {'; '.join(machine['found'])}" if machine else ""


def _seen_idle(
    made: Assembly,
    trials: list[dict[str, Any]],
    ceiling_pps: float,
    frame_size: FrameSize,
    flows: int,
    settings: dict[str, Any],
    ids: Iterator[int],
) -> list[dict[str, Any]]:
    """What was probed in the trials, and in some more until either core's sibling was once idle."""
    probes = [trial["probe"] for trial in trials if trial.get("probe")]
    told = looking(settings, made, {})
    rate = rate_mbit(settings["floor_load_ratio"] * ceiling_pps, frame_size)
    for _ in range(settings["idle_trials"] if probes else 0):
        found = thresholds(probes)
        if all(found[f"idle_{cpu}_cycles"] for cpu in CPUS):
            break
        probes.append(made.generator.run_trial(rate, frame_size, flows, told, next(ids))["probe"])
    return probes


def _trials(
    made: Assembly,
    asked_pps: float,
    frame_size: FrameSize,
    flows: int,
    settings: dict[str, Any],
    ids: Iterator[int],
) -> list[dict[str, Any]]:
    """As many trials with clean time as are wanted, or those of TRIES times as many that have some.

    GeneratorError when none has: fewer make the best of them worse, not wrong.
    """
    found, told = [], looking(settings, made, {})
    for _ in range(settings["repetitions"] * TRIES):
        rate = rate_mbit(asked_pps, frame_size)
        trial = made.generator.run_trial(rate, frame_size, flows, told, next(ids))
        if fault := load_fault(trial["load_check"]):
            raise DutError(f"calibration, {size_words(frame_size)}, {flows} flows: {fault}")
        if trial["gated"]["latency"]:
            found.append(trial)
        if len(found) == settings["repetitions"]:
            break
    if not found:
        raise GeneratorError(
            f"calibration, {size_words(frame_size)}, {flows} flows: no clean time in "
            f"{settings['repetitions'] * TRIES} trials; the machine is too disturbed"
        )
    return found


def _row(trial: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    gated = record.tally(trial, "gated", settings["virtual"])
    return {
        "asked_pps": trial["rate_pps"],
        **{key: gated[key] for key in ("sent_pps", "received_pps", "loss_ratio")},
        "p50_ns": gated["latency"]["p50_ns"],
        "clean_s": gated["duration_s"],
        "disturbed_share": record.disturbance(trial)["share"],
    }
