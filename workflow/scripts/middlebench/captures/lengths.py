"""The original length of every packet in a capture file, streamed: pcap or pcapng.

Reading is our own: dpkt leaves the original length out, and scapy gives a packet that was cut off
with the file as if it were whole. Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from middlebench.captures.streams import CutError, Stream
from middlebench.errors import ConfigError

MAX_PACKET = 1 << 20
"""More bytes than any packet has: a length beyond is damage, and is not read into memory."""

_MAX_BLOCK = 1 << 24
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\xa1\xb2\xc3\xd4": ">", b"\xd4\xc3\xb2\xa1": "<"}  # time stamps in us
_ORDERS |= {b"\xa1\xb2\x3c\x4d": ">", b"\x4d\x3c\xb2\xa1": "<"}  # in ns
_SECTION_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
_PCAP_MAJOR, _PCAPNG_MAJOR = 2, 1  # versions in use; what another one would hold is not known
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _PACKET = 1, 2, 3, 6  # types of pcapng's blocks
_FCS_LENGTH = 13  # pcapng's option if_fcslen


class Packet(NamedTuple):
    """What a capture file says about one packet."""

    link_type: int
    """LINKTYPE_ value: what a packet begins with."""
    fcs_bytes: int
    """Bytes of frame check sequence that `length` includes."""
    length: int
    """Original length [B], also when less was captured (snap length)."""


def packets(path: str | Path) -> Iterator[Packet]:
    """Every whole packet of a capture file, in its order and in constant memory.

    ConfigError when it cannot be read or is no capture; CutError after the last whole packet.
    """
    try:
        with Path(path).open("rb") as file:
            yield from _packets(Stream(file), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error


def _packets(stream: Stream, path: str | Path) -> Iterator[Packet]:
    try:
        magic = stream.some(4)
        header = stream.some(20) if magic in _ORDERS else b""
    except CutError as error:
        raise ConfigError(f"{path}: not a capture: {error}") from error
    if magic in _ORDERS and len(header) == 20:
        order = _ORDERS[magic]
        _check_version(path, "pcap", struct.unpack(f"{order}HH", header[:4]), _PCAP_MAJOR)
        yield from _pcap_packets(stream, order, header)
    elif magic == _SECTION:
        yield from _pcapng_packets(stream, path)
    else:
        what = "is empty, without even a header" if not magic else "not a capture"
        raise ConfigError(f"{path}: {what}; allowed: pcap or pcapng, also with gzip or zstd")


def _check_version(path: str | Path, form: str, version: tuple[int, int], major: int) -> None:
    if version[0] != major:
        found = ".".join(map(str, version))
        raise ConfigError(f"{path}: {form} of version {found}; allowed: {major}.x")


def _check_section(stream: Stream, block: bytes, order: str, path: str | Path) -> None:
    if len(block) < 12:
        raise stream.damaged("a block that says too little")
    _check_version(path, "pcapng", struct.unpack(f"{order}HH", block[:4]), _PCAPNG_MAJOR)


def _pcap_packets(stream: Stream, order: str, header: bytes) -> Iterator[Packet]:
    """The records after the file header: 16 byte, then what was captured."""
    (link,) = struct.unpack(f"{order}I", header[16:])
    known = link >> 26 & 1  # is the length of the FCS, in units of 16 bit, in the highest 4 bit?
    link_type, fcs_bytes = link & 0xFFFF, (link >> 28) * 2 * known
    lengths = struct.Struct(f"{order}8xII").unpack
    while head := stream.some(16):
        if len(head) < 16:
            raise CutError(f"the file ends at byte {stream.place}, within a packet's header")
        captured, length = lengths(head)
        if captured > MAX_PACKET or length > MAX_PACKET:
            raise stream.damaged(f"a packet of {max(captured, length)} B")
        stream.exactly(captured)
        yield Packet(link_type, fcs_bytes, length)


def _pcapng_packets(stream: Stream, path: str | Path) -> Iterator[Packet]:
    """The packet blocks of all sections; each section has interfaces of its own."""
    order, interfaces = "", []
    head = _SECTION + stream.exactly(4)
    while head:
        if len(head) < 8:
            raise CutError(f"the file ends at byte {stream.place}, within a block's header")
        if head[:4] == _SECTION:
            mark = stream.exactly(4)
            if mark not in _SECTION_ORDERS:
                raise stream.damaged("no byte order")
            order, interfaces = _SECTION_ORDERS[mark], []
            _check_section(stream, _rest(stream, order, head, 4), order, path)
        else:
            block = _rest(stream, order, head, 0)
            (kind,) = struct.unpack(f"{order}I", head[:4])
            try:
                if kind == _INTERFACE:
                    interfaces.append(_interface(block, order))
                elif (length := _length(kind, block, order)) is not None:
                    interface, original = length
                    yield Packet(*interfaces[interface], original)
            except (struct.error, IndexError):
                raise stream.damaged("a block that says too little") from None
        head = stream.some(8)


def _rest(stream: Stream, order: str, head: bytes, taken: int) -> bytes:
    """The body of the block with this head, of which `taken` bytes were read already."""
    (size,) = struct.unpack(f"{order}I", head[4:])
    if size % 4 or not 12 + taken <= size <= _MAX_BLOCK:
        raise stream.damaged(f"a block of {size} B")
    block = stream.exactly(size - 8 - taken)
    if block[-4:] != head[4:]:
        raise stream.damaged("the two lengths of a block differ")
    return block[:-4]


def _interface(block: bytes, order: str) -> tuple[int, int]:
    """(link type, bytes of FCS) of an interface description."""
    (link_type,) = struct.unpack(f"{order}H", block[:2])
    place = 8
    while place + 4 <= len(block):
        code, size = struct.unpack(f"{order}HH", block[place : place + 4])
        if code == _FCS_LENGTH and size == 1:
            return link_type, block[place + 4]
        place += 4 + size + -size % 4
    return link_type, 0


def _length(kind: int, block: bytes, order: str) -> tuple[int, int] | None:
    """(index of the interface, original length [B]) of a packet block; None for other blocks."""
    if kind == _PACKET:
        return struct.unpack(f"{order}I12xI", block[:20])
    if kind == _OLD_PACKET:
        return struct.unpack(f"{order}H14xI", block[:20])  # drops, time and captured length between
    if kind == _SIMPLE_PACKET:
        return 0, struct.unpack(f"{order}I", block[:4])[0]
    return None
