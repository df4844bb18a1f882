"""Vertical marks and their labels, which stand in strips above the panels, one a strip.

However close two marks are, their labels cover nothing.
"""

from matplotlib.axes import Axes

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.marks import Mark

LETTER = 0.33
"""Generous mean width of a letter of a label, in heights of a strip."""


def draw_marks(panels: list[Axes], marks: list[Mark], strip_pt: float) -> None:
    """Draw the lines of `marks` through the panels of a column, their labels above the first one.

    `strip_pt` is the height of a strip [pt]; as many strips as marks are needed above the panel.
    """
    top = panels[0]
    (low, high), width = top.get_xlim(), top.get_position().width * top.figure.get_figwidth() * 72
    placed = []
    for mark in marks:
        place = None if mark.rate_mbit is None else width * (mark.rate_mbit - low) / (high - low)
        placed.append((mark, place, *_label_place(mark, place, width, strip_pt)))
        _draw_lines(panels, mark)
    for strip, (mark, place, text_x, side) in enumerate(sorted(placed, key=_strip_order)):
        height = (strip + 0.6) * strip_pt
        anchor = {"xycoords": "axes fraction", "textcoords": "offset points"}
        if place is not None:
            line = {key: mark.look[key] for key in ("linestyle", "linewidth", "color")}
            stem = {"arrowstyle": "-", "shrinkA": 0, "shrinkB": 0, **line}
            start = (place / width, 1)
            top.annotate("", start, (0, height), arrowprops=stem, zorder=5, **anchor)
        top.annotate(
            *(mark.text, (0, 1), (text_x, height)),
            ha=side,
            va="center",
            color=mark.look["color"],
            fontsize="small",
            zorder=6,  # a stem behind a label is hidden, not crossed out
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            **anchor,
        )


def _draw_lines(panels: list[Axes], mark: Mark) -> None:
    """The vertical line of a mark and the span around it, through all panels."""
    for ax in panels:
        if mark.span:
            ax.axvspan(*mark.span, **looks.SPAN)
        if mark.rate_mbit is not None:
            ax.axvline(mark.rate_mbit, **mark.look)


def _label_place(mark: Mark, place: float | None, width: float, strip: float) -> tuple[float, str]:
    """Where the label of a line at `place` is tied, and by which side; in pt from the left edge.

    Right of its line, else left of it, else (a narrow panel) at the right edge, over its line.
    """
    gap, needed = 0.3 * strip, (0.3 + LETTER * len(mark.text)) * strip
    if place is None:
        return (width, "right") if mark.right else (0, "left")
    if place + needed <= width:
        return place + gap, "left"
    return (place - gap if needed <= place else width), "right"


def _strip_order(placed: tuple[Mark, float | None, float, str]) -> tuple[int, float]:
    """Sort key, lowest strip first: no stem crosses a label that is tied by the same side."""
    _, place, _, side = placed
    if place is None:
        return 2, 0
    return (0, -place) if side == "left" else (1, place)
