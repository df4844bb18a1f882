"""What tallies by state, and what is said of the machine, must be to be those of one point.

They hold for sections in the form of `record.measured`, with types that a schema has checked.  Each
gives the reason why the sections cannot be, or None.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from middlebench.machine.states import CPUS, NOT_ASKED
from middlebench.records import judging, record
from middlebench.records.sections import (
    CLOCKS,
    ROUNDED_S,
    ROUNDED_US,
    counters_fault,
    mark_fault,
    summary_fault,
)

Section = dict[str, Any]
LatencyRule = Callable[[Section, bool], str | None]


def fault(sections: dict[str, Any], latency_fault: LatencyRule) -> str | None:
    """The first rule that the section `states`, beside raw and disturbance, breaks.

    `latency_fault`: why a tally's latency, of a generator that looks at every frame, cannot be.
    """
    found, about, raw = (sections[name] for name in ("states", "disturbance", "raw"))
    if found is None:
        return None
    if about is None:
        return "states is given; allowed: null where there are no slices"
    for key in ("slices", "clean_slices"):
        made = sum(part[key] for part in found.values())
        if made != about[key]:
            return f"states have {made} {key}; allowed: those of the window, {about[key]}"
    slice_s = raw["duration_s"] / about["slices"]
    for name, part in found.items():
        reason = _of_a_state(part, slice_s) or latency_fault(part, True)
        if reason:
            return f"states.{name}.{reason}"
    return None


def counts_rule(raw: Section) -> LatencyRule:
    """The rule for a record's `states`: as many counts as raw's histogram has buckets.

    What is judged has been looked at as `gated`, which is made of it.
    """
    buckets = len(raw["latency"]["histogram"]["count"]) if raw["latency"] else 0

    def counts_fault(part: Section, _: bool) -> str | None:
        latency, received = part["latency"], part["received"]
        if latency is None:
            return f"latency is null; allowed: that of {received} frames" if received else None
        counts = latency["histogram"]
        try:
            samples = sum(counts) if min(counts) >= 0 else None
        except TypeError:
            samples = None
        if len(counts) != buckets or type(samples) is not int:
            return f"latency.histogram is wrong; allowed: {buckets} counts, one a bucket of raw's"
        if not latency["count"] == samples == received:
            return f"latency.count is {latency['count']}; allowed: its samples, and received"
        return None

    return counts_fault


def machine_fault(point: dict[str, Any]) -> str | None:
    """The first rule that the section `machine` of a whole record breaks, and its `gated` by it."""
    machine, found = point["machine"], point["states"]
    if (machine is None) != (found is None):
        return f"machine is {'null' if machine is None else 'given'}; allowed: as `states`"
    if machine is None:
        return None
    if judging.wanted(point) == NOT_ASKED:
        return "machine is given; allowed: null where nothing is gated"
    return (
        differing("machine.", machine, judging.choice(point, found))
        or _judged(point)
        or _summary(machine)
        or _silences(machine["silences"], point["disturbance"]["dut_stops"], "machine")
        or differing("machine.clock.", machine["clock"], judging.clock(point, machine["probe"]))
    )


def sent_fault(raw: Section, every_frame: bool) -> str | None:
    """The summary of the latency from when packets were sent is one, of the same packets."""
    due, sent = raw["latency"], raw["latency_sent"]
    if not every_frame or due is None or sent is None:
        wanted = every_frame and due is not None
        fits = (sent is not None) == wanted
        return None if fits else f"raw.latency_sent is {sent}; allowed: one as of latency"
    if sent["count"] != due["count"]:
        return f"raw.latency_sent.count is {sent['count']}; allowed: latency's, {due['count']}"
    rising = [sent[f"{name}_ns"] for name in ("min", *record.QUANTILES, "max")]
    if any(low > high for low, high in pairwise(rising)):
        return f"raw.latency_sent falls: {rising}; allowed: rising quantiles"
    if not sent["min_ns"] <= sent["mean_ns"] <= sent["max_ns"]:
        return f"raw.latency_sent.mean_ns is {sent['mean_ns']}; allowed: between min and max"
    return None


def differing(prefix: str, section: dict[str, Any], made: dict[str, Any]) -> str | None:
    """The first value of `made` that the section has otherwise, sections of it looked into."""
    for key, value in made.items():
        if section[key] != value:
            if isinstance(value, dict) and isinstance(section[key], dict) and value:
                within = section[key] if section[key].keys() >= value.keys() else {}
                if within:
                    return differing(f"{prefix}{key}.", within, value) or f"{prefix}{key} has more"
            return f"{prefix}{key} is {str(section[key])[:40]}; allowed: {str(value)[:40]}"
    return None


def _of_a_state(part: Section, slice_s: float) -> str | None:
    clean = part["clean_slices"]
    if clean > part["slices"]:
        return f"clean_slices is {clean}; allowed: up to {part['slices']}"
    if abs(clean * slice_s - part["duration_s"]) > CLOCKS * clean * slice_s + ROUNDED_S:
        return f"duration_s is {part['duration_s']}; allowed: {clean} slices"
    return counters_fault(part, every_frame=True)


def _judged(point: dict[str, Any]) -> str | None:
    """What is judged is what was counted in the states of the judged class."""
    made = record.judged_tally(point, point["machine"]["states"])
    if reason := differing("gated.", point["gated"], made):
        return reason
    fault = made["latency"] and summary_fault(made["latency"])
    return f"gated.latency.{fault}" if fault else None


def probe_fault(probe: Section, stops: Section) -> str | None:
    """The first rule that softgen's section `probe`, beside its dut_stops, breaks."""
    for cpu in CPUS:
        seen = probe[cpu]
        worked = sum(count for _, count in seen["work_cycles"])
        if not seen["late"] <= seen["probes"] >= worked:
            return f"probe.{cpu}.probes is {seen['probes']}; allowed: at least late, and its work"
    named = [(f"{cpu}.work_cycles", probe[cpu]["work_cycles"]) for cpu in CPUS]
    for name, histogram in (*named, ("trip_cycles", probe["trip_cycles"])):
        if any(low[0] >= high[0] for low, high in pairwise(histogram)):
            return f"probe.{name} falls; allowed: increasing bounds"
    return _silences(probe["silences"], stops, "probe")


def _summary(machine: Section) -> str | None:
    for cpu in CPUS:
        seen, limit = machine["probe"][cpu], machine["thresholds"][f"busy_{cpu}"]
        if seen["late"] > seen["probes"]:
            return f"machine.probe.{cpu}.late is {seen['late']}; allowed: up to {seen['probes']}"
        idle = seen["idle_cycles"]
        if idle is not None and not idle < limit:
            return f"machine.probe.{cpu}.idle_cycles is {idle}; allowed: below {limit}"
    return None


def _silences(silences: Section, stops: Section, where: str) -> str | None:
    """Silences are as long as they say; the DUT's own are among its stops."""
    for kind in judging.SILENCES:
        if silences[kind] and (reason := mark_fault(silences[kind])):
            return f"{where}.silences.{kind} is {reason}"
    own = [silences[kind] for kind in judging.OWN_STOPS if silences[kind]]
    count, total_us = (sum(mark[key] for mark in own) for key in ("count", "total_us"))
    if count > stops["count"] or total_us > stops["total_us"] + ROUNDED_US * (count + 1):
        return f"{where}.silences has {count} stops of the DUT; allowed: dut_stops at most"
    return None
