"""From point records (one JSON file a point) to tidy tables: one row a point, one row a series."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.errors import RecordError
from middlebench.knee import no_drop_rate, partial_drop_rate
from middlebench.units import packets_per_second, packets_per_second_binary, rate_mbit

RECORD_SCHEMA = 1
"""The form of a point record that this module understands (its key `schema`)."""

VALID_VERDICTS = ("ok", "overloaded")
"""The verdicts that say something about the device under test."""

SERIES_KEYS = ["testbed", "dut", "function", "frame_size_bytes", "flows"]
POINT_KEYS = [*SERIES_KEYS, "rate_mbit", "repetition"]

_LATENCIES = ("min", "mean", "p25", "p50", "p75", "p90", "p99", "p99_9", "max")
_COUNTERS = ("offered", "sent", "refused", "skipped", "received", "lost", "duplicated", "foreign")
_COUNTERS = (*_COUNTERS, "out_of_order")


def _figures(section: str, prefix: str) -> dict[str, tuple[str, type]]:
    """Columns of the section `raw` or `gated`: name -> (key in the record, type)."""
    columns = {f"{key}_pps": (f"{section}.{key}_pps", float) for key in ("offered", "sent")}
    columns["received_pps"] = (f"{section}.received_pps", float)
    columns["received_mbit"] = ("", float)  # computed from received_pps
    columns["loss_ratio"] = (f"{section}.loss_ratio", float)
    columns["latency_count"] = (f"{section}.latency.count", int)
    for name in _LATENCIES:
        columns[f"latency_{name}_ns"] = (f"{section}.latency.{name}_ns", float)
    return {prefix + name: column for name, column in columns.items()}


_COLUMNS: dict[str, tuple[str, type]] = {
    "testbed": ("identity.testbed", str),
    "dut": ("identity.dut", str),
    "function": ("identity.function", str),
    "frame_size_bytes": ("identity.frame_size", int),
    "flows": ("identity.flows", int),
    "rate_mbit": ("identity.rate_mbit", int),
    "repetition": ("identity.repetition", int),
    "verdict": ("verdict.name", str),
    "reason": ("verdict.reason", str),
    "asked_pps": ("asked.rate_pps", float),
    "clean_s": ("gated.duration_s", float),
    "window_s": ("raw.duration_s", float),
    "disturbed_share": ("disturbance.share", float),
    **_figures("gated", ""),
    **_figures("raw", "raw_"),
    **{f"raw_{name}": (f"raw.{name}", int) for name in _COUNTERS},
    "state_expected": ("state.expected_entries", int),
    "state_found": ("state.found_entries", int),
    "start_utc": ("time.start", str),
    "dut_version": ("", str),
    "generator_version": ("", str),
    "record": ("", str),
}
_REQUIRED = (*POINT_KEYS, "verdict")
_DTYPES = {int: "Int64", float: "float64", str: "object"}

POINT_COLUMNS = list(_COLUMNS)
"""The columns of points.csv in their order; units are in the names."""

SERIES_COLUMNS = [
    *SERIES_KEYS,
    *("points", "points_valid"),
    *("knee_mbit", "knee_pps", "knee_pps_binary"),
    *("lossless_mbit", "lossless_pps", "lossless_pps_binary"),
    "max_loss_ratio",
]
"""The columns of series.csv in their order; packets/s are rounded to whole packets."""


def read_record(path: str | Path) -> dict[str, Any]:
    """The point record in `path`; RecordError when it is not a whole record of our form."""
    allowed = (
        f"a point record of schema {RECORD_SCHEMA}; delete the file to measure the point again"
    )
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
    if type(record.get("schema")) is not int or record["schema"] != RECORD_SCHEMA:
        found = json.dumps(record.get("schema"))
        raise RecordError(f"{path}: schema is {found}; allowed: {allowed}")
    return record


def points_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """One row a record with POINT_COLUMNS, sorted by POINT_KEYS; what was not measured is missing.

    RecordError when a record cannot be read, lacks a key, or when two records are of one point.
    """
    rows = [_point_row(read_record(path), str(path)) for path in paths]
    frame = pd.DataFrame(rows, columns=POINT_COLUMNS)
    frame = frame.astype({name: _DTYPES[kind] for name, (_, kind) in _COLUMNS.items()})
    frame = frame.sort_values(POINT_KEYS, ignore_index=True)
    twins = frame[frame.duplicated(POINT_KEYS, keep=False)]
    if len(twins):
        first, second = twins["record"].iloc[:2]
        raise RecordError(f"{second}: is of the same point as {first}; allowed: one record a point")
    return frame


def series_table(points: pd.DataFrame, max_loss_ratio: float) -> pd.DataFrame:
    """One row a series with SERIES_COLUMNS: its knee and its highest rate without loss.

    `points` has POINT_COLUMNS. Only valid points (VALID_VERDICTS) decide; see `middlebench.knee`.
    `max_loss_ratio` (0..1) is the knee's allowed loss ratio, judged on the gated loss.
    """
    rows = []
    for key, group in points.groupby(SERIES_KEYS, sort=True):
        valid = group[group["verdict"].isin(VALID_VERDICTS)]
        losses = {
            int(rate): list(of.dropna()) for rate, of in valid.groupby("rate_mbit")["loss_ratio"]
        }
        row = dict(zip(SERIES_KEYS, key, strict=True))
        row |= {"points": len(group), "points_valid": len(valid), "max_loss_ratio": max_loss_ratio}
        row |= _rate_columns("knee", partial_drop_rate(losses, max_loss_ratio), row)
        row |= _rate_columns("lossless", no_drop_rate(losses), row)
        rows.append(row)
    frame = pd.DataFrame(rows, columns=SERIES_COLUMNS)
    text = ("testbed", "dut", "function")
    kinds = {name: "object" if name in text else "Int64" for name in SERIES_COLUMNS}
    return frame.astype(kinds | {"max_loss_ratio": "float64"})


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write `frame` to `path` whole or not at all: a temporary name first, then renamed."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_tables(
    records: Iterable[str | Path], max_loss_ratio: float, points: str | Path, series: str | Path
) -> None:
    """Aggregate the records to the files `points` (points.csv) and `series` (series.csv)."""
    table = points_table(records)
    write_csv(table, points)
    write_csv(series_table(table, max_loss_ratio), series)


def _point_row(record: dict[str, Any], path: str) -> dict[str, Any]:
    """One row of points.csv."""
    settings = record.get("settings")
    if isinstance(settings, dict) and settings.get("gating", "unknown") is None:
        # Without gating all time counts as clean: the raw figures are the figures.
        record = record | {"gated": record.get("gated") or record.get("raw")}
    row = {name: _value(record, key, kind, path) for name, (key, kind) in _COLUMNS.items() if key}
    for name in _REQUIRED:
        if row[name] is None:
            raise RecordError(f"{path}: {_COLUMNS[name][0]} is null; allowed: a value")
    for prefix in ("", "raw_"):
        pps = row[f"{prefix}received_pps"]
        mbit = None if pps is None else rate_mbit(pps, row["frame_size_bytes"])
        row[f"{prefix}received_mbit"] = mbit
    row["dut_version"] = _software_text(record, "dut", path)
    row["generator_version"] = _software_text(record, "generator", path)
    row["record"] = path
    return row


def _value(record: dict[str, Any], key: str, kind: type, path: str) -> Any:
    """The value at the dotted `key`, None when it or a section above it is null."""
    value: Any = record
    for part in key.split("."):
        if value is None:
            return None
        if not isinstance(value, dict) or part not in value:
            raise RecordError(
                f"{path}: {key} is missing; allowed: a record of schema {RECORD_SCHEMA}"
            )
        value = value[part]
    kinds = (int, float) if kind is float else (kind,)
    if value is None or (isinstance(value, kinds) and not isinstance(value, bool)):
        return value
    raise RecordError(
        f"{path}: {key} is {json.dumps(value)[:40]}; allowed: {kind.__name__} or null"
    )


def _software_text(record: dict[str, Any], role: str, path: str) -> str | None:
    """Name and versions in one text, such as `Open vSwitch 3.1.0, DPDK 22.11.11`."""
    software = record.get("software") or {}
    about = software.get(role) if isinstance(software, dict) else None
    if about is None:
        return None
    if not isinstance(about, dict) or not isinstance(about.get("name"), str):
        raise RecordError(f"{path}: software.{role}.name is missing; allowed: a name")
    text = " ".join(str(about[key]) for key in ("name", "version") if about.get(key))
    if about.get("sha256"):
        text += f" (sha256 {str(about['sha256'])[:8]})"
    return ", ".join([text, str(about["dpdk"])] if about.get("dpdk") else [text])


def _rate_columns(name: str, rate: int | None, row: dict[str, Any]) -> dict[str, int | None]:
    """`<name>_mbit` and its packets/s in both conventions, rounded to whole packets."""
    names = (f"{name}_mbit", f"{name}_pps", f"{name}_pps_binary")
    if rate is None:
        return dict.fromkeys(names)
    size = row["frame_size_bytes"]
    pps = (round(packets_per_second(rate, size)), round(packets_per_second_binary(rate, size)))
    return dict(zip(names, (rate, *pps), strict=True))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name} is not JSON")
