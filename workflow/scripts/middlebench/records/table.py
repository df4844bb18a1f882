"""From point records (one JSON file a point) to one tidy table: one row a record."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.errors import RecordError
from middlebench.frame_mix import FrameSize, Mix, frame_size_of
from middlebench.machine.states import CLASSES, CPUS, UNKNOWN
from middlebench.records.at_least import at_least_pps
from middlebench.records.counts import COUNTERS, MARKS
from middlebench.records.identity import Rate
from middlebench.records.judging import SILENCES, judged_state
from middlebench.records.read import read
from middlebench.units import rate_mbit

SERIES_KEYS = ["testbed", "dut", "function", "protocol", "frame_size_bytes", "flows"]
STATE_KEYS = [*SERIES_KEYS, "state"]
"""What no median, knee or line mixes: a series, and the state of the machine it was judged in."""

POINT_KEYS = [*SERIES_KEYS, "rate_mbit", "repetition"]

NO_DPDK = "none"
"""What Open vSwitch says of its DPDK where it has none, and records with it."""

_LATENCIES = ("min", "mean", "p25", "p50", "p75", "p90", "p99", "p99_9", "max")
_BEHIND = {"received": ["lost"], "duplicated": ["foreign"]}
_COUNTED = [name for counter in COUNTERS for name in (counter, *_BEHIND.get(counter, []))]

_Columns = dict[str, tuple[str, Any]]
"""Name -> (dotted key in the record, type); without a key it is computed."""


def _figures(section: str, prefix: str) -> _Columns:
    """Columns of the section `raw` or `gated`."""
    columns = {f"{key}_pps": (f"{section}.{key}_pps", float) for key in ("offered", "sent")}
    columns["received_pps"] = (f"{section}.received_pps", float)
    columns["received_mbit"] = ("", float)
    columns |= {f"{key}_pps": (f"{section}.{key}_pps", float) for key in ("put", "arrived")}
    columns["shortfall_ratio"] = (f"{section}.shortfall_ratio", float)
    columns["loss_ratio"] = (f"{section}.loss_ratio", float)
    columns["latency_count"] = (f"{section}.latency.count", int)
    for name in _LATENCIES:
        columns[f"latency_{name}_ns"] = (f"{section}.latency.{name}_ns", float)
    return {prefix + name: column for name, column in columns.items()}


_IN_POINTS: _Columns = {
    "testbed": ("identity.testbed", str),
    "dut": ("identity.dut", str),
    "function": ("identity.function", str),
    "protocol": ("", str),
    "frame_size_bytes": ("", FrameSize),
    "flows": ("identity.flows", int),
    "rate_mbit": ("identity.rate_mbit", Rate),
    "repetition": ("identity.repetition", int),
    "verdict": ("verdict.name", str),
    "reason": ("verdict.reason", str),
    "stage": ("settings.stage", str),
    "asked_pps": ("asked.rate_pps", float),
    "clean_s": ("gated.duration_s", float),
    "window_s": ("raw.duration_s", float),
    "disturbed_share": ("disturbance.share", float),
    "state": ("", str),
    **_figures("gated", ""),
    "latency_p50_above_floor_ns": ("", float),
    **_figures("raw", "raw_"),
    **{f"raw_{name}": (f"raw.{name}", int) for name in _COUNTED},
    "checked": ("load_check.checked", int),
    "wrong": ("load_check.wrong", int),
    "state_expected": ("state.expected_entries", int),
    "state_after_warmup": ("state.found_after_warmup", int),
    "state_after_window": ("state.found_after_window", int),
    "ceiling_pps": ("calibration.ceiling_pps", float),
    "floor_ns": ("calibration.floor_ns", float),
    "at_least_pps": ("", float),
    "switch_cycles_per_packet": ("switch_cycles.milliseconds.p50", float),
    "core_mhz": ("machine.probe.dut.core_mhz", float),
    "switch_idle_share": ("switch_cycles.idle_share", float),
    "tsc_hz": ("switch_cycles.tsc_hz", float),
    "start_utc": ("time.start", str),
    "dut_version": ("", str),
    "generator_version": ("", str),
    "record": ("", str),
}
_OF_A_MARK = {
    "{}s": ("count", int),
    "{}_total_us": ("total_us", float),
    "{}_max_us": ("max_us", float),
}
_ONLY_DISTURBANCE: _Columns = {
    column.format(mark.removesuffix("s")): (f"disturbance.{mark}.{key}", kind)
    for mark in MARKS
    for column, (key, kind) in _OF_A_MARK.items()
}
_SHARES = {f"share_{name}": name for name in (*CLASSES, UNKNOWN)}
_ONLY_DISTURBANCE |= dict.fromkeys(_SHARES, ("", float))
_ONLY_DISTURBANCE |= {
    f"{name}_cycles": (f"machine.probe.{name}_cycles", float) for name in ("trip", "memory")
}
_ONLY_DISTURBANCE |= {f"clock_{cpu}": (f"machine.clock.{cpu}", float) for cpu in CPUS}
_ONLY_DISTURBANCE |= {
    f"silence_{kind}_{key}": (f"machine.silences.{kind}.{key}", of)
    for kind in SILENCES
    for key, of in (("count", int), ("total_us", float))
}
_COLUMNS = _IN_POINTS | _ONLY_DISTURBANCE
_DTYPES = {int: "Int64", float: "float64", str: "object", Rate: "float64", FrameSize: "object"}

POINT_COLUMNS = list(_IN_POINTS)
"""The columns of points.csv in their order; units are in the names."""

DISTURBANCE_COLUMNS = [
    *POINT_KEYS,
    *("start_utc", "window_s", "clean_s", "disturbed_share", "state"),
    *_ONLY_DISTURBANCE,
    "verdict",
]
"""The columns of disturbance.csv in their order."""


def rate_type(rates: pd.Series) -> str:
    """That of a column of rates [Mbit/s], some of them missing: whole numbers where all are."""
    known = rates.dropna().astype("float64")
    return "Int64" if (known % 1 == 0).all() else "float64"


def size_type(frame: pd.DataFrame) -> str:
    """That of its column of frame sizes: whole numbers where none is a mix."""
    mixes = any(isinstance(size, Mix) for size in frame["frame_size_bytes"])
    return "object" if mixes else "Int64"


def records_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """One row a record with POINT_COLUMNS and DISTURBANCE_COLUMNS, sorted by POINT_KEYS.

    What was not measured is missing. RecordError when a record cannot be believed, or when two
    records are of one point.
    """
    return table_of((read(path), str(path)) for path in paths)


def table_of(records: Iterable[tuple[dict[str, Any], str]]) -> pd.DataFrame:
    """The same of records that were read, each with the path of the file that it is in."""
    rows = [_row(*record) for record in records]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame = frame.astype({name: _DTYPES[kind] for name, (_, kind) in _COLUMNS.items()})
    frame["rate_mbit"] = frame["rate_mbit"].astype(rate_type(frame["rate_mbit"]))
    frame["frame_size_bytes"] = frame["frame_size_bytes"].astype(size_type(frame))
    frame = frame.sort_values(POINT_KEYS, ignore_index=True)
    twins = frame[frame.duplicated(POINT_KEYS, keep=False)]
    if len(twins):
        first, second = twins["record"].iloc[:2]
        raise RecordError(f"{second}: is of the same point as {first}; allowed: one record a point")
    return frame


def _row(record: dict[str, Any], path: str) -> dict[str, Any]:
    """One row of the table."""
    row = {name: _value(record, key) for name, (key, _) in _COLUMNS.items() if key}
    # only what is not UDP says so: its records lie where they always lay
    row["frame_size_bytes"] = frame_size_of(record["identity"]["frame_size"], record["settings"])
    row["protocol"] = record["identity"].get("protocol", "udp")
    for prefix in ("", "raw_"):
        pps = row[f"{prefix}received_pps"]
        mbit = None if pps is None else rate_mbit(pps, row["frame_size_bytes"])
        row[f"{prefix}received_mbit"] = mbit
    row["latency_p50_above_floor_ns"] = _above(row["latency_p50_ns"], row["floor_ns"])
    row["state"] = judged_state(record)
    cycles = record["switch_cycles"]
    if cycles and not cycles["lookups"]:  # the kernel's: of all time alone
        row["switch_cycles_per_packet"] = cycles["cycles_per_packet"]
    row["at_least_pps"] = at_least_pps(record).get(row["state"])
    shares = record["machine"]["shares"] if record["machine"] else None
    row |= {column: shares and shares.get(name, 0.0) for column, name in _SHARES.items()}
    row["dut_version"] = _software_text(record, "dut")
    row["generator_version"] = _software_text(record, "generator")
    row["record"] = path
    return row


def _above(latency_ns: float | None, floor_ns: float | None) -> float | None:
    """What the DUT adds to the generator's own latency [ns], to 0.01 ns as records have it."""
    if latency_ns is None or floor_ns is None:
        return None
    return round(max(latency_ns - floor_ns, 0.0), 2)


def _value(record: dict[str, Any], key: str) -> Any:
    """The value at the dotted `key`, None when it or a section above it is null."""
    value: Any = record
    for part in key.split("."):
        if value is None:
            return None
        value = value[part]
    return value


def _software_text(record: dict[str, Any], role: str) -> str | None:
    """Name and versions in one text, such as `Open vSwitch 3.1.0, DPDK 22.11.11`."""
    if record["software"] is None:
        return None
    about = record["software"][role]
    text = " ".join(about[key] for key in ("name", "version") if about.get(key))
    if about.get("sha256"):
        text += f" (sha256 {about['sha256'][:8]})"
    return ", ".join([text, about["dpdk"]] if about.get("dpdk", NO_DPDK) != NO_DPDK else [text])
