"""The classes of frame sizes with their shares, and the words below the figure."""

import math
from typing import Any

import pandas as pd

from middlebench.figures.drawing.marks import Mark

MAX_FRAME = 1518
"""Largest Ethernet frame with FCS [B], without a VLAN tag."""
EDGE = {"linestyle": (0, (1, 2)), "linewidth": 0.8, "color": "black"}


def class_shares(sizes: pd.DataFrame, low: float, high: float) -> tuple[float, float]:
    """Shares (0..1) of packets and of bytes in frames of `low` to `high` B, both included.

    `sizes` has the columns frame_size_bytes, packets and bytes, and a row at least.
    """
    within = sizes[sizes["frame_size_bytes"].between(low, high)]
    return tuple(within[name].sum() / sizes[name].sum() for name in ("packets", "bytes"))


def class_marks(sizes: pd.DataFrame, small_max: int, large_min: int, limit: int) -> list[Mark]:
    """The classes with their shares; those without an edge to draw are words at the right."""

    def words(low: float, high: float) -> str:
        packets, size = (f"{100 * share:.1f} %" for share in class_shares(sizes, low, high))
        return f"{packets} of packets, {size} of bytes"

    marks = [
        Mark(f"64 to {small_max} B: {words(0, small_max)}", small_max, EDGE, span=(64, small_max)),
        Mark(
            f"{large_min} to {MAX_FRAME} B: {words(large_min, MAX_FRAME)}",
            *(large_min, EDGE),
            span=(large_min, MAX_FRAME),
        ),
    ]
    if (sizes["frame_size_bytes"] > MAX_FRAME).any():
        off = ", in part off this axis →" if sizes["frame_size_bytes"].max() > limit else ""
        text = f"larger than {MAX_FRAME} B: {words(MAX_FRAME + 1, math.inf)}{off}"
        marks.append(Mark(text, None, EDGE, right=True))
    return marks


def size_footer(sizes: pd.DataFrame, capture: dict[str, Any]) -> list[str]:
    """The lines below the figure: what was counted, and what a frame size is."""
    count, size = sizes["packets"].sum(), sizes["bytes"].sum()
    what = "none"
    if count:
        what = f"{count} ({capture['link_types']}), {size / count:.0f} B on average"
    cut = f"Counted in part only: {capture['cut']}." if capture["cut"] else ""
    return [
        *([cut] if cut else []),
        f"Packets: {what}.",
        *_longer_words(size, capture),
        "Frame size: Ethernet frame with FCS, by the original length also where less was captured; "
        "4 B are added for the FCS, which captures leave out; less than 64 B counts as 64 B.",
    ]


def _longer_words(shown_bytes: int, capture: dict[str, Any]) -> list[str]:
    """The line on what was longer than any frame is; none when nothing was."""
    count, size = capture["longer_packets"], capture["longer_bytes"]
    if not count:
        return []
    share = 100 * size / (size + shown_bytes)
    return [
        f"Not drawn: {count} of up to {capture['longest_bytes']} B ({share:.1f} % of all bytes), "
        "longer than a frame on any wire: captured after GRO or before TSO.",
    ]
