"""Drawing one laid out file of OpenFlow rules on a canvas."""

from typing import Any

from middlebench.duts.ovs.actions import Destination
from middlebench.figures.drawing.canvas import MONO, Canvas
from middlebench.figures.drawing.style import Style
from middlebench.figures.flow_tables.boxes import GAP
from middlebench.figures.flow_tables.lanes import Drawing
from middlebench.figures.flow_tables.rows import PAD

ENTRY = 14
"""Room for the arrow into table 0."""

DASHED, DOTTED = (0, (4, 2)), (0, (1, 1.5))


class Painter:
    """One drawing on a canvas, with its upper left corner at `corner`."""

    def __init__(self, canvas: Canvas, drawing: Drawing, corner: tuple, size: float, style: Style):
        self._canvas, self._drawing, self._corner = canvas, drawing, corner
        self._size, self._style = size, style

    def paint(self) -> None:
        """Draw tables, boxes and what leads to them."""
        self._tables()
        self._boxes()
        for place in self._drawing.lanes:
            self._lane(place)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._corner[0] + x, self._corner[1] + y

    def _tables(self) -> None:
        _, match, actions, right = self._drawing.columns
        canvas, at = self._canvas, self._at
        canvas.arrow(at(GAP, -ENTRY), at(GAP, 0))
        canvas.write(at(2 * GAP, -ENTRY), ["packets of both ports"], self._size)
        for table in self._drawing.tables:
            last = table.rows[-1]
            canvas.box(at(0, table.top), right, last.top + last.height - table.top)
            grey = {"facecolor": "#e6e6e6", "zorder": 3.1}
            canvas.box(at(0, table.top), right, table.head, **grey)
            heads = zip((0, match, actions), (table.title, *table.heads), strict=True)
            for x, text in heads:
                place = at(x + PAD, table.top + PAD / 2)
                canvas.write(place, [text], self._size, weight="bold")
            for row in table.rows:
                line = {"color": "#bbbbbb", "linewidth": 0.5, "zorder": 3.2}
                if row is not table.rows[0]:
                    canvas.line(at(0, row.top), at(right, row.top), **line)
                if row.learned:
                    frame = {"facecolor": "none", "linestyle": DASHED, "zorder": 3.3}
                    canvas.box(at(1.5, row.top + 1.5), right - 3, row.height - 3, **frame)
                for x, lines in ((0, [row.priority]), (match, row.match), (actions, row.actions)):
                    place = at(x + PAD, row.top + PAD / 2)
                    canvas.write(place, lines, self._size, family=MONO)

    def _boxes(self) -> None:
        for place, box in self._drawing.boxes.items():
            x, width = self._drawing.box_left, self._drawing.box_width
            colour = self._look(place)["color"]
            self._canvas.box(self._at(x, box.top), width, box.height, edgecolor=colour)
            middle = self._at(x + width / 2, box.top + PAD / 2)
            self._canvas.write(middle, box.words, self._size, ha="center")

    def _lane(self, place: Destination) -> None:
        """All that leads to a destination: out of each row, along the lane, into table or box."""
        x, look, right = self._drawing.lanes[place], self._look(place), self._drawing.columns[3]
        rows = [r for t in self._drawing.tables for r in t.rows if place in r.destinations]
        if place in self._drawing.boxes:
            end, tip = self._drawing.boxes[place].end, self._drawing.box_left
        else:
            table = next(t for t in self._drawing.tables if t.is_at(place))
            end, tip = table.top + table.head / 2, right
        ys = [row.middle for row in rows]
        self._canvas.line(self._at(x, min([*ys, end])), self._at(x, max([*ys, end])), **look)
        for row, y in zip(rows, ys, strict=True):
            dashes = {"linestyle": DASHED} if row.learned else {}
            self._canvas.line(self._at(right, y), self._at(x, y), **look | dashes)
            self._canvas.dot(self._at(x, y), look["color"])
        if min(ys) < end < max(ys):
            self._canvas.dot(self._at(x, end), look["color"])
        self._canvas.arrow(self._at(x, end), self._at(tip, end), **look)

    def _look(self, place: Destination) -> dict[str, Any]:
        style = self._style
        colours = {
            "table": style.colour_latency,
            "group": style.colour_latency,
            "drop": style.colour_loss,
            "back": style.colour_reference,
        }
        dashes = {"drop": DOTTED, "back": DOTTED}
        return {
            "color": colours.get(place.kind, style.colour_rate),
            "linestyle": DASHED if place.tracked else dashes.get(place.kind, "-"),
        }
