"""The vertical marks of a panel: the knee, and the values that the thesis published.

Labels stand in strips above the panel, one a strip: however close, they cover nothing.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from middlebench.plots import style as looks
from middlebench.plots.style import Style
from middlebench.published import PublishedValue

LETTER = 0.33
"""Generous mean width of a letter of a label, in heights of a strip."""


@dataclass(frozen=True)
class Mark:
    """One label above a panel, with a vertical line when it has a rate on the axis."""

    text: str
    rate_mbit: float | None
    """None: words only."""
    look: dict[str, Any]
    right: bool = False
    """Words only: whether they stand at the right edge."""


def knee_mark(series: pd.Series, highest_rate: int) -> Mark:
    """The knee of a series, or why it has none. `highest_rate` [Mbit/s] is the last valid one."""
    limit = f"{100 * series['max_loss_ratio']:g} %"
    look = looks.KNEE
    if not series["points_valid"]:
        return Mark("no knee: no valid point", None, look)
    if pd.isna(series["knee_mbit"]):
        return Mark(f"no knee: loss above {limit} at every rate", None, look)
    rate = int(series["knee_mbit"])
    value = f"{rate} Mbit/s = {series['knee_pps'] / 1e6:.3g} Mpps"
    if rate >= highest_rate:
        return Mark(f"knee ≥ {value}: holds at every rate", rate, look)
    return Mark(f"knee {value}", rate, look)


def published_marks(
    values: list[PublishedValue], low: float, high: float, style: Style
) -> list[Mark]:
    """The thesis's values as marks; words only for one beyond the axis `low`..`high` [Mbit/s]."""
    look = looks.PUBLISHED | {"color": style.colour_reference}
    if not values:
        return [Mark("thesis: nothing published for this series", None, look)]
    marks = []
    for value in values:
        text = f"thesis fig. {value.figure}: {value.what} {value.rate_mbit:g} Mbit/s"
        if value.is_line_rate:
            text += " (its line rate)"
        if value.rate_mbit > high:
            marks.append(Mark(f"{text}, off this axis →", None, look, right=True))
        elif value.rate_mbit < low:
            marks.append(Mark(f"← {text}, off this axis", None, look))
        else:
            marks.append(Mark(text, value.rate_mbit, look))
    return marks


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
    for strip, (mark, place, text_x, side) in enumerate(sorted(placed, key=_strip_order)):
        height = (strip + 0.6) * strip_pt
        anchor = {"xycoords": "axes fraction", "textcoords": "offset points"}
        if place is not None:
            line = {key: mark.look[key] for key in ("linestyle", "linewidth", "color")}
            stem = {"arrowstyle": "-", "shrinkA": 0, "shrinkB": 0, **line}
            start = (place / width, 1)
            top.annotate("", start, (0, height), arrowprops=stem, zorder=5, **anchor)
            for ax in panels:
                ax.axvline(mark.rate_mbit, **mark.look)
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
