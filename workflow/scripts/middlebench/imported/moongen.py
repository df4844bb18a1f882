"""What MoonGen's own example examples/l3-load-latency.lua leaves behind (MoonGen 7746ff2).

Its standard output has a line of counters a second and, at the end, one for each direction with
averages and totals (libmoon dfceafc, lua/stats.lua:98-108, getPlainFinal; made in
l3-load-latency.lua:87-88, 103-104).  With "CSV" for "plain" in lines 87 and 88 it is a table
(lua/stats.lua:110-139), in which the last line of a direction is of the averages.  Averages leave
out the first and the last second (:63-76).  histogram.csv has `ns,count` a line, without a heading,
in the order of the latencies (lua/histogram.lua:167-181; l3-load-latency.lua:132); it is empty when
no probe came back.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from middlebench.errors import ConfigError
from middlebench.files.text import read_text
from middlebench.imported.lines import Line, table, whole_lines
from middlebench.imported.point import (
    TRIAL,
    Latency,
    Point,
    check_frame_size,
    latency_of,
    loss_ratio,
)
from middlebench.units import packets_per_second

CSV_NAMES = (
    *("Time", "Device", "Direction", "PacketRate"),
    *("Mbit", "MbitWithFraming", "TotalPackets", "TotalBytes"),
)
HISTOGRAM_NAMES = ("latency [ns]", "count")

LEAST_PROBE = 84 + 4
"""Frame of the smallest probe [B, with FCS]: l3-load-latency.lua:109-112 makes shorter ones so."""

DIRECTIONS = ("TX", "RX")

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_NUMBER = r"(-?nan|-?inf|\d+(?:\.\d+)?)"
_FINAL = re.compile(
    rf"\[.*\] (TX|RX): {_NUMBER} \(StdDev {_NUMBER}\) Mpps, {_NUMBER} \(StdDev {_NUMBER}\) Mbit/s "
    rf"\({_NUMBER} Mbit/s with framing\), total (\d+) packets with (\d+) bytes \(incl\. CRC\)"
)


class Counted(NamedTuple):
    """One direction of a run: where it stands, packets/s on average, and the totals."""

    where: str
    pps: float
    packets: int
    octets: int


def load_latency(file: Mapping[str, Any], frame_size: int) -> list[Point]:
    """The point of one run: its standard output (`path`), and its histogram where there is one."""
    sent, received = _counters(file["path"])
    check_frame_size(
        f"{sent.where}: TX", sent.octets / sent.packets, frame_size, max(frame_size, LEAST_PROBE)
    )
    found = histogram(file["histogram"]) if "histogram" in file else None
    point = Point(
        TRIAL,
        sent.pps,
        sent=sent.packets,
        received=received.packets,
        loss_ratio=loss_ratio(received.where, sent.packets, received.packets),
        received_pps=received.pps,
        latency=found,
    )
    return [point]


def histogram(path: str) -> Latency:
    """The latencies of a histogram.csv."""
    found: list[tuple[float, float, int]] = []
    for line in table(path, whole_lines(path), HISTOGRAM_NAMES):
        latency, count = line.number(HISTOGRAM_NAMES[0]), line.count(HISTOGRAM_NAMES[1])
        if not count or (found and latency <= found[-1][0]):
            raise ConfigError(
                f"{line.where}: {', '.join(line.fields)}; allowed: latencies that grow, each "
                "counted once or more"
            )
        found.append((latency, latency, count))
    total = sum(count for _, _, count in found)
    mean = sum(latency * count for latency, _, count in found) / total if total else None
    return latency_of(found, mean, (found[0][0], found[-1][0]) if found else (0, 0))


def _counters(path: str) -> list[Counted]:
    """Both directions of a run, TX first."""
    lines = [_COLOUR.sub("", line) for line in read_text(path).split("\n")]
    for number, line in enumerate(lines, 1):
        if line.startswith("[FATAL]"):
            raise ConfigError(f"{path}:{number}: {line[:80]}; allowed: a run without such a line")
    finals = _table_finals(path, lines) if ",".join(CSV_NAMES) in lines else _finals(path, lines)
    for direction in DIRECTIONS:
        if len(finals[direction]) != 1:
            raise ConfigError(
                f"{path}: {len(finals[direction])} lines of totals of {direction}; allowed: 1, of "
                "one run of l3-load-latency.lua that was ended by Ctrl-C"
            )
    return [finals[direction][0] for direction in DIRECTIONS]


def _finals(path: str, lines: list[str]) -> dict[str, list[Counted]]:
    """The last lines of `plain`, where Mbit/s are whole ones and packets/s hundredths of a million:
    the former, with the mean frame of the totals, are the better rate.
    """
    found: dict[str, list[Counted]] = {direction: [] for direction in DIRECTIONS}
    for number, text in enumerate(lines, 1):
        final = _FINAL.fullmatch(text.strip())
        if not final:
            continue
        direction, _, _, mbit, _, _, packets, octets = final.groups()
        where = f"{path}:{number}"
        _check_averaged(where, mbit, int(packets), direction)
        mean = int(octets) / int(packets) if int(packets) else 0
        pps = packets_per_second(float(mbit), mean) if mean else 0.0
        found[direction].append(Counted(where, pps, int(packets), int(octets)))
    return found


def _table_finals(path: str, lines: list[str]) -> dict[str, list[Counted]]:
    """The last line of each device and direction of `CSV`."""
    last: dict[tuple[str, ...], Line] = {}
    first = lines.index(",".join(CSV_NAMES)) + 1
    of_table = [line if re.match(r"\d+,", line) else "" for line in lines[first:]]
    if lines[-1]:
        raise ConfigError(f"{path}:{len(lines)}: the last line does not end; allowed: a whole file")
    for line in table(path, of_table, CSV_NAMES, first + 1):
        last[tuple(line.fields[1:3])] = line
    found: dict[str, list[Counted]] = {direction: [] for direction in DIRECTIONS}
    for (_, direction), line in last.items():
        if direction not in found:
            raise ConfigError(f"{line.where}: Direction: {direction[:40]!r}; allowed: TX, RX")
        packets, octets = line.count("TotalPackets"), line.count("TotalBytes")
        _check_averaged(line.where, line.fields[3], packets, direction)
        pps = line.number("PacketRate") * 1e6
        found[direction].append(Counted(line.where, pps, packets, octets))
    return found


def _check_averaged(where: str, average: str, packets: int, direction: str) -> None:
    """Two seconds are left out of an average: there must be more, and something sent in them."""
    short = "nan" in average or "inf" in average
    if short or (direction == "TX" and not (packets and float(average))):
        raise ConfigError(
            f"{where}: {direction}: {average} on average, {packets} packets; allowed: a run of 4 s "
            "or more that sent something"
        )
