"""A frame size [B, with FCS], which is a number, or a mix of some that goes by its name.

Rates of a mix follow from the mean of its sizes.  The order in which they are sent is softgen's
(workflow/loadgens/softgen/sizes.h; RFC 6985 calls such an order an IMIX genome).
"""

from collections.abc import Iterable, Mapping
from typing import Any


class Mix(str):
    """The name of a mix, as it stands in files; `sizes`: of each frame size how many, in order.

    Where the name alone is known, such as in a table that was read, `sizes` is empty.  Behind all
    numbers when sorted.
    """

    sizes: tuple[tuple[int, int], ...]

    def __new__(cls, name: str, parts: Iterable[Mapping[str, int]] = ()) -> "Mix":
        """`parts`: frame_size and count of each, as config.yaml and the settings of a point."""
        made = super().__new__(cls, name)
        made.sizes = tuple((of["frame_size"], of["count"]) for of in parts)
        return made

    def __lt__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) < str(other)

    def __gt__(self, other: object) -> bool:
        return not isinstance(other, str) or str(self) > str(other)

    def __le__(self, other: object) -> bool:
        return self == other or self < other

    def __ge__(self, other: object) -> bool:
        return self == other or self > other


FrameSize = int | Mix


def mean_bytes(frame_size: FrameSize) -> float:
    """Mean size of the frames [B]: (7 * 64 + 4 * 594 + 1518) / 12 of the simple IMIX, 361.8.

    ValueError for a mix of which the name alone is known.
    """
    if not isinstance(frame_size, Mix):
        return frame_size
    if not frame_size.sizes:
        raise ValueError(f"the sizes of the mix {frame_size} are not known")
    octets = sum(size * count for size, count in frame_size.sizes)
    return octets / sum(count for _, count in frame_size.sizes)


def frame_size_of(named: int | str, settings: Mapping[str, Any]) -> FrameSize:
    """What an identity names, a mix with the sizes that the settings of its points say."""
    return Mix(named, settings["mix"]) if isinstance(named, str) else named


def genome(frame_size: FrameSize) -> int | str:
    """As softgen is given it, and says it in its result: 64, or `64:7,594:4,1518:1`."""
    if not isinstance(frame_size, Mix):
        return frame_size
    return ",".join(f"{size}:{count}" for size, count in frame_size.sizes)


def size_words(frame_size: FrameSize | str) -> str:
    """For people: `64 B`, or `imix`."""
    return str(frame_size) if isinstance(frame_size, str) else f"{frame_size} B"


def size_path(frame_size: FrameSize | str) -> str:
    """In names of files: `64b`, or `imix`."""
    return str(frame_size) if isinstance(frame_size, str) else f"{frame_size}b"


def size_of_path(text: str) -> FrameSize:
    """What `size_path` made, of a mix the name alone."""
    return int(text.removesuffix("b")) if text[:1].isdigit() else Mix(text)


def size_of_cell(text: str) -> FrameSize:
    """What a cell of a table says in which some sizes are mixes, of these the name alone."""
    return int(text) if text.isdigit() else Mix(text)
