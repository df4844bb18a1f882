"""The original length of every packet in a capture file, streamed: pcap, pcapng, either with gzip.

Reading is our own: dpkt leaves the original length out, and scapy gives a packet that was cut off
with the file as if it were whole. Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from middlebench.errors import ConfigError

MAX_PACKET = 1 << 20
"""More bytes than any packet has: a length beyond is damage, and is not read into memory."""

_MAX_BLOCK = 1 << 24
_GZIP = b"\x1f\x8b"
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\xa1\xb2\xc3\xd4": ">", b"\xd4\xc3\xb2\xa1": "<"}  # time stamps in us
_ORDERS |= {b"\xa1\xb2\x3c\x4d": ">", b"\x4d\x3c\xb2\xa1": "<"}  # in ns
_SECTION_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
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


class CutError(Exception):
    """The file ends, or is damaged, within a packet: its text says where."""


def packets(path: str | Path) -> Iterator[Packet]:
    """Every whole packet of a capture file, in its order and in constant memory.

    ConfigError when it cannot be read or is no capture; CutError after the last whole packet.
    """
    try:
        with Path(path).open("rb") as file:
            zipped = file.read(2) == _GZIP
            file.seek(0)
            yield from _packets(_Stream(gzip.GzipFile(fileobj=file) if zipped else file), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error


class _Stream:
    """A file that counts what was read of it and raises CutError where it ends too early."""

    def __init__(self, file: BinaryIO) -> None:
        self._read = file.read
        self.place = 0

    def some(self, count: int) -> bytes:
        """So many bytes, fewer at the end."""
        try:
            found = self._read(count)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CutError(f"its compressed data ends or is damaged: {error}") from error
        self.place += len(found)
        return found

    def exactly(self, count: int) -> bytes:
        found = self.some(count)
        if len(found) < count:
            missing = f"{count - len(found)} B too early for its last packet"
            raise CutError(f"the file ends at byte {self.place}, {missing}")
        return found

    def damaged(self, what: str) -> CutError:
        return CutError(f"the file is damaged before byte {self.place}: {what}")


def _packets(stream: _Stream, path: str | Path) -> Iterator[Packet]:
    try:
        magic = stream.some(4)
        header = stream.some(20) if magic in _ORDERS else b""
    except CutError as error:
        raise ConfigError(f"{path}: not a capture: {error}") from error
    if magic in _ORDERS and len(header) == 20:
        yield from _pcap_packets(stream, _ORDERS[magic], header)
    elif magic == _SECTION:
        yield from _pcapng_packets(stream)
    else:
        what = "is empty, without even a header" if not magic else "not a capture"
        raise ConfigError(f"{path}: {what}; allowed: pcap or pcapng, either with gzip (.gz)")


def _pcap_packets(stream: _Stream, order: str, header: bytes) -> Iterator[Packet]:
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


def _pcapng_packets(stream: _Stream) -> Iterator[Packet]:
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
            _rest(stream, order, head, 4)
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


def _rest(stream: _Stream, order: str, head: bytes, taken: int) -> bytes:
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
