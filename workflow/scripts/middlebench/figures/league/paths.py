"""The three paths of packets beside each other, in numbers: the thesis's figure 3.8."""

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, write_around, write_nothing
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.league.words import AT_LEAST, rate_words
from middlebench.frame_mix import size_words

HEADING = "Kernel, userspace, DPDK: the same function on three paths"
NOTHING = "None of the DUTs of `league.paths` was measured."
CELL = ["frame_size_bytes", "flows"]
WIDTH = 0.8
"""Of all bars of one function."""

FILLS = {"kernel": "#a9cde6", "userspace": "#4d94c9", "dpdk": "#123a6b"}
"""From light to dark, so that grey keeps their order."""

NAMES = {"kernel": "kernel path", "userspace": "userspace path", "dpdk": "DPDK path"}


def paths_figure(league: pd.DataFrame, paths: Mapping[str, str], style: Style) -> Figure:
    """A panel for each frame size and number of flows; bars by function, a bar a path.

    `league` has the columns of `analysis.league`; `paths`: the DUT of each path of FILLS.
    """
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        drawn = league[league["dut"].isin(paths.values())] if len(league) else league
        if drawn.empty:
            return write_nothing(figure, HEADING, NOTHING, style)
        there = {path: dut for path, dut in paths.items() if (drawn["dut"] == dut).any()}
        cells = drawn[CELL].drop_duplicates().sort_values(CELL).itertuples(index=False)
        cells = [tuple(cell) for cell in cells]
        size_figure(figure, len(cells), style)
        legend = [
            Patch(facecolor=FILLS[path], label=f"{NAMES[path]}: {dut}", **looks.COST_EDGE)
            for path, dut in there.items()
        ]
        taken = write_around(figure, HEADING, _footer(drawn, paths, there), legend, style)
        panels = figure.subplots(1, len(cells), sharey=True, squeeze=False)[0]
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.07, bottom, 0.985, 0.88, wspace=0.06)
        for (size, flows), ax in zip(cells, panels, strict=True):
            _draw_panel(ax, drawn[(drawn[CELL] == [size, flows]).all(axis=1)], there)
            ax.set_title(f"{size_words(size)}, {flows} flows", loc="left")
        panels[0].set_ylabel("packets/s")
        ends = drawn[["capacity_low_pps", "capacity_high_pps", "capacity_pps"]].astype(float)
        panels[0].set_yscale("log")
        panels[0].set_ylim(ends.min().min() / 3, ends.max().max() * 3)
    return figure


def _draw_panel(ax: Axes, cell: pd.DataFrame, there: Mapping[str, str]) -> None:
    functions = list(dict.fromkeys(cell["function"]))
    width = WIDTH / len(there)
    for _, row in cell.iterrows():
        at = list(there.values()).index(row["dut"])
        path = list(there)[at]
        x = functions.index(row["function"]) + (at - (len(there) - 1) / 2) * width
        pps = row["capacity_low_pps"] if row["at_least"] else row["capacity_pps"]
        words = rate_words(row)
        if pd.notna(pps):
            ax.bar(x, pps, 0.94 * width, facecolor=FILLS[path], **looks.COST_EDGE)
            ends = row[["capacity_low_pps", "capacity_high_pps"]].astype(float)
            if ends.notna().all():
                reach = [[max(0, pps - ends.iloc[0])], [max(0, ends.iloc[1] - pps)]]
                ax.errorbar(x, pps, yerr=reach, fmt="none", ecolor="black", **looks.WHISKER)
        place = (x, pps) if pd.notna(pps) else (x, 0.02)
        over = {} if pd.notna(pps) else {"xycoords": ax.get_xaxis_transform()}
        look = {"ha": "center", "va": "bottom", "fontsize": "small", "rotation": 90}
        ax.annotate(words, place, (0, 6), textcoords="offset points", **over, **look)
    names = [function.replace("_", "\n") for function in functions]
    ax.set_xticks(range(len(functions)), names)
    ax.set_xlim(-0.6, len(functions) - 0.4)
    ax.grid(visible=False, axis="x")


def _footer(drawn: pd.DataFrame, paths: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """What was measured, and which path is missing."""
    versions = sorted(set(drawn["dut_version"].dropna()))
    lines = [
        f"Testbed: {' / '.join(sorted(set(drawn['testbed'])))}.  DUTs: {'; '.join(versions)}.  "
        "The rules do the same on each path, in the words of its DUT.  "
        f"Whiskers: intervals as in league.csv; {AT_LEAST}: only the lower end is known."
    ]
    gone = [f"{NAMES[path]} ({dut})" for path, dut in paths.items() if path not in there]
    return lines + ([f"Not in the league: {', '.join(gone)}."] if gone else [])
