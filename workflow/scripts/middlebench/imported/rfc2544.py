"""The tables of MoonGen's own RFC 2544 benchmarks (rfc2544/, MoonGen 7746ff2).

Its master.lua writes throughput.csv, latency.csv, frameloss.csv and backtoback.csv into a folder
testresults_<date>, each with all frame sizes (with FCS; :21).  What a line means is told by its
heading, and by what computes it where that says something else (lines of benchmarks/):

- throughput (throughput.lua:68-85): an iteration a line, though the heading counts up columns;
  `spkts(byte)` are packets (:206-208).  mpps is of the packets that were sent (:217).
- latency (latency.lua:66-80): a latency [ns] a line with its count; `rate` is Mpps sent (:171).
- frameloss (frameloss.lua:68-82): `percent of link rate` is a share, 1 for all of it (:128, :173);
  loss is in percent.
- backtoback (backtoback.lua:70-84): lengths of bursts; no rate, so no point.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise
from typing import Any

from middlebench.errors import ConfigError
from middlebench.imported.lines import Line, table, whole_lines
from middlebench.imported.point import THROUGHPUT, TRIAL, Point, latency_of, loss_ratio

_THROUGHPUT_HEADING = re.compile(
    r"frame size\(byte\),duration\(s\),max loss rate\(%\),rate threshold\(packets\)"
    r"(,rate\(mpps\) iter\d+,spkts\(byte\) iter\d+,rpkts\(byte\) iter\d+)+"
)
_LATENCY_HEADING = re.compile("latency,packet,frame size,rate,duration")
_FRAMELOSS_HEADING = re.compile(
    "percent of link rate,frame size,duration,received packets,sent packets,frameloss in %"
)
_BURST_HEADING = re.compile(r"frameSize,precision,linkspeed,duration(,burstsize iter\d+)+")

MAX_ROUNDING = 1e-6
"""By which share two numbers of a line that say the same may differ: they have 14 digits."""


def benchmark(file: Mapping[str, Any], frame_size: int) -> list[Point]:
    """The points of one frame size [B, with FCS] in one of the tables."""
    path = file["path"]
    lines = whole_lines(path)
    heading = lines[0].strip() if lines else ""
    if _BURST_HEADING.fullmatch(heading):
        raise ConfigError(f"{path}:1: lengths of bursts, at no rate; allowed: {_ALLOWED}")
    for pattern, names, points in _TABLES:
        if pattern.fullmatch(heading):
            rows = list(table(path, lines[1:], names, 2))
            return points(_of_size(path, rows, frame_size))
    raise ConfigError(f"{path}:1: {heading[:60]!r} is no heading; allowed: {_ALLOWED}")


def _of_size(path: str, rows: list[Line], frame_size: int) -> list[Line]:
    """The lines of a frame size; ConfigError when there are none."""
    sizes = [row.count("frame size") for row in rows]
    if frame_size not in sizes:
        known = ", ".join(map(str, sorted(set(sizes)))) or "none: it has no line"
        raise ConfigError(f"{path}: no line of {frame_size} B frames; allowed: {known}")
    return [row for row, size in zip(rows, sizes, strict=True) if size == frame_size]


def _throughputs(rows: Iterable[Line]) -> list[Point]:
    """What each iteration of a search found."""
    points = []
    for row in rows:
        sent, received = row.count("sent packets"), row.count("received packets")
        pps, seconds = row.positive("mpps") * 1e6, row.positive("duration")
        if abs(sent / seconds - pps) > MAX_ROUNDING * pps:
            raise ConfigError(
                f"{row.where}: mpps: {pps / 1e6:g}; allowed: sent packets / duration, "
                f"{sent / seconds / 1e6:g}"
            )
        point = Point(
            THROUGHPUT,
            pps,
            sent=sent,
            received=received,
            loss_ratio=loss_ratio(row.where, sent, received),
            received_pps=received / seconds,
            allowed_loss_ratio=row.number("max loss rate") / 100,
            duration_s=seconds,
        )
        points.append(point)
    return points


def _latencies(rows: Iterable[Line]) -> list[Point]:
    """A point for each rate: its latencies."""
    points = []
    for pps, of_rate in groupby(rows, lambda row: row.positive("rate") * 1e6):
        lines = list(of_rate)
        found = [(row.number("latency"), row.count("packet")) for row in lines]
        if any(not low[0] < high[0] for low, high in pairwise(found)):
            raise ConfigError(
                f"{lines[0].where}: latencies of {pps:g} packets/s do not grow from line to line; "
                "allowed: each once, the least first"
            )
        total = sum(count for _, count in found)
        mean = sum(latency * count for latency, count in found) / total if total else None
        latency = latency_of(
            ((at, at, count) for at, count in found), mean, (found[0][0], found[-1][0])
        )
        seconds = lines[0].positive("duration")
        points.append(Point(TRIAL, pps, duration_s=seconds, latency=latency))
    return points


def _losses(rows: Iterable[Line]) -> list[Point]:
    """A point for each load."""
    points = []
    for row in rows:
        sent, received = row.count("sent packets"), row.count("received packets")
        ratio, seconds = loss_ratio(row.where, sent, received), row.positive("duration")
        told = row.number("frameloss in %", least=-100)  # below 0 where more came back
        if abs(told / 100 - (sent - received) / sent) > MAX_ROUNDING:
            raise ConfigError(
                f"{row.where}: frameloss in %: {told:g}; allowed: what the packets say, "
                f"{100 * (sent - received) / sent:g}"
            )
        point = Point(
            TRIAL,
            sent / seconds,
            sent=sent,
            received=received,
            loss_ratio=ratio,
            received_pps=received / seconds,
            duration_s=seconds,
        )
        points.append(point)
    return points


_SHARE = "percent of link rate"
_COUNTS = ("sent packets", "received packets")
_TABLES = (
    (
        _THROUGHPUT_HEADING,
        ("frame size", "duration", "max loss rate", "rate threshold", "mpps", *_COUNTS),
        _throughputs,
    ),
    (_LATENCY_HEADING, ("latency", "packet", "frame size", "rate", "duration"), _latencies),
    (
        _FRAMELOSS_HEADING,
        (_SHARE, "frame size", "duration", *reversed(_COUNTS), "frameloss in %"),
        _losses,
    ),
)
"""Heading, names of the fields of a line, and what makes points of them."""

_ALLOWED = "throughput.csv, latency.csv or frameloss.csv of MoonGen's rfc2544/master.lua"
