"""The figure that puts each published number beside what was measured here."""

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from middlebench.figures.drawing.layout import line_mm, write_around, write_nothing
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.drawing.words import confidence
from middlebench.units import packets_per_second

FOOTER = (
    "Another machine, another load generator and, in the thesis, the kernel's datapath and real "
    "cables: the ratio (measured / published, 1 Mbit = 10^6 bit) says how far apart the set-ups "
    "are, not which is better.  Published is where the latency rose first or overload began; "
    "measured is the knee, where loss begins."
)


def comparison_figure(comparison: pd.DataFrame, style: Style) -> Figure:
    """A line for each row of `comparison` (COMPARISON_COLUMNS), packets/s on a logarithmic axis.

    Without a row it says in words that there is nothing to compare with.
    """
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        heading = "Published in the thesis, and measured here"
        if comparison.empty:
            return write_nothing(figure, heading, "The reference holds no published number.", style)
        taken = write_around(figure, heading, [FOOTER], _handles(comparison, style), style)
        ax = figure.add_subplot()
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.33, bottom, 0.9, 0.92)
        for place, (_, row) in enumerate(comparison.iterrows()):
            _draw_row(ax, place, row, style)
        ax.set_yticks(range(len(comparison)), [_label(row) for _, row in comparison.iterrows()])
        ax.set_ylim(len(comparison) - 0.4, -0.8)
        ax.set_xscale("log")
        ax.set_xlabel("packets/s")
        ax.annotate("ratio", (1.02, 1.0), xycoords="axes fraction", weight="bold", va="bottom")
    return figure


def _draw_row(ax: Axes, place: int, row: pd.Series, style: Style) -> None:
    """One published value, the line rate above it, and what was measured."""
    reference, measured = style.colour_reference, style.colour_rate
    line = packets_per_second(row["line_rate_mbit"], row["frame_size_bytes"])
    ax.plot(line, place, marker="|", markersize=14, color=style.colour_raw, zorder=2)
    look = {"markersize": 7, "color": reference, "linestyle": "none", "zorder": 3}
    ax.plot(row["published_pps_decimal"], place, marker="o", **look)
    ax.plot(row["published_pps_binary"], place, marker="o", markerfacecolor="white", **look)
    text = "-"
    if pd.notna(row["knee_pps"]):
        text = f"{'≥ ' if row['knee_at_least'] else ''}{row['ratio']:.2f}"
        size, pps = row["frame_size_bytes"], row["knee_pps"]
        ax.plot(pps, place, marker="D", markersize=6, color=measured, zorder=4)
        ends = row[["knee_low_mbit", "knee_high_mbit"]]
        if ends.notna().all():
            low, high = (packets_per_second(end, size) for end in ends)
            reach = [[max(0, pps - low)], [max(0, high - pps)]]
            ax.errorbar(pps, place, xerr=reach, fmt="none", ecolor=measured, capsize=3, zorder=3.5)
    ax.annotate(text, (1.02, place), xycoords=("axes fraction", "data"), va="center")


def _label(row: pd.Series) -> str:
    """What a line is about, and why nothing was measured."""
    figure = "text" if pd.isna(row["figure"]) else f"{row['figure']}"
    flows = "" if pd.isna(row["flows"]) else f", {row['flows']:.0f} flows"
    function = row["measured_function"]
    function = row["function"] if pd.isna(function) else function
    text = f"{figure}: {function}, {row['frame_size_bytes']} B{flows}\n{row['what']}"
    text += f" at {row['published_mbit']} Mbit/s" + (" (line rate)" if row["is_line_rate"] else "")
    return text if pd.isna(row["note"]) else f"{text}; {row['note']}"


def _handles(comparison: pd.DataFrame, style: Style) -> list[Line2D]:
    reference = {"linestyle": "none", "marker": "o", "color": style.colour_reference}
    levels, measured = comparison["knee_level"], "measured here: knee"
    if levels.notna().any():
        measured += f" and its {confidence(levels)} interval"
    return [
        Line2D([], [], label="published, 1 Mbit = 10^6 bit", **reference),
        Line2D(
            [], [], label="published, as printed: 2^20 bit", markerfacecolor="white", **reference
        ),
        Line2D([], [], label=measured, linestyle="none", marker="D", color=style.colour_rate),
        Line2D(
            *([], []),
            label="line rate of the thesis's link",
            linestyle="none",
            marker="|",
            markersize=12,
            color=style.colour_raw,
        ),
    ]
