"""The point record: made from the generator's result, checked against its schema, written once.

It is read by `records.read`, which believes only what fits together.
"""

import os
from bisect import bisect_left
from itertools import accumulate, compress
from pathlib import Path
from typing import Any

from middlebench import units
from middlebench.errors import RecordError
from middlebench.files import fast_schema
from middlebench.files.canonical import json_digest
from middlebench.files.seal import sealed
from middlebench.frame_mix import FrameSize, size_words
from middlebench.generators import GENERATORS
from middlebench.machine.states import NOT_ASKED, WORDS
from middlebench.records import judging, losses
from middlebench.records.counts import COUNTERS, MARKS

SCHEMA = 6
"""The form of a point record: its key `schema`."""

MEASURED = ("software", "host", "raw", "gated", "totals", "disturbance", "state", "stall")
MEASURED = (*MEASURED, "load_check", "switch_cycles", "machine", "states")
"""The sections of a record that are null when nothing was run."""

QUANTILES = {"p25": 25, "p50": 50, "p75": 75, "p90": 90, "p99": 99, "p99_9": 99.9}


def asked(rate_mbit: float, frame_size: FrameSize) -> dict[str, float]:
    """The load of a point: frame bits [Mbit/s], packets/s, and the same on the wire [Mbit/s]."""
    pps = units.packets_per_second(rate_mbit, frame_size)
    on_the_wire = units.wire_mbit(pps, frame_size)
    return {"rate_mbit": rate_mbit, "rate_pps": pps, "line_rate_mbit": on_the_wire}


def settings_digest(settings: dict[str, Any]) -> str:
    """What `made_from.settings` of a record is: the SHA-256 of `experiment.point_settings`."""
    return json_digest(settings)


def tally(result: dict[str, Any], name: str, virtual: bool) -> dict[str, Any]:
    """Counters, rates and latency of one part (`raw` or `gated`) of a generator's result.

    Of `raw` also what belongs to no slice, and a summary of the latency from when packets were
    sent; the latency is from when they were due.
    """
    part, whole = result[name], name == "raw"
    about = part | {"latency": part["latency"] and columns(part["latency"])}
    of_window = {"foreign": result["foreign"], "late": result["late"]} if whole else {}
    sent = part["latency_sent"] if whole else None
    made = tallied(about, virtual, **of_window)
    return made | {"latency_sent": sent and without_histogram(latency(sent))}


def tallied(
    part: dict[str, Any], virtual: bool, foreign: int | None = None, late: int | None = None
) -> dict[str, Any]:
    """The same of a part whose histogram has the columns of a record's."""
    return {
        "duration_s": part["duration_s"],
        **{counter: part[counter] for counter in COUNTERS},
        "foreign": foreign,
        "late": late,
        **losses.loss_and_rates(part, virtual),
        "latency": with_quantiles(part["latency"]) if part["latency"] else None,
        "latency_sent": None,
    }


def by_state(result: dict[str, Any]) -> dict[str, Any]:
    """The section `states` of a record: a result's, but for its histograms.

    Those have a count for each bucket of raw.latency.histogram: all samples are in `raw` too, and
    bounds that stand there once are read once.
    """
    raw = result["raw"]["latency"]
    buckets = [tuple(row[:2]) for row in raw["histogram"]] if raw else []
    found = {}
    for name, part in result["states"].items():
        latency = part["latency"]
        counts = {tuple(row[:2]): row[2] for row in latency["histogram"]} if latency else {}
        dense = {"histogram": [counts.get(bucket, 0) for bucket in buckets]}
        found[name] = part | {"latency": latency and latency | dense}
    return found


def judged_tally(point: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The section `gated`: what the section `states` of a point has of those of these names."""
    part = judging.judged_part(point["states"], names)
    if part["latency"]:
        counts, raw = part["latency"]["histogram"], point["raw"]["latency"]["histogram"]
        columns = {key: list(compress(raw[key], counts)) for key in ("lower_ns", "upper_ns")}
        columns["count"] = list(filter(None, counts))
        part["latency"] = part["latency"] | {"histogram": columns}
    return tallied(part, point["settings"]["virtual"])


def totals(result: dict[str, Any]) -> dict[str, int]:
    """Frames of all phases, to be compared with the DUT's counters.

    With TCP the SYNs are among them, and the outside's `answers` (SYN-ACK) went the other way;
    where the generator does not tell them apart they are.
    """
    counted = {way: result[f"{way}_total"] for way in ("sent", "received")}
    if result["protocol"] == "udp" or not GENERATORS[result["generator"]].handshakes_apart:
        return counted
    return {way: count + result[f"syns_{way}"] for way, count in counted.items()} | {
        f"answers_{way}": result[f"answers_{way}"] for way in counted
    }


def latency(measured: dict[str, Any]) -> dict[str, Any]:
    """Summary [ns] and histogram of a result's latency, whose histogram has rows.

    {count, min_ns, mean_ns, max_ns, QUANTILES, histogram: {lower_ns, upper_ns, count}}.
    """
    return with_quantiles(columns(measured))


def columns(measured: dict[str, Any]) -> dict[str, Any]:
    """A result's latency with the histogram of a record's."""
    lower, upper, counts = (list(column) for column in zip(*measured["histogram"], strict=True))
    ends = {key: measured[key] for key in ("count", "min_ns", "mean_ns", "max_ns")}
    return ends | {"histogram": {"lower_ns": lower, "upper_ns": upper, "count": counts}}


def with_quantiles(latency: dict[str, Any]) -> dict[str, Any]:
    """A latency with a record's histogram and its quantiles, the histogram last."""
    ends, histogram = (latency["min_ns"], latency["max_ns"]), latency["histogram"]
    rows = (histogram[key] for key in ("lower_ns", "upper_ns", "count"))
    return without_histogram(latency) | quantiles(*rows, ends) | {"histogram": histogram}


def without_histogram(latency: dict[str, Any]) -> dict[str, Any]:
    """The summary alone."""
    return {key: value for key, value in latency.items() if key != "histogram"}


def quantiles(
    lower: list[float], upper: list[float], counts: list[int], ends: tuple
) -> dict[str, float]:
    """QUANTILES of a histogram as `<name>_ns`, to 0.01 ns; `ends`: least and greatest sample."""
    below = list(accumulate(counts))
    return {
        f"{name}_ns": round(quantile(lower, upper, below, percent / 100, ends), 2)
        for name, percent in QUANTILES.items()
    }


def quantile(
    lower: list[float], upper: list[float], below: list[int], share: float, ends: tuple
) -> float:
    """The value below which `share` (0..1) of the samples lie, linear within its bucket.

    `below` are the samples up to the end of each bucket.  Never outside of `ends`, the exact least
    and greatest sample.
    """
    rank = share * below[-1]
    bucket = bisect_left(below, rank)
    before = below[bucket - 1] if bucket else 0
    within = (rank - before) / (below[bucket] - before)
    value = lower[bucket] + within * (upper[bucket] - lower[bucket])
    return min(max(value, ends[0]), ends[1])


def disturbance(result: dict[str, Any]) -> dict[str, Any]:
    """Share of disturbed slices, and what disturbed them."""
    slices, clean = result["slices"], result["clean_slices"]
    return {
        "slices": slices,
        "clean_slices": clean,
        "share": disturbed_share(slices, clean),
        **{mark: result[mark] for mark in MARKS},
    }


def disturbed_share(slices: int, clean: int) -> float:
    """Share of disturbed slices; all when there is none."""
    return 1 - clean / slices if slices else 1.0


def counted(
    result: dict[str, Any], state: dict[str, Any], virtual: bool, switch: dict[str, int]
) -> dict[str, Any]:
    """The sections of a record that a generator's result makes where all clean time is judged.

    `state`: expected_entries, found_after_warmup, found_after_window, read.
    """
    return {
        **{name: tally(result, name, virtual) for name in ("raw", "gated")},
        "totals": {
            **totals(result),
            "switch": switch,
            "traffic_s": result["traffic_ms"] / 1000,
        },
        "disturbance": disturbance(result) if result["slices"] else None,
        "state": {"learned_flows": result["learned_flows"], **state},
        "stall": {
            "silence_ms": result["silence_ms"],
            "probes_sent": result["probes"],
            "probes_refused": result["probes_refused"],
            "probes_received": result["probes_received"],
        },
        "load_check": result["load_check"],
        "machine": None,
        "states": None,
    }


def measured(
    point: dict[str, Any], result: dict[str, Any], state: dict[str, Any], switch: dict[str, int]
) -> dict[str, Any]:
    """The sections of a record that a generator's result makes, with the DUT's own frame counters.

    `point`: what the record has before: settings, asked, calibration.  `state` as in `counted`.
    Where the machine's states were told apart, `gated` is the judged one alone.
    """
    sections = counted(result, state, point["settings"]["virtual"], switch)
    if not result["states"] or judging.wanted(point) == NOT_ASKED:
        return sections
    found = by_state(result)
    machine = judging.section(point, found, result["probe"])
    sections |= {"machine": machine, "states": found}
    return sections | {"gated": judged_tally(point | sections, machine["states"])}


def describe(record: dict[str, Any]) -> str:
    """The point and how it went in one line for people."""
    cell, verdict, gated = record["identity"], record["verdict"], record["gated"]
    said = [verdict["reason"]]
    if gated and gated["latency"]:
        said[0] += f", median {gated['latency']['p50_ns'] / 1e3:.1f} us"
    if record["disturbance"]:
        said.append(f"{record['disturbance']['share']:.0%} of the time disturbed")
    said += _machine_words(record["machine"])
    return (
        f"{cell['function']} {size_words(cell['frame_size'])} {cell['flows']} flows "
        f"{'TCP ' if cell.get('protocol') == 'tcp' else ''}"
        f"{cell['rate_mbit']} Mbit/s: {verdict['name']} ({'; '.join(said)})"
    )


def _machine_words(machine: dict[str, Any] | None) -> list[str]:
    """What of the machine a reader must know: another state than the wanted one, another clock."""
    if machine is None:
        return []
    other = machine["judged"] != machine["wanted"]
    said = [f"judged {WORDS[machine['judged']]}"] if other else []
    return [*said, machine["clock"]["said"]] if machine["clock"]["said"] else said


def check(record: dict[str, Any]) -> None:
    """RecordError unless the record has the form that workflow/schemas/point.schema.json says."""
    if reason := fast_schema.fault("point", record):
        raise RecordError(f"record: {reason}")


def write(content: dict[str, Any], path: Path) -> None:
    """Write a record, or another JSON file of ours, sealed: to a temporary name, then renamed.

    RecordError for a number that is not JSON.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(sealed(content), encoding="utf-8")
        unfinished.rename(path)
    except ValueError as error:
        raise RecordError(f"{path}: {error}; allowed: numbers that JSON has") from error
    finally:
        unfinished.unlink(missing_ok=True)
