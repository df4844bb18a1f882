"""The point record: made from the generator's result, checked against its schema, written once."""

import json
import os
from bisect import bisect_left
from itertools import accumulate
from pathlib import Path
from typing import Any

from middlebench.errors import RecordError

SCHEMA_PATH = Path(__file__).parents[2] / "schemas" / "point.schema.json"
SCHEMA = 2
"""The form of a point record: its key `schema`."""

QUANTILES = {"p25": 25, "p50": 50, "p75": 75, "p90": 90, "p99": 99, "p99_9": 99.9}
_COUNTERS = (
    *("offered", "sent", "refused", "skipped"),
    *("received", "duplicated", "out_of_order"),
)


def tally(result: dict[str, Any], name: str, virtual: bool) -> dict[str, Any]:
    """Counters, rates and latency of one part (`raw` or `gated`) of softgen's result.

    On a virtual testbed the queue that refused a packet is the DUT's own, so a refused packet is
    lost; on hardware it is the generator's, and it was not offered.  Rates are None without time,
    the loss ratio without packets, the latency without replies.
    """
    part = result[name]
    seconds = part["duration_s"]
    put = part["sent"] + (part["refused"] if virtual else 0)
    lost = put - part["received"]
    rates = {
        f"{counter}_pps": round(part[counter] / seconds, 3) if seconds else None
        for counter in ("offered", "sent", "received")
    }
    return {
        "duration_s": seconds,
        **{counter: part[counter] for counter in _COUNTERS},
        "lost": lost,
        "foreign": result["foreign"] if name == "raw" else None,
        "late": result["late"] if name == "raw" else None,
        **rates,
        "loss_ratio": lost / put if put else None,
        "latency": latency(part["latency"]) if part["latency"] else None,
    }


def totals(result: dict[str, Any]) -> dict[str, int]:
    """Frames of all phases, to be compared with the DUT's counters.

    With TCP the SYNs are among them, and the outside's `answers` (SYN-ACK) went the other way.
    """
    counted = {way: result[f"{way}_total"] for way in ("sent", "received")}
    if "syns_sent" not in result or result["protocol"] == "udp":
        return counted
    return {way: count + result[f"syns_{way}"] for way, count in counted.items()} | {
        f"answers_{way}": result[f"answers_{way}"] for way in counted
    }


def latency(measured: dict[str, Any]) -> dict[str, Any]:
    """Summary [ns] and histogram of softgen's latency: {count, min_ns, mean_ns, max_ns, histogram}.

    The histogram is a list of [lower bound ns, upper bound ns, count].
    """
    lower, upper, counts = (list(column) for column in zip(*measured["histogram"], strict=True))
    ends = (measured["min_ns"], measured["max_ns"])
    return {
        **{key: measured[key] for key in ("count", "min_ns", "mean_ns", "max_ns")},
        **{
            f"{name}_ns": round(quantile(lower, upper, counts, percent / 100, ends), 2)
            for name, percent in QUANTILES.items()
        },
        "histogram": {"lower_ns": lower, "upper_ns": upper, "count": counts},
    }


def quantile(
    lower: list[float], upper: list[float], counts: list[int], share: float, ends: tuple
) -> float:
    """The value below which `share` (0..1) of the samples lie, linear within its bucket.

    Never outside of `ends`, the exact least and greatest sample.
    """
    below = list(accumulate(counts))
    rank = share * below[-1]
    bucket = bisect_left(below, rank)
    within = (rank - (below[bucket] - counts[bucket])) / counts[bucket]
    value = lower[bucket] + within * (upper[bucket] - lower[bucket])
    return min(max(value, ends[0]), ends[1])


def disturbance(result: dict[str, Any]) -> dict[str, Any]:
    """Share of disturbed slices, and what disturbed them."""
    slices, clean = result["slices"], result["clean_slices"]
    return {
        "slices": slices,
        "clean_slices": clean,
        "share": 1 - clean / slices if slices else 1.0,
        "generator_gaps": result["generator_gaps"],
        "dut_silences": result["dut_silences"],
        "dut_stops": result["dut_stops"],
    }


def describe(record: dict[str, Any]) -> str:
    """The point and how it went in one line for people."""
    cell, verdict, gated = record["identity"], record["verdict"], record["gated"]
    said = [verdict["reason"]]
    if gated and gated["latency"]:
        said[0] += f", median {gated['latency']['p50_ns'] / 1e3:.1f} us"
    if record["disturbance"]:
        said.append(f"{record['disturbance']['share']:.0%} of the time disturbed")
    return (
        f"{cell['function']} {cell['frame_size']} B {cell['flows']} flows "
        f"{'TCP ' if cell.get('protocol') == 'tcp' else ''}"
        f"{cell['rate_mbit']} Mbit/s: {verdict['name']} ({'; '.join(said)})"
    )


def check(record: dict[str, Any]) -> None:
    """RecordError unless the record has the form that workflow/schemas/point.schema.json says."""
    import fastjsonschema  # here, as tables and plots read records without it

    try:
        fastjsonschema.compile(json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))(record)
    except fastjsonschema.JsonSchemaValueException as error:
        raise RecordError(f"record: {error.message}") from error


def read(path: str | Path) -> dict[str, Any]:
    """The point record in `path`; RecordError when it is not a whole record of our form."""
    allowed = f"a point record of schema {SCHEMA}; delete the file to measure the point again"
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise RecordError(
            f"{path}: cannot be read ({error.strerror}); allowed: {allowed}"
        ) from error
    except ValueError as error:  # JSON and UTF-8 errors
        raise RecordError(f"{path}: truncated or not JSON ({error}); allowed: {allowed}") from error
    if not isinstance(record, dict):
        raise RecordError(f"{path}: holds no JSON object; allowed: {allowed}")
    if type(record.get("schema")) is not int or record["schema"] != SCHEMA:
        found = json.dumps(record.get("schema"))
        raise RecordError(f"{path}: schema is {found}; allowed: {allowed}")
    return record


def write(record: dict[str, Any], path: Path) -> None:
    """Write the record at once: to a temporary name, then renamed."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name} is not JSON")
