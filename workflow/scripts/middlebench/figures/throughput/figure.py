"""The figure of the throughput: NDR and PDR of each series, and the latency below."""

import re

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogFormatter

from middlebench.analysis.throughput import LINKS_GBIT, MBIT_PER_GBIT
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, write_around, write_nothing
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.throughput.words import footer, handles, looks_of
from middlebench.frame_mix import size_words

HEADING = "Throughput"
WIDTH = 0.8
"""Of all bars of one number of flows."""

_LOADS = re.compile(r"latency_([\d.]+)_p50_ns")


def throughput_figure(throughput: pd.DataFrame, style: Style) -> Figure:
    """Two panels for each frame size: packets/s by flows and function, latency over the load.

    `throughput` has the columns of `analysis.throughput`.  What is not known is said in words.
    """
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        if throughput.empty:
            return write_nothing(figure, HEADING, "No throughput was measured.", style)
        sizes = sorted(throughput["frame_size_bytes"].unique())
        size_figure(figure, len(sizes), style)
        taken = write_around(figure, HEADING, footer(throughput), handles(throughput), style)
        rows = figure.subplots(2, len(sizes), sharey="row", squeeze=False)
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.07, bottom, 0.97, 0.89, wspace=0.08, hspace=0.3)
        for size, (above, below) in zip(sizes, rows.T, strict=True):
            of_size = throughput[throughput["frame_size_bytes"] == size]
            above.set_title(f"{size_words(size)} frames", loc="left")
            _draw_rates(above, of_size, throughput)
            _draw_latency(below, of_size, throughput)
        highest = throughput[["pps", "upper_pps"]].astype(float).max().max() / 1e6
        for size, ax in zip(sizes, rows[0], strict=True):
            ax.set_ylim(0, 1.15 * highest if highest > 0 else 1)
            _draw_links(ax, throughput[throughput["frame_size_bytes"] == size])
        rows[0][0].set_ylabel("packets/s [millions]")
        rows[1][0].set_ylabel("latency [us]")
    return figure


def _draw_rates(ax: Axes, of_size: pd.DataFrame, throughput: pd.DataFrame) -> None:
    """A bar for each function, side by side for each number of flows."""
    colours, flows = looks_of(throughput), sorted(throughput["flows"].unique())
    width = WIDTH / len(colours)
    for row in of_size.itertuples():
        beside = list(colours).index(row.function) - (len(colours) - 1) / 2
        x = flows.index(row.flows) + beside * width
        if row.goal != "NDR":
            if pd.notna(row.pps):
                ax.plot(x, row.pps / 1e6, **looks.PARTIAL_DROP)
            continue
        if pd.isna(row.pps):
            _say(ax, x, 0, "not known")
            continue
        fill = {"facecolor": colours[row.function][0], **looks.COST_EDGE}
        ax.bar(x, row.pps / 1e6, 0.92 * width, **fill)
        if pd.notna(row.upper_pps):
            low, high = (value / 1e6 for value in (row.lower_pps, row.upper_pps))
            reach = [[0], [high - low]]
            ax.errorbar(x, low, yerr=reach, fmt="none", ecolor="black", **looks.WHISKER)
        elif row.at_least:
            _say(ax, x, row.pps / 1e6, "\N{GREATER-THAN OR EQUAL TO}")
    ax.set_xticks(range(len(flows)), [str(number) for number in flows])
    ax.set_xlim(-0.6, len(flows) - 0.4)
    ax.grid(visible=False, axis="x")
    ax.set_xlabel("flows")


def _say(ax: Axes, x: float, y: float, words: str) -> None:
    look = {"ha": "center", "va": "bottom", "fontsize": "small"}
    look |= {"rotation": 90} if len(words) > 1 else {}
    ax.annotate(words, (x, y), (0, 2), textcoords="offset points", **look)


def _draw_links(ax: Axes, of_size: pd.DataFrame) -> None:
    """The line rates that are within the panel, of a size of which something is known."""
    known = of_size[of_size["frame_mbit"].notna()]
    for link in LINKS_GBIT if len(known) else ():
        a_packet = (known["wire_mbit"] / known["pps"].astype(float)).median()
        rate = link * MBIT_PER_GBIT / a_packet / 1e6
        if rate > ax.get_ylim()[1]:
            continue
        ax.axhline(rate, **looks.LIMIT)
        place = {"xy": (1, rate), "xycoords": ax.get_yaxis_transform(), "ha": "right"}
        ax.annotate(f"{link} GbE", va="bottom", fontsize="small", **place)


def _draw_latency(ax: Axes, of_size: pd.DataFrame, throughput: pd.DataFrame) -> None:
    """Lines over the load, one a function; another marker's size for each number of flows."""
    colours = looks_of(throughput)
    loads = [load for name in throughput.columns for load in _LOADS.findall(name)]
    flows = sorted(throughput["flows"].unique())
    for row in of_size[of_size["goal"] == "NDR"].to_dict("records"):
        colour, marker = colours[row["function"]]
        size = 3 + 2 * flows.index(row["flows"])
        for quantile, look in (("p50", looks.MEDIAN), ("p99", looks.P99)):
            values = [row[f"latency_{load}_{quantile}_ns"] / 1e3 for load in loads]
            mark = {"marker": marker, "markersize": size} if quantile == "p50" else {}
            ax.plot([float(load) for load in loads], values, color=colour, **mark, **look)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    ax.set_xticks([float(load) for load in loads], loads)
    ax.set_xlabel("load [% of the NDR]")
