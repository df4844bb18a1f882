"""The frame sizes of a capture: how long its packets were as Ethernet frames with FCS.

The size is from the original length, not from what a snap length left of it. A capture holds no
FCS (4 B) unless it says so; what was captured before the sender's NIC padded it counts as 64 B, and
packets of another link layer count as the Ethernet frame that carries the same payload.
"""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from middlebench.captures.lengths import packets
from middlebench.captures.streams import CutError
from middlebench.errors import ConfigError

FCS = 4
ETHERNET_HEADER = 14
MIN_FRAME = 64
MAX_WIRE_FRAME = 16128
"""Largest frame [B, with FCS] of any Ethernet: e1000's (Linux, its documentation: an MTU of 16110).

Most NICs end at 9018 to 9978 B. What is longer was no frame: the kernel had merged several (GRO,
LRO), or the NIC would have split it (TSO), or it went through a loopback.
"""

LINK_HEADERS = {
    1: ("Ethernet", ETHERNET_HEADER),
    0: ("BSD loopback", 4),
    108: ("OpenBSD loopback", 4),
    12: ("raw IP", 0),
    14: ("raw IP", 0),
    101: ("raw IP", 0),
    228: ("raw IPv4", 0),
    229: ("raw IPv6", 0),
    50: ("PPP in HDLC framing", 4),
    104: ("Cisco HDLC", 4),
    113: ("Linux cooked", 16),
    276: ("Linux cooked v2", 20),
}
"""Name and length [B] of the link header, by LINKTYPE_ (12, 14: raw IP of some BSDs' DLT_)."""

UNNAMED = ("/dev/fd/", "/proc/")
"""Where what has a number instead of a name is found, such as the shell's `<(zstdcat x)`."""

SIZE_COLUMNS = ("frame_size_bytes", "packets")
CAPTURE_COLUMNS = (
    *("capture", "packets", "link_types"),
    *("longer_packets", "longer_bytes", "longest_bytes"),
    "cut",
)


@dataclass
class FrameSizes:
    """How many packets a capture has of each size."""

    packets: Counter[int] = field(default_factory=Counter)
    """By frame size [B, with FCS], up to MAX_WIRE_FRAME."""
    longer: Counter[int] = field(default_factory=Counter)
    """The same of what is longer, and so was never a frame on a wire."""
    link_types: set[str] = field(default_factory=set)
    cut: str = ""
    """Where the file ends too early or is damaged; empty when it is whole."""


def frame_size(link_type: int, fcs_bytes: int, length: int) -> int:
    """Ethernet frame size [B, with FCS] of a packet of `length` B; KeyError: unknown link type."""
    _, header = LINK_HEADERS[link_type]
    return max(MIN_FRAME, length - header - fcs_bytes + ETHERNET_HEADER + FCS)


def count_frame_sizes(path: str | Path) -> FrameSizes:
    """Count the frame sizes of a capture file of any length, in constant memory.

    A file that ends too early is counted up to there. ConfigError when it cannot be read, is no
    capture, or has a link type whose headers are not known here.
    """
    lengths: Counter[tuple[int, int, int]] = Counter()
    found = FrameSizes()
    try:
        for packet in packets(path):
            lengths[packet] += 1
    except CutError as error:
        found.cut = str(error)
    for (link_type, fcs_bytes, length), count in lengths.items():
        if link_type not in LINK_HEADERS:
            known = ", ".join(dict.fromkeys(name for name, _ in LINK_HEADERS.values()))
            raise ConfigError(f"{path}: packets of link type {link_type}; allowed: {known}")
        size = frame_size(link_type, fcs_bytes, length)
        (found.packets if size <= MAX_WIRE_FRAME else found.longer)[size] += count
        found.link_types.add(LINK_HEADERS[link_type][0])
    return found


def capture_name(path: str | Path) -> str:
    """How a capture is called: by its file; a pipe that the shell made has no name."""
    return "a pipe" if str(path).startswith(UNNAMED) else Path(path).name


def write_frame_sizes(path: str | Path, sizes: str | Path, capture: str | Path) -> None:
    """Write the tables of the capture `path`: SIZE_COLUMNS a size, CAPTURE_COLUMNS in one row."""
    found = count_frame_sizes(path)
    link_types = " / ".join(sorted(found.link_types))
    longer = (
        found.longer.total(),
        sum(size * count for size, count in found.longer.items()),
        max(found.longer, default=0),
    )
    _write(sizes, SIZE_COLUMNS, sorted(found.packets.items()))
    row = (capture_name(path), found.packets.total(), link_types, *longer, found.cut)
    _write(capture, CAPTURE_COLUMNS, [row])


def _write(path: str | Path, columns: tuple[str, ...], rows: list[tuple]) -> None:
    """A table as CSV, whole or not at all.

    Not `tables.write_csv`: a trace must not be counted anew when statistics of series change.
    """
    unfinished = Path(path).with_name(f".{Path(path).name}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([columns, *rows])
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
