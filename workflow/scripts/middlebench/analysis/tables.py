"""From the table of records to the tables of results: a rate, a series, the disturbance."""

import math
import os
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from middlebench.analysis.capacity_cells import CAPACITY_COLUMNS, capacity_cells
from middlebench.analysis.interval import Interval, median_interval
from middlebench.analysis.knee import counted_loss, knee, knee_interval, lossless
from middlebench.analysis.main_rows import by_state
from middlebench.frame_mix import size_of_cell
from middlebench.records.identity import Rate, whole_if_possible
from middlebench.records.table import (
    DISTURBANCE_COLUMNS,
    POINT_COLUMNS,
    POINT_KEYS,
    SERIES_KEYS,
    STATE_KEYS,
    rate_type,
    size_type,
)
from middlebench.records.verdict import VALID_VERDICTS
from middlebench.units import packets_per_second, packets_per_second_binary, rate_mbit

RATE_COLUMNS = [
    *(*STATE_KEYS, "rate_mbit", "asked_pps"),
    *("repetitions", "valid", "exceeding"),
    *("latency_p50_ns", "latency_p50_low_ns", "latency_p50_high_ns"),
    "latency_p50_above_floor_ns",
    *("loss_ratio", "loss_ratio_low", "loss_ratio_high"),
    "interval_level",
]
"""The columns of rates.csv in their order: medians of the valid repetitions with their intervals.
`exceeding`: repetitions that did not carry the rate.  `interval_level`: how often each of the row's
intervals holds the true median (0..1): 0.95, or what so few repetitions give."""

SERIES_COLUMNS = [
    *STATE_KEYS,
    *("points", "points_valid"),
    *("knee_mbit", "knee_pps", "knee_pps_binary"),
    *("knee_low_mbit", "knee_high_mbit", "knee_level"),
    *("knee_at_least", "knee_high_at_least"),
    *CAPACITY_COLUMNS,
    *("lossless_mbit", "lossless_pps", "lossless_pps_binary", "lossless_at_least"),
    *("max_loss_ratio", "max_exceed_ratio"),
    *("ceiling_pps", "ceiling_mbit", "floor_ns"),
]
"""The columns of series.csv in their order; packets/s of a rate are rounded to whole packets.
`knee_level`: how often such an interval holds the true knee (0..1).  `*_at_least`: no higher rate
has a point that counts, so that what is meant may be higher."""

SWEEP_COLUMNS = ["flows", "rate_mbit", "stage", "state", "why"]
"""The columns of sweep.csv: stage coarse or fine; state measured or skipped; why a series
ended that finds its own range."""

_OF_A_RATE = ("asked_pps", "latency_p50_above_floor_ns", "latency_p50_ns", "loss_ratio")
_TEXT = {"testbed", "dut", "function", "protocol", "state", "capacity_fit"}
_WHOLE = {*SERIES_KEYS, "rate_mbit", "repetitions", "valid", "exceeding", "points", "points_valid"}
_BOUNDS = {name for name in SERIES_COLUMNS if name.endswith("_at_least")}
_OF_RATES = tuple(f"{name}_" for name in ("knee", "lossless", "capacity"))
_FRACTIONS = {
    *("knee_level", "capacity_level", "capacity_mbit", "capacity_cycles"),
    *("capacity_spread", "capacity_fit"),
}
_RATES = {"rate_mbit", *(f"{name}_mbit" for name in ("knee", "knee_low", "knee_high", "lossless"))}
_WHOLE |= {name for name in SERIES_COLUMNS if name.startswith(_OF_RATES)} - _BOUNDS - _FRACTIONS


def rates_table(points: pd.DataFrame, max_loss_ratio: float) -> pd.DataFrame:
    """One row a rate of a series in a state with RATE_COLUMNS, sorted by series, state and rate.

    `points` has POINT_COLUMNS. Valid repetitions (VALID_VERDICTS) alone have a median; `exceeding`
    are those of them that lost more than `max_loss_ratio` (0..1) in clean time, and those that
    stalled or failed. An interval needs two that are valid.
    """
    keys = [*STATE_KEYS, "rate_mbit"]
    valid = points["verdict"].isin(VALID_VERDICTS).to_numpy()
    asked, above, latency, loss = (points[name].to_numpy() for name in _OF_A_RATE)
    exceeds = _counted_losses(points) > max_loss_ratio
    rows = []
    # positions, not tables: there may be thousands of rates with a handful of points each
    for key, every in sorted(points.groupby(keys).indices.items()):
        held = every[valid[every]]
        row = dict(zip(keys, key, strict=True))
        row |= {"asked_pps": _median(_known(asked[every])), "repetitions": len(every)}
        row |= {"valid": len(held), "exceeding": exceeds[every].sum()}
        latencies, losses = _known(latency[held]), _known(loss[held])
        intervals = [median_interval(known) for known in (latencies, losses)]
        row |= _with_interval(latencies, intervals[0], "latency_p50{}_ns")
        row["latency_p50_above_floor_ns"] = _median(_known(above[held]))
        row |= _with_interval(losses, intervals[1], "loss_ratio{}")
        row["interval_level"] = _level(intervals)
        rows.append(row)
    return _typed(rows, RATE_COLUMNS)


def series_table(
    points: pd.DataFrame, max_loss_ratio: float, max_exceed_ratio: float
) -> pd.DataFrame:
    """One row a series in a state with SERIES_COLUMNS: its knee, its highest rate without loss.

    `points` has POINT_COLUMNS. Only points that count decide (`counted_loss`); see `analysis.knee`,
    also for both limits (0..1). The generator's ceiling and floor are the best that any point's
    calibration says: what no point can pass.
    """
    rows = []
    for key, group in points.groupby(STATE_KEYS, sort=True):
        losses = losses_by_rate(group)
        row = dict(zip(STATE_KEYS, key, strict=True))
        row |= {"points": len(group), "points_valid": len(valid_points(group))}
        row |= {"max_loss_ratio": max_loss_ratio, "max_exceed_ratio": max_exceed_ratio}
        row |= _rate_columns("knee", knee(losses, max_loss_ratio, max_exceed_ratio), row)
        row |= capacity_cells(group, max_loss_ratio)
        row |= _rate_columns("lossless", lossless(losses), row)
        between = knee_interval(losses, max_loss_ratio, max_exceed_ratio) or (None,) * 3
        row |= dict(zip(("knee_low_mbit", "knee_high_mbit", "knee_level"), between, strict=True))
        for name in ("knee", "knee_high", "lossless"):
            rate = row[f"{name}_mbit"]
            row[f"{name}_at_least"] = rate is not None and rate == max(losses)
        row |= {"ceiling_pps": group["ceiling_pps"].max(), "floor_ns": group["floor_ns"].min()}
        if pd.notna(row["ceiling_pps"]):
            row["ceiling_mbit"] = round(rate_mbit(row["ceiling_pps"], row["frame_size_bytes"]), 1)
        rows.append(row)
    return _typed(rows, SERIES_COLUMNS)


def valid_points(points: pd.DataFrame) -> pd.DataFrame:
    """The points that say something about the DUT."""
    return points[points["verdict"].isin(VALID_VERDICTS)]


def losses_by_rate(points: pd.DataFrame) -> dict[Rate, list[float]]:
    """Rate [Mbit/s] -> `counted_loss` of each repetition that has one, as `analysis.knee`."""
    counted = pd.Series(_counted_losses(points), index=points["rate_mbit"]).dropna()
    return {whole_if_possible(rate): list(known) for rate, known in counted.groupby(level=0)}


def write_tables(
    records: pd.DataFrame,
    max_loss_ratio: float,
    max_exceed_ratio: float,
    points: str | Path,
    series: str | Path,
    rates: str | Path,
) -> None:
    """Write points.csv, series.csv and rates.csv from what `records.table` gives."""
    write_csv(records[POINT_COLUMNS], points)
    records = by_state(records)
    write_csv(series_table(records, max_loss_ratio, max_exceed_ratio), series)
    write_csv(rates_table(records, max_loss_ratio), rates)


def write_disturbance(records: pd.DataFrame, path: str | Path) -> None:
    """Write disturbance.csv, one row a point in order of time, from what `records.table` gives."""
    in_time = records.sort_values(["start_utc", *POINT_KEYS], ignore_index=True)
    write_csv(in_time[DISTURBANCE_COLUMNS], path)


def write_sweep(rows: list[dict[str, Any]], path: str | Path) -> None:
    """Write sweep.csv, one row a rate of a series with SWEEP_COLUMNS, from a plan's `sweep`."""
    table = pd.DataFrame(rows, columns=SWEEP_COLUMNS)
    write_csv(table.sort_values(["flows", "rate_mbit"], ignore_index=True), path)


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write `frame` to `path` whole or not at all: a temporary name first, then renamed."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def read_table(path: str | Path) -> pd.DataFrame:
    """A table that `write_csv` wrote; frame sizes are numbers, and of a mix its name (`Mix`)."""
    table = pd.read_csv(path)
    if "frame_size_bytes" in table and table["frame_size_bytes"].dtype.kind not in "iuf":
        table["frame_size_bytes"] = table["frame_size_bytes"].map(size_of_cell).astype("object")
    return table


def _known(values: np.ndarray) -> list[float]:
    """Those that are not missing."""
    return values[~np.isnan(values)].tolist()


def _counted_losses(points: pd.DataFrame) -> np.ndarray:
    """`counted_loss` of each point, NaN without."""
    pairs = zip(points["verdict"], points["loss_ratio"], strict=True)
    return np.array([counted_loss(*pair) for pair in pairs], dtype=float)


def _median(known: list[float]) -> float:
    return statistics.median(known) if known else math.nan


def _with_interval(
    known: list[float], interval: Interval | None, name: str
) -> dict[str, float | None]:
    """Their median and its interval; `name` with {} for nothing, `_low` and `_high`."""
    cells = (_median(known), *(interval or (None, None))[:2])
    return dict(zip(map(name.format, ("", "_low", "_high")), cells, strict=True))


def _level(intervals: list[Interval | None]) -> float | None:
    """How sure the least sure of them is."""
    found = [interval.level for interval in intervals if interval]
    return round(min(found), 4) if found else None


def _rate_columns(name: str, rate: Rate | None, row: dict[str, Any]) -> dict[str, Rate | None]:
    """`<name>_mbit` and its packets/s in both conventions, rounded to whole packets."""
    names = (f"{name}_mbit", f"{name}_pps", f"{name}_pps_binary")
    if rate is None:
        return dict.fromkeys(names)
    size = row["frame_size_bytes"]
    pps = (round(packets_per_second(rate, size)), round(packets_per_second_binary(rate, size)))
    return dict(zip(names, (rate, *pps), strict=True))


def _typed(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """A table of these columns; whole numbers may be missing without becoming fractions.

    A column of rates has fractions where one of them is no whole number.
    """
    table = pd.DataFrame(rows, columns=columns)
    kinds = {name: "Int64" if name in _WHOLE else "float64" for name in columns}
    kinds |= dict.fromkeys(_BOUNDS.intersection(columns), "bool")
    kinds |= dict.fromkeys(_TEXT.intersection(columns), "object")
    if "frame_size_bytes" in table:
        kinds["frame_size_bytes"] = size_type(table)
    kinds |= {name: rate_type(table[name]) for name in _RATES.intersection(columns)}
    return table.astype(kinds)
