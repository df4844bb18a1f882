"""The table of imported points: a row a point, each with its origin."""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from middlebench.imported.formats import FORMATS
from middlebench.imported.point import Latency, Point
from middlebench.units import rate_mbit

ORIGIN = "imported"
"""What the column `origin` says of every row."""

COLUMNS = (
    *("origin", "series", "generator", "source", "file", "sha256"),
    *("testbed", "dut", "function", "protocol", "frame_size_bytes", "flows", "note"),
    *("kind", "allowed_loss_ratio", "duration_s"),
    *("offered_mbit", "offered_pps", "received_pps", "sent", "received", "loss_ratio"),
    *("latency_count", "latency_min_ns", "latency_mean_ns"),
    *("latency_p50_low_ns", "latency_p50_high_ns"),
    *("latency_p99_low_ns", "latency_p99_high_ns", "latency_max_ns"),
)

ABOUT = ("testbed", "dut", "function", "protocol", "flows")
"""What the user says of a series, and no file does."""


def rows(series: str, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a series of the configuration, in the order of their rates (COLUMNS)."""
    form, size = FORMATS[settings["format"]], settings["frame_size"]
    made = []
    for file in settings["files"]:
        points = form.read(file, size)
        origin = {
            "origin": ORIGIN,
            "series": series,
            "generator": form.generator,
            "source": form.source,
            "file": file["path"],
            "sha256": hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest(),
            "frame_size_bytes": size,
            "note": settings.get("note"),
            **{key: settings[key] for key in ABOUT},
        }
        made += [origin | _cells(point, size) for point in points]
    return sorted(made, key=lambda row: row["offered_pps"])


def joined(paths: Iterable[str]) -> list[dict[str, str]]:
    """The rows of several such tables, one after the other."""
    made: list[dict[str, str]] = []
    for path in paths:
        with Path(path).open(encoding="utf-8", newline="") as file:
            made += csv.DictReader(file)
    return made


def write(path: str | Path, made: list[dict[str, Any]]) -> None:
    """Write rows as CSV, whole or not at all."""
    unfinished = Path(path).with_name(f".{Path(path).name}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(made)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _cells(point: Point, frame_size: int) -> dict[str, Any]:
    latency = point.latency or Latency(0)
    p50, p99 = latency.p50 or (None, None), latency.p99 or (None, None)
    return {
        "kind": point.kind,
        "allowed_loss_ratio": point.allowed_loss_ratio,
        "duration_s": point.duration_s,
        "offered_mbit": rate_mbit(point.offered_pps, frame_size),
        "offered_pps": point.offered_pps,
        "received_pps": point.received_pps,
        "sent": point.sent,
        "received": point.received,
        "loss_ratio": point.loss_ratio,
        "latency_count": latency.count if point.latency else None,
        "latency_min_ns": latency.minimum,
        "latency_mean_ns": latency.mean,
        "latency_p50_low_ns": p50[0],
        "latency_p50_high_ns": p50[1],
        "latency_p99_low_ns": p99[0],
        "latency_p99_high_ns": p99[1],
        "latency_max_ns": latency.maximum,
    }
