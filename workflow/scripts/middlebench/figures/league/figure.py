"""The figure of the league: what each DUT carries, in order, and what cannot be told apart."""

from dataclasses import replace

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation, LogLocator

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, write_around, write_nothing
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.league.words import (
    footer,
    handles,
    looks_of,
    rank_words,
    rate_words,
)
from middlebench.frame_mix import size_words

HEADING = "Which DUT is the fastest"
NOTHING = "The league was not measured."
CELL = ["frame_size_bytes", "flows"]
ROW_LINES = 1.5
"""Height of a DUT in a panel, in lines of text."""

ROOM = 14.0
"""Of the axis, how many times the highest rate: for what is written behind a marker."""

Row = pd.Series


def league_figure(league: pd.DataFrame, style: Style) -> Figure:
    """A row of panels for each function, a column for each frame size and number of flows.

    `league` has the columns of `analysis.league`, in its order.  What is not known is said in
    words.
    """
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        if league.empty:
            return write_nothing(figure, HEADING, NOTHING, style)
        functions = list(dict.fromkeys(league["function"]))
        cells = league[CELL].drop_duplicates().sort_values(CELL).itertuples(index=False)
        cells = [tuple(cell) for cell in cells]
        counts = [league[league["function"] == of]["dut"].nunique() for of in functions]
        notes = footer(league)
        style = replace(style, height_mm=max(style.height_mm, _height_mm(counts, notes, style)))
        size_figure(figure, len(cells), style)
        taken = write_around(figure, HEADING, notes, handles(), style)
        panels = figure.subplots(
            *(len(functions), len(cells)),
            sharex=True,
            squeeze=False,
            gridspec_kw={"height_ratios": [count + 1 for count in counts]},
        )
        line = line_mm(style) / style.height_mm
        figure.subplots_adjust(
            0.115, (taken + 3) * line, 0.985, 1 - 4.5 * line, wspace=0.45, hspace=0.45
        )
        for function, of_row in zip(functions, panels, strict=True):
            for cell, ax in zip(cells, of_row, strict=True):
                here = (league[CELL] == list(cell)).all(axis=1) & (league["function"] == function)
                _draw_panel(ax, league[here], looks_of(league))
                size, flows = cell
                title = f"{function.replace('_', ' ')}, {size_words(size)}, {flows} flows"
                ax.set_title(title, loc="left", fontsize="medium")
        _scale(league, panels)
    return figure


def _height_mm(counts: list[int], notes: list[str], style: Style) -> float:
    """Room for all rows, their titles, and what is written around."""
    around = 14 + 2 * len(notes)
    lines = ROW_LINES * sum(counts) + 4 * len(counts) + around
    return lines * line_mm(style)


def _draw_panel(ax: Axes, league: pd.DataFrame, of_duts: dict[str, tuple[str, str]]) -> None:
    """A DUT a line, the fastest on top."""
    rows = [row for _, row in league.iterrows()]
    for place, row in enumerate(rows):
        _draw_row(ax, place, row, *of_duts[row["dut"]])
    _draw_groups(ax, rows)
    apart = [place for place, row in enumerate(rows) if not row["correct"]]
    if apart and apart[0]:
        ax.axhline(apart[0] - 0.5, color="black", linewidth=0.6, linestyle=(0, (3, 2)))
    names = [f"{row['dut']}  {rank_words(row)}" for row in rows]
    ax.set_yticks(range(len(rows)), names)
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    ax.grid(visible=False, axis="y")
    ax.tick_params(axis="y", length=0)


def _draw_row(ax: Axes, place: int, row: Row, colour: str, marker: str) -> None:
    """What is known of a DUT: marker, whiskers and its words; `at least` is an arrow."""
    low, high = row["capacity_low_pps"], row["capacity_high_pps"]
    middle = low if row["at_least"] else row["capacity_pps"]
    words = {"va": "center", "fontsize": "small", "textcoords": "offset points"}
    if pd.isna(middle):
        why = "not known" if row["points"] > 0 else "not measured"
        ax.annotate(why, (0.02, place), (0, 0), xycoords=ax.get_yaxis_transform(), **words)
        return
    fill = colour if row["correct"] else "white"
    if pd.notna(low) and pd.notna(high):
        reach = [[max(0, middle - low)], [max(0, high - middle)]]
        ax.errorbar(middle, place, xerr=reach, fmt="none", ecolor=colour, **looks.WHISKER)
    mark = {"marker": ">" if row["at_least"] else marker, "markersize": 5, "zorder": 3.4}
    ax.plot(middle, place, color=colour, markerfacecolor=fill, linestyle="none", **mark)
    end = middle if pd.isna(high) else max(middle, high)
    ax.annotate(rate_words(row), (end, place), (6, 0), **words)


def _draw_groups(ax: Axes, rows: list[Row]) -> None:
    """A line at the left along those that share a letter; of correct ones, and of the others."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for place, row in enumerate(rows):
        for letter in row["group"] if isinstance(row["group"], str) else "":
            groups.setdefault((row["correct"], letter), []).append(place)
    several = [places for places in groups.values() if len(places) > 1]
    for number, places in enumerate(several):
        at = 0.03 + 0.02 * number
        ends = [places[0] - 0.3, places[-1] + 0.3]
        look = {"color": "black", "linewidth": 2.4, "solid_capstyle": "butt"}
        ax.plot([at, at], ends, transform=ax.get_yaxis_transform(), **look)


def _scale(league: pd.DataFrame, panels: list[list[Axes]]) -> None:
    """One logarithmic axis for all, so that panels can be compared."""
    columns = ["capacity_low_pps", "capacity_pps", "capacity_high_pps"]
    known = league[columns].astype(float)
    low, high = known.min().min(), known.max().max()
    for ax in (ax for of_row in panels for ax in of_row):
        ax.set_xscale("log")
        if pd.notna(low):
            ax.set_xlim(low / 1.6, high * ROOM)
        ax.xaxis.set_major_locator(LogLocator(subs=(1.0,)))
        ax.xaxis.set_major_formatter(LogFormatterSciNotation())
    for ax in panels[-1]:
        ax.set_xlabel("packets/s")
