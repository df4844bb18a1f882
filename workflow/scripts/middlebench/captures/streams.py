"""The bytes of a capture as they come, from a file or a pipe, decompressed."""

import gzip
import sys
import zlib
from typing import BinaryIO

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError, ZstdFile
else:
    from backports.zstd import ZstdError, ZstdFile

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPED = b"\x2a\x4d\x18"  # RFC 8878, 3.1.2: after a first byte of 0x50 to 0x5f; pzstd begins so


class CutError(Exception):
    """The file ends, or is damaged, within a packet: its text says where."""


class Stream:
    """A file that counts what was read of it and raises CutError where it ends too early."""

    def __init__(self, file: BinaryIO) -> None:
        self._read = _decompressed(file).read
        self.place = 0

    def some(self, count: int) -> bytes:
        """So many bytes, fewer at the end."""
        try:
            found = self._read(count)
        except (EOFError, zlib.error, gzip.BadGzipFile, ZstdError) as error:
            raise CutError(f"its compressed data ends or is damaged: {error}") from error
        self.place += len(found)
        return found

    def exactly(self, count: int) -> bytes:
        """So many bytes; CutError when there are fewer."""
        found = self.some(count)
        if len(found) < count:
            missing = f"{count - len(found)} B too early for its last packet"
            raise CutError(f"the file ends at byte {self.place}, {missing}")
        return found

    def damaged(self, what: str) -> CutError:
        """What to raise when the bytes read last cannot be."""
        return CutError(f"the file is damaged before byte {self.place}: {what}")


class _Joined:
    """What was read already, and then the rest: a pipe cannot go back."""

    def __init__(self, start: bytes, file: BinaryIO) -> None:
        self._start, self._file = start, file

    def read(self, count: int) -> bytes:
        found, self._start = self._start[:count], self._start[count:]
        return found + self._file.read(count - len(found))


def _decompressed(file: BinaryIO) -> BinaryIO | _Joined:
    start = file.read(4)
    whole = _Joined(start, file)
    if start[:2] == _GZIP:
        return gzip.GzipFile(fileobj=whole)
    if start == _ZSTD or (start[1:] == _SKIPPED and start[0] >> 4 == 5):
        return ZstdFile(whole)
    return whole
