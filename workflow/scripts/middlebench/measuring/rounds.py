"""One round of a comparison: a trial of every variant, all at once, in turns."""

import math
import zlib
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from middlebench.errors import DutError, MiddlebenchError
from middlebench.machine import states
from middlebench.measuring.facts import now
from middlebench.measuring.freezing import Freezer
from middlebench.measuring.parts import Assembly
from middlebench.measuring.probing import LIMITS, looking
from middlebench.measuring.state_limits import found_state
from middlebench.measuring.turn_taking import in_turns
from middlebench.measuring.variants import Variant
from middlebench.records import judging, record
from middlebench.records.comparison_file import CAPACITY, LATENCY
from middlebench.records.verdict import Verdict, decide
from middlebench.units import rate_mbit

WINDOWS = 5
"""A round is given up after so many windows of each one's own time, however little was clean."""

CLEAN_RATIO = 0.1
"""Clean time of a window below which a trial is disturbed: less than a point needs.  How much of
one state a pair needs is said where they are compared."""

OVERLOADED = 0.02
"""Loss ratio in a state above which what came back then is the capacity in it."""

NO_TURN = "its turns were over before anything of the window came back"
"""What is said of a round that was over before it began."""

NOTHING = {"clean_s": 0.0, "received": 0, "sent": 0, "loss_ratio": None, "latency": None}

Part = dict[str, Any]


class Living(NamedTuple):
    """A variant that has been started, and what stops it."""

    variant: Variant
    made: Assembly
    freezer: Freezer


def run_round(
    living: Mapping[str, Living],
    kind: str,
    rate_pps: float,
    comparing: Mapping[str, Any],
    calibration: Mapping[str, Any],
) -> dict[str, Part]:
    """What came of a load of so many packets/s for each variant, by name.

    `comparing`: turn_ms, settle_ms, window_ms, and step_us where a part is to have a profile of the
    turns in such steps (`turns` of a result).  `calibration`: what calibration.calibrate gave.
    Each is named in its error; DutError when one fails or stalls: nothing is to be compared then.
    """
    about = (kind, rate_pps, dict(comparing) | {"count": len(living)}, calibration)
    trials = {name: partial(_trial, name, of, *about) for name, of in living.items()}
    freezers = [of.freezer for of in living.values()]
    parts = in_turns(freezers, list(trials.values()), comparing["turn_ms"] / 1000)
    return dict(zip(living, parts, strict=True))


def trial_settings(settings: dict[str, Any], comparing: Mapping[str, Any]) -> dict[str, Any]:
    """A variant's settings for a trial in turns with others, `comparing["count"]` in all.

    The generator's loop stands still while others live: that is a disturbance as any, but after it
    what comes within `settle_ms` is left out.  Time goes on meanwhile, so all limits of time grow.
    """
    gating, durations, count = settings["gating"], settings["durations"], comparing["count"]
    turn_ms, slice_us = comparing["turn_ms"], gating["slice_us"]
    away_ms = 2 * (count - 1) * turn_ms  # at most: there and back
    return settings | {
        "durations": durations
        | {
            "window_ms": comparing["window_ms"],
            "max_windows": WINDOWS * count,
            "drain_ms": durations["drain_ms"] + away_ms,
            "stall_ms": durations["stall_ms"] + away_ms,
        },
        "verdict": settings["verdict"] | {"min_clean_ratio": CLEAN_RATIO},
        "gating": gating
        | {
            "state_windows": WINDOWS * count,
            "frozen": {
                "long_us": comparing.get("long_us", turn_ms * 1000 // 2),
                "guard_slices": math.ceil(comparing["settle_ms"] * 1000 / slice_us),
                **{key: comparing[key] for key in ("step_us",) if key in comparing},
            },
        },
    }


def _trial(
    name: str,
    living: Living,
    kind: str,
    rate_pps: float,
    comparing: Mapping[str, Any],
    calibration: Mapping[str, Any],
) -> Part:
    """A trial of one variant; called in a thread."""
    variant, made, _ = living
    settings = trial_settings(variant.settings, comparing)
    rate = rate_mbit(rate_pps, variant.frame_size)
    point = {
        "identity": {"frame_size": variant.frame_size, "flows": variant.flows, "rate_mbit": rate},
        "settings": settings,
        "asked": record.asked(rate, variant.frame_size),
        "calibration": calibration,
    }
    told = looking(settings, made, _limits(calibration))
    run_id = zlib.crc32(f"{name} {now()}".encode())
    try:
        result = made.run_trial(rate, variant.frame_size, variant.flows, told, run_id)
        counted = made.dut.counted()
    except MiddlebenchError as error:
        raise type(error)(f"{name}: {error}") from error
    to_one = min(variant.flows, settings["flows_a_destination"])
    state = found_state(made, counted, result, variant.flows, to_one)
    point |= record.measured(point, result, state, counted.frames)
    verdict = judged(point)
    if verdict.name in ("failed", "stalled"):
        raise DutError(f"{name}: {verdict.reason}")
    probe = result["probe"]
    return {
        **part(point, kind),
        "core_mhz": probe and probe["dut"]["core_mhz"],
        "traffic_s": result["traffic_ms"] / 1000,
        "verdict": verdict.name,
        "said": verdict.reason,
        **{key: result[key] for key in ("turns",) if key in result},
    }


def judged(point: dict[str, Any]) -> Verdict:
    """The verdict on a trial in turns: no DUT is blamed for a window that it hardly lived in.

    Who gives the turns may be kept from his CPU himself, and the window be over meanwhile: what was
    sent before comes back too late to be counted, or nothing was sent.
    """
    verdict, raw = decide(point, point["settings"]["verdict"]), point["raw"]
    silent = not raw["received"] and not point["gated"]["sent"]
    if (verdict.name == "failed" and silent) or (verdict.name == "stalled" and not raw["sent"]):
        return Verdict("disturbed", NO_TURN)
    return verdict


def part(point: dict[str, Any], kind: str) -> Part:
    """What one variant did in a round, by state of the machine.

    {state, clean_s, received, sent, loss_ratio, latency, states}: `state` is the one that its point
    would be judged by, and what follows is of it; `states` has the same of each class of states.
    In a round of kind CAPACITY without those in which it was not overloaded: what came back then is
    no capacity.  `state` is None, and nothing received, where none is left.
    """
    near, found = judging.near_ceiling(point), point["states"]
    if found is None:
        tallies = {states.ANY: point["gated"]}
    else:
        names = {of: [n for n in found if states.class_of(n, near) == of] for of in states.CLASSES}
        tallies = {of: record.judged_tally(point, those) for of, those in names.items() if those}
    rows = {
        of: _row(tally, kind)
        for of, tally in tallies.items()
        if tally["loss_ratio"] is not None and (kind == LATENCY or tally["loss_ratio"] > OVERLOADED)
    }
    state = point["machine"]["judged"] if found else states.ANY
    if state not in rows:
        state = max(rows, key=lambda of: rows[of]["clean_s"], default=None)
    return {"state": state, **rows.get(state, NOTHING), "states": rows}


def _row(tally: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What is compared; `sent` is with what the DUT's full queue refused.

    In overload `received` is what came back in the clean time: what was sent in it waits in a queue
    that a stop may have emptied, and comes back also after it.
    """
    timed = tally["latency"]
    return {
        "clean_s": tally["duration_s"],
        "received": tally["arrived" if kind == CAPACITY else "received"],
        "sent": tally["received"] + tally["lost"],
        "loss_ratio": tally["loss_ratio"],
        "latency": timed and {key: timed[key] for key in ("p50_ns", "p99_ns")},
    }


def _limits(calibration: Mapping[str, Any]) -> dict[str, Any] | None:
    """Between states, all of which are of use; None where the calibration could tell none."""
    machine = calibration.get("machine")
    if not (machine and machine["busy_dut"] and machine["busy_generator"]):
        return None
    judged = [name for name in states.NAMES if name != states.UNKNOWN]
    return {limit: machine[limit] for limit in LIMITS} | {"judged": judged}
