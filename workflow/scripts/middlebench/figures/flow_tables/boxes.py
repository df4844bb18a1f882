"""The boxes beside drawn OpenFlow tables: where packets go that go to no other table.

All lengths in points, y downwards, from the upper left corner of one file's drawing.
"""

from dataclasses import dataclass

from middlebench.duts.ovs.actions import Destination
from middlebench.figures.drawing.canvas import LEADING, wrapped
from middlebench.figures.flow_tables.rows import PAD, Row

GAP = 8
CLEAR = 3
"""Distance of two lines that do not belong together."""
MAX_BOX = 110
PORT_NAMES = {"1": "inside", "2": "outside"}
"""What the ports of a DUT are, in every function."""


@dataclass
class Box:
    """A destination that is no table; the arrow to it ends at `end`."""

    top: float
    height: float
    words: list[str]
    end: float


def label(place: Destination, size: float) -> list[str]:
    """The lines that stand in the box of a destination, in letters of `size`."""
    return [part for line in _words(place) for part in wrapped(line, MAX_BOX, size)]


def _words(place: Destination) -> list[str]:
    if place.kind == "drop":
        return ["dropped"]
    if place.kind == "taught":
        what = ["the port in", place.name] if place.name else ["the port"]
        return [*what, "of the packet", "that was learned from"]
    if place.kind == "back":
        return ["back to the rule", "that resubmitted"]
    if place.kind in ("table", "group"):
        return [
            f"{place.kind} {place.name}",
            "(not in this file)" if place.kind == "group" else "(no rule)",
        ]
    if place.kind == "port" and place.name == "normal":
        return ["normal", "(by address)"]
    name = f"{place.kind} {place.name}" if place.name.isdigit() else place.name
    if "[" in name:
        return ["the port in", name]
    return [name, *([f"({PORT_NAMES[place.name]})"] if place.name in PORT_NAMES else [])]


def place_boxes(
    rows: list[Row], words: dict[Destination, list[str]], room: float, size: float
) -> dict[Destination, Box]:
    """The boxes of `words`, each near the rows that lead to it, none over another.

    They lie between 0 and `room`, or below it when they do not fit.
    """
    middles = {p: [row.middle for row in rows if p in row.destinations] for p in words}
    wish = {place: sum(of) / len(of) for place, of in middles.items()}
    heights = {place: len(words[place]) * LEADING * size + PAD for place in words}
    room = max(room, sum(heights.values()) + GAP * (len(heights) - 1))
    tops, limit = {}, room
    for place in sorted(wish, key=wish.get, reverse=True):
        tops[place] = min(wish[place] - heights[place] / 2, limit - heights[place])
        limit = tops[place] - GAP
    boxes, y = {}, 0.0
    for place in sorted(wish, key=wish.get):
        y = max(y, tops[place])
        others = [row.middle for row in rows if place not in row.destinations]
        end = _end(y, heights[place], others)
        boxes[place] = Box(y, heights[place], words[place], end)
        y += heights[place] + GAP
    return boxes


def _end(top: float, height: float, others: list[float]) -> float:
    """Where an arrow meets a box: its middle, or beside the line of a row that leads elsewhere."""
    offers = [top + height * share for share in (0.5, 0.35, 0.65, 0.2, 0.8)]

    def distance(y: float) -> float:
        return min((abs(y - other) for other in others), default=CLEAR)

    return next((y for y in offers if distance(y) >= CLEAR), max(offers, key=distance))
