"""Where the parts of a figure stand: heading, panels, legend and footer."""

import textwrap
from collections.abc import Iterable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from middlebench.figures.drawing.style import MM_PER_INCH, Style

MIN_PANEL_LINES = 20
"""Least width of a panel, in heights of a line: many series make a figure wider, not its labels
run into each other."""

POINTS_PER_INCH = 72


def line_mm(style: Style) -> float:
    """Height of a line of text with its leading [mm]: the unit of the layout."""
    return 1.5 * style.font_pt * MM_PER_INCH / POINTS_PER_INCH


def strip_pt(style: Style) -> float:
    """Height of a strip for one label above a panel [pt]."""
    return 1.4 * style.font_pt


def size_figure(figure: Figure, columns: int, style: Style) -> None:
    """Give the figure the width and height of the style, or more width for many columns."""
    width = max(style.width_mm, columns * MIN_PANEL_LINES * line_mm(style))
    figure.set_size_inches(width / MM_PER_INCH, style.height_mm / MM_PER_INCH)


def write_around(
    figure: Figure,
    heading: str,
    footer: list[str],
    handles: list[Artist],
    style: Style,
    entry_lines: float = 14,
) -> float:
    """Put the heading on top, footer and legend below; returns the lines taken at the bottom.

    `entry_lines`: room for an entry of the legend, in heights of a line.
    """
    unit = line_mm(style)
    width = figure.get_figwidth() * MM_PER_INCH
    line, left = unit / style.height_mm, 1.2 * unit / width
    wrapped = [part for text in footer for part in textwrap.wrap(text, int(3.3 * width / unit))]
    plain = {"parse_math": False}  # a title or a file's name may have a $
    bold = {"weight": "bold", "fontsize": "large", **plain}
    figure.text(left, 1 - 0.6 * line, heading, ha="left", va="top", **bold)
    text = "\n".join(wrapped)
    footer_lines = 0.8 * len(wrapped)  # small print
    figure.text(left, 0.5 * line, text, va="bottom", fontsize="small", linespacing=1.4, **plain)
    columns = max(1, int(width / unit / entry_lines))
    place = (left, (footer_lines + 1.3) * line)
    figure.legend(
        *(handles, [handle.get_label() for handle in handles]),
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=place,
        borderaxespad=0,
    )
    return footer_lines + 1.3 - (-len(handles) // columns)


def write_nothing(figure: Figure, heading: str, why: str, style: Style) -> Figure:
    """Put the heading on top, and in the middle why there is no more; the figure itself."""
    write_around(figure, heading, [], [], style)
    figure.text(0.5, 0.5, why, ha="center")
    return figure


def panel_grid(
    figure: Figure, columns: int, strips: int, bottom_lines: float, style: Style
) -> np.ndarray:
    """The axes (3 rows, `columns` columns): x shared by all, y by a row.

    Leaves room for `bottom_lines` lines of text below and for `strips` strips of labels above.
    """
    unit = line_mm(style)
    width = figure.get_figwidth() * MM_PER_INCH
    line = unit / style.height_mm
    strip = strip_pt(style) * MM_PER_INCH / POINTS_PER_INCH / style.height_mm
    return figure.subplots(
        *(3, columns),
        sharex=True,
        sharey="row",
        squeeze=False,
        gridspec_kw={
            "height_ratios": (2.7, 2, 1.1),
            "left": 5 * unit / width,
            "right": 1 - 1.5 * unit / width,
            "bottom": (bottom_lines + 3) * line,
            "top": 1 - 3.2 * line - strips * strip,
            "wspace": 0.06,
            "hspace": 0.12,
        },
    )


def make_room(panels: Iterable[Axes]) -> None:
    """Raise the top of the axis that the panels share until the words above the bars are inside."""
    for ax in panels:
        for words in filter(Text.get_text, ax.findobj(Annotation)):
            low, high = ax.get_ylim()
            above = words.xy[1] - low
            end = words.get_window_extent().transformed(ax.transAxes.inverted()).y1
            length = end - above / (high - low)
            ax.set_ylim(top=max(high, low + above / (0.98 - length)))
