"""Where the tables of a rule file stand: rows of rules, lanes of arrows, boxes of destinations.

All lengths in points, y downwards, from the upper left corner of one file's drawing.
"""

from dataclasses import dataclass, field

from middlebench.duts.ovs.actions import Destination
from middlebench.duts.ovs.openflow import RuleSet
from middlebench.figures.drawing.canvas import LEADING, text_width
from middlebench.figures.flow_tables.boxes import GAP, Box, label, place_boxes
from middlebench.figures.flow_tables.rows import PAD, Table, fit_columns, tables_of

LANE = 9


@dataclass
class Drawing:
    """All places of one rule file's drawing."""

    tables: list[Table]
    columns: tuple[float, float, float, float]
    """Left edges of priority, match and actions, and the right edge of the tables."""
    box_left: float
    box_width: float
    lanes: dict[Destination, float] = field(default_factory=dict)
    """x of the vertical line to each destination."""
    boxes: dict[Destination, Box] = field(default_factory=dict)
    height: float = 0


def lay_out(files: list[RuleSet], width: float, size: float) -> list[Drawing]:
    """A drawing of each file's rules in letters of `size`, on `width` if that is enough.

    All have the same columns.
    """
    found = [tables_of(rules) for rules in files]
    places = [_places(tables) for tables in found]
    words = {place: label(place, size) for _, outer in places for place in outer}
    box_width = max((text_width(w, size) for of in words.values() for w in of), default=0) + 3 * PAD
    lanes = max(len(inner) + len(outer) for inner, outer in places)
    taken = (lanes + 2) * LANE + GAP + box_width
    columns = fit_columns([t for tables in found for t in tables], width - taken, size)
    drawings = []
    for tables, (inner, outer) in zip(found, places, strict=True):
        drawing = Drawing(tables, columns, columns[3] + taken - box_width, box_width)
        lane = (columns[3] + (number + 1.5) * LANE for number in range(lanes))
        drawing.lanes = dict(zip([*inner, *outer], lane, strict=False))
        _place_rows(drawing, size)
        rows = [row for table in tables for row in table.rows]
        drawing.boxes = place_boxes(rows, {p: words[p] for p in outer}, drawing.height, size)
        bottoms = (box.top + box.height for box in drawing.boxes.values())
        drawing.height = max(drawing.height, *bottoms, 0)
        drawings.append(drawing)
    return drawings


def _places(tables: list[Table]) -> tuple[list[Destination], list[Destination]]:
    """The destinations that are one of the tables or groups, and the others, which get boxes."""
    every = dict.fromkeys(place for t in tables for row in t.rows for place in row.destinations)
    inner = [place for place in every if any(table.is_at(place) for table in tables)]
    return inner, [place for place in every if place not in inner]


def _place_rows(drawing: Drawing, size: float) -> None:
    """Give every row its top and height, and the drawing its height."""
    y = 0.0
    for table in drawing.tables:
        table.top, table.head = y, LEADING * size + PAD
        y += table.head
        for row in table.rows:
            row.top = y
            row.height = max(len(row.match), len(row.actions)) * LEADING * size + PAD
            y += row.height
        y += 2 * GAP
    drawing.height = y - 2 * GAP
