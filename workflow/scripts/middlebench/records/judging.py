"""What of a point's time is judged: one class of the machine's states, and how that is recorded.

Where a probe told the states of slices apart, a record has the sections `states`, a tally of the
clean time in each, and `machine`, what the machine gave and what is judged.  A point is a record
that has at least settings, asked and calibration.
"""

from typing import Any

from middlebench.machine import states
from middlebench.records.counts import COUNTERS

Point = dict[str, Any]

MAX_DRIFT = 0.03
"""How far a CPU's clock may be from the calibration's before it is said in words [ratio - 1]."""

OWN_STOPS = ("busy", "asleep", "stopped")
"""Silences that are the DUT's own, as its CPU ran meanwhile."""

SILENCES = ("machine", "preempted", *OWN_STOPS, "unseen")
"""Whose fault a silence was, by the witness on the DUT's CPU: the machine's, another program's, the
DUT's own; `unseen` was too short for it."""

_NOTHING = dict.fromkeys(("slices", "clean_slices", "duration_s", *COUNTERS), 0) | {"latency": None}


def wanted(point: Point) -> str:
    """What the settings want to be judged; NOT_ASKED where nothing is gated."""
    gating = point["settings"]["gating"]
    return gating["state"] if gating else states.NOT_ASKED


def judged_state(point: Point) -> str:
    """The class that a whole record is of."""
    return point["machine"]["judged"] if point["machine"] else states.NOT_ASKED


def needed_s(point: Point) -> float:
    """Clean time [s] below which a point says nothing."""
    settings = point["settings"]
    return settings["verdict"]["min_clean_ratio"] * settings["durations"]["window_ms"] / 1000


def near_ceiling(point: Point) -> bool:
    """Is the generator's sibling told apart at its rate?"""
    return states.near_ceiling(point["asked"]["rate_pps"], point["calibration"]["ceiling_pps"])


def choice(point: Point, found: dict[str, Any]) -> dict[str, Any]:
    """The part of section `machine` that follows from the section `states`, which is `found`.

    {wanted, judged, states, shares, clean_s}: shares of all slices and clean time [s] by class.
    """
    near = near_ceiling(point)
    judged = states.judged(found, wanted(point), near, needed_s(point))
    slices = states.by_class(found, near, "slices")
    clean_s = states.by_class(found, near, "duration_s")
    return {
        "wanted": wanted(point),
        "judged": judged,
        "states": [name for name in states.states_of(judged, near) if name in found],
        "shares": {name: round(n / sum(slices.values()), 6) for name, n in slices.items()},
        "clean_s": {name: round(seconds, 6) for name, seconds in clean_s.items()},
    }


def judged_part(found: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The tally of the states of these names; of none, one without time."""
    made = states.merged([_NOTHING, *(found[name] for name in names)])
    return {key: made[key] for key in made if key not in ("slices", "clean_slices")}


def summary(probe: dict[str, Any]) -> dict[str, Any]:
    """What the probe saw: of each CPU {probes, late, core_mhz, idle_cycles, p50_cycles}, and more.

    `core_mhz`: the core's own clock.  `idle_cycles`: median of the probe's work while the CPU's
    sibling was idle; None: it never was.  Beside them trip_cycles and memory_cycles.
    """
    cpus = {}
    for cpu in states.CPUS:
        work, limit = probe[cpu]["work_cycles"], probe["thresholds"][f"busy_{cpu}"]
        idle = [row for row in work if row[0] < limit]
        cpus[cpu] = {
            **{key: probe[cpu][key] for key in ("probes", "late", "core_mhz")},
            "idle_cycles": _median(idle),
            "p50_cycles": _median(work),
        }
    trip = _median(probe["trip_cycles"])
    return cpus | {"trip_cycles": trip, "memory_cycles": probe["memory_cycles"]}


def clock(point: Point, seen: dict[str, Any]) -> dict[str, Any]:
    """{dut, generator, said}: a core's clock over that of the calibration, None: unknown.

    `said`: in words where it is more than MAX_DRIFT off: the clock is another (turbo, laptops).
    """
    ratios = {}
    for cpu in states.CPUS:
        now, then = seen[cpu]["core_mhz"], point["calibration"].get(f"core_{cpu}_mhz")
        ratios[cpu] = round(now / then, 4) if now and then else None
    words = [
        f"the {cpu}'s core runs at {ratio:.2f} times the calibration's clock"
        for cpu, ratio in ratios.items()
        if ratio is not None and abs(ratio - 1) > MAX_DRIFT
    ]
    return ratios | {"said": "; ".join(words) or None}


def section(point: Point, found: dict[str, Any], probe: dict[str, Any]) -> dict[str, Any]:
    """The section `machine`; `found`: the section `states`, `probe`: that of softgen's result."""
    seen = summary(probe)
    return {
        **choice(point, found),
        "probe": seen,
        "thresholds": probe["thresholds"],
        "silences": probe["silences"],
        "clock": clock(point, seen),
    }


def _median(histogram: list[list[float]]) -> float | None:
    """The bucket, by its lower bound, in which the middle of [lower bound, count] lies."""
    if not histogram:
        return None
    half, below = sum(count for _, count in histogram) / 2, 0
    for lower, count in histogram:
        below += count
        if below >= half:
            return lower
    return None
