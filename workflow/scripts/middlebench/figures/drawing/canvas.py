"""Drawings with a measured layout: a page in points, y downwards, texts whose size is known."""

import re
from functools import lru_cache
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.textpath import text_to_path

from middlebench.figures.drawing.layout import POINTS_PER_INCH

MONO = "DejaVu Sans Mono"  # comes with matplotlib
SANS = "DejaVu Sans"
LEADING = 1.4
"""Height of a line, in sizes of its letters."""

HINTING = 1.07
"""Letters are up to so much wider in the pixels of a PNG than in the font: room for that."""

Point = tuple[float, float]


def text_width(text: str, size: float, family: str = SANS, weight: str = "normal") -> float:
    """Largest width of a line of text [pt] in letters of `size` [pt], at any resolution."""
    return HINTING * size * sum(_advance(letter, family, weight) for letter in text)


@lru_cache(maxsize=10_000)
def _advance(letter: str, family: str, weight: str) -> float:
    """From one letter to the next, in sizes: what two of them are wider than one, edges aside."""
    font = FontProperties(family=family, size=100, weight=weight)
    one, two = (
        text_to_path.get_text_width_height_descent(f"|{letter * count}|", font, ismath=False)[0]
        for count in (1, 2)
    )
    return (two - one) / 100


def wrapped(
    text: str, width: float, size: float, family: str = SANS, weight: str = "normal"
) -> list[str]:
    """`text` in lines of at most `width` [pt]: broken behind a blank, `,` or another sign, else
    within a word; one letter a line at least."""

    def fits(part: str) -> bool:
        return text_width(part.rstrip(), size, family, weight) <= width

    lines, line = [], ""
    for word in re.findall(r"[^\s,/(.:@=_-]*[\s,/(.:@=_-]?", text):
        if line and not fits(line + word):
            lines.append(line)
            line = ""
        line += word
        while len(line) > 1 and not fits(line):
            count = next((n for n in range(len(line), 1, -1) if fits(line[:n])), 1)
            lines.append(line[:count])
            line = line[count:]
    return [part.strip() for part in [*lines, line] if part.strip()] or [""]


class Canvas:
    """A figure of `width` x `height` [pt] that is drawn on in points from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH))
        self._axes = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, width), ylim=(height, 0))
        self._axes.set_axis_off()

    def write(self, place: Point, lines: list[str], size: float, **look: Any) -> None:
        """Lines of text, the first with its left upper corner (or what `ha` says) at `place`."""
        x, y = place
        look = {"ha": "left", "va": "center", "zorder": 5, "parse_math": False, **look}
        for number, line in enumerate(lines):
            self._axes.text(x, y + (number + 0.5) * LEADING * size, line, fontsize=size, **look)

    def box(self, place: Point, width: float, height: float, **look: Any) -> None:
        """A rectangle with its left upper corner at `place`."""
        look = {"facecolor": "white", "edgecolor": "black", "linewidth": 0.8, "zorder": 3, **look}
        self._axes.add_patch(Rectangle(place, width, height, **look))

    def line(self, *points: Point, **look: Any) -> None:
        """A line through points."""
        xs, ys = zip(*points, strict=True)
        self._axes.plot(xs, ys, **{"color": "black", "linewidth": 0.9, "zorder": 2, **look})

    def dot(self, place: Point, colour: str) -> None:
        """A dot where lines join."""
        self._axes.plot(*place, marker="o", markersize=3, color=colour, zorder=2.5)

    def arrow(self, start: Point, end: Point, **look: Any) -> None:
        """A straight line that ends in a head; `arrowstyle="<|-|>"`: in two."""
        look = {"arrowstyle": "-|>", "color": "black", "linewidth": 0.9, "zorder": 2, **look}
        ends = {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}
        self._axes.add_patch(FancyArrowPatch(start, end, **ends, **look))
