"""The figure of the cost model: what each component of a NAT costs a packet."""

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from middlebench.figures.cost.words import drawn_ways, footer, handles
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, make_room, write_around, write_nothing
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params

HEADING = "What a packet costs"

ROOM = 0.8
"""Of the bars of one number of flows, which stand side by side."""

GAP = 0.04
"""Between two of them."""


def cost_figure(cost: pd.DataFrame, style: Style) -> Figure:
    """A panel for each frame size, stacked bars for each number of flows: one a way.

    That of turns is there where some were compared.  `cost` has COST_COLUMNS. A component below 0
    is drawn below the axis, and a line marks where all of them end. What is not known is said in
    words, also when nothing is.
    """
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        if cost.empty:
            return write_nothing(figure, HEADING, "No point of the ladder was measured.", style)
        taken = write_around(figure, HEADING, footer(cost), handles(cost), style)
        sizes = sorted(cost["frame_size_bytes"].unique())
        panels = figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.07, bottom, 0.93, 0.89, wspace=0.08)
        for ax, size in zip(panels, sizes, strict=True):
            _draw_size(ax, cost[cost["frame_size_bytes"] == size])
            ax.set_title(f"{size} B frames", loc="left")
        make_room(panels)
        panels[0].set_ylabel("cost of a packet [ns]")
        _cycles_axis(panels[-1], cost["tsc_hz"].median())
    return figure


def _draw_size(ax: Axes, cost: pd.DataFrame) -> None:
    """The bars of one frame size."""
    flows, ways = sorted(cost["flows"].unique()), drawn_ways(cost)
    width = ROOM / len(ways) - GAP
    for place, number in enumerate(flows):
        of_flows = cost[cost["flows"] == number]
        for side, way in enumerate(ways):
            middle = place + (side - (len(ways) - 1) / 2) * (width + GAP)
            if way in drawn_ways(of_flows):
                _draw_bar(ax, middle, width, of_flows, way)
        if of_flows["ways_disagree"].isin([True]).any():
            ax.text(place, 0.98, "*", transform=ax.get_xaxis_transform(), ha="center", size=14)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_xticks(range(len(flows)), [str(number) for number in flows])
    ax.set_xlim(-0.6, len(flows) - 0.4)
    ax.margins(y=0.1)
    ax.grid(visible=False, axis="x")
    ax.set_xlabel("flows")


def _draw_bar(ax: Axes, x: float, width: float, cost: pd.DataFrame, way: str) -> None:
    """One stack: known components upwards, negative ones downwards.

    It ends before the first one that is not known, as nobody knows where the next would begin: what
    comes after is told in words.
    """
    ends, told, top = {True: 0.0, False: 0.0}, [], 0.0
    components = cost[cost["kind"] == "component"].set_index("name")
    for index, name in enumerate(looks.COMPONENTS):
        row = components.loc[name]
        height = row[f"{way}_ns"]
        if pd.isna(height):
            told.append(f"{name} unknown")
        elif told:
            told.append(f"{name} {height:.0f} ns")
        else:
            start = ends[height >= 0]
            ends[height >= 0] += height
            fill = {"facecolor": looks.COMPONENTS[name], "hatch": looks.WAYS[way]}
            ax.bar(x, height, width, bottom=start, **fill, **looks.COST_EDGE)
            at = x + width * (index - 1.5) / 5  # beside each other: intervals may overlap
            interval = row[[f"{way}_ns{end}" for end in ("", "_low", "_high")]]
            top = max(top, ends[True], start + interval.astype(float).max())
            _draw_whisker(ax, at, start, interval)
    if ends[False] < 0:
        total = ends[True] + ends[False]
        ax.hlines(total, x - 0.6 * width, x + 0.6 * width, color="black", linewidth=1.8, zorder=4)
    place = ((x, top), (0, 4))
    look = {"rotation": 90, "ha": "center", "va": "bottom", "fontsize": "small"}
    ax.annotate("\n".join(told), *place, textcoords="offset points", **look)


def _draw_whisker(ax: Axes, x: float, start: float, values: pd.Series) -> None:
    """The interval (value, low, high) of a part that begins at `start`, on any fill."""
    if values.isna().any():
        return
    height, low, high = values
    reach = [[max(0.0, height - low)], [max(0.0, high - height)]]
    for colour, wider in (("white", 1.6), ("black", 0)):
        widths = {"elinewidth": 0.9 + wider, "capthick": 0.9 + wider, "capsize": 2}
        ax.errorbar(x, start + height, yerr=reach, fmt="none", ecolor=colour, zorder=3.2, **widths)


def _cycles_axis(ax: Axes, tsc_hz: float) -> None:
    """A second scale in cycles, where the speed of the clock is known."""
    if pd.isna(tsc_hz):
        return
    ghz = tsc_hz / 1e9
    scale = ax.secondary_yaxis("right", functions=(lambda ns: ns * ghz, lambda c: c / ghz))
    scale.set_ylabel(f"[TSC cycles] at {ghz:.2f} GHz")
