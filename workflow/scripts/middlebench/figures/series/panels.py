"""The three panels of one series: latency, loss ratio and packets/s over the offered rate.

`points` and `rates` are the rows of points.csv and rates.csv of that series.
"""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.lines import (
    draw_beside,
    draw_invalid,
    draw_line,
    draw_repetitions,
    draw_whiskers,
    medians,
    scale_loss,
)
from middlebench.figures.drawing.other_states import draw_other_states
from middlebench.figures.drawing.style import Style


def draw_latency(ax: Axes, points: pd.DataFrame, rates: pd.DataFrame, style: Style) -> None:
    """Latency [ns, log]: median with its interval, mean, 99th percentile, band of 25 to 75 %."""
    colour = style.colour_latency
    middle, by_rate = medians(points), rates.set_index("rate_mbit")
    low, high = middle["latency_p25_ns"], middle["latency_p75_ns"]
    ax.fill_between(middle.index, low, high, color=colour, **looks.BAND)
    ax.vlines(middle.index, low, high, color=colour, linewidth=4, alpha=0.3)  # a rate on its own
    for column, table, look, marker in (
        ("latency_p50_ns", by_rate, looks.MEDIAN, "o"),
        ("latency_mean_ns", middle, looks.MEAN, "x"),
        ("latency_p99_ns", middle, looks.P99, "^"),
    ):
        draw_line(ax, table[column], look, colour)
        draw_repetitions(ax, points, column, look, marker, colour)
    interval = [by_rate[f"latency_p50{part}_ns"] for part in ("", "_low", "_high")]
    draw_whiskers(ax, *interval, colour)
    ax.set_yscale("log")
    ax.set_ylabel("latency from when\na packet was due [ns]")
    draw_invalid(ax, points, "latency_p50_ns")


def draw_loss(
    ax: Axes, points: pd.DataFrame, rates: pd.DataFrame, max_loss_ratio: float, style: Style
) -> None:
    """Loss ratio [%] in clean time with its interval, raw in thin grey, and the knee's limit.

    Repetitions stand side by side.
    """
    columns = ["loss_ratio", "raw_loss_ratio"]
    percent = points.assign(**{column: 100 * points[column] for column in columns})
    middle, low, high = (
        100 * rates.set_index("rate_mbit")[f"loss_ratio{part}"] for part in ("", "_low", "_high")
    )
    ax.axhline(100 * max_loss_ratio, **looks.LIMIT)
    draw_line(ax, medians(percent)["raw_loss_ratio"], looks.RAW, style.colour_raw)
    draw_line(ax, middle, looks.MEASURED, style.colour_loss)
    draw_beside(ax, percent, "loss_ratio", looks.MEASURED, "o", style.colour_loss)
    draw_whiskers(ax, middle, low, high, style.colour_loss)
    scale_loss(ax)
    draw_invalid(ax, percent, "loss_ratio")


def draw_others(panels: list[Axes], others: pd.DataFrame) -> None:
    """Points of other states than that of the lines, in the panels (latency, loss, packet rate)."""
    shown = others.assign(
        loss_ratio=100 * others["loss_ratio"], received_pps=others["received_pps"] / 1e6
    )
    columns = ("latency_p50_ns", "loss_ratio", "received_pps")
    for ax, column in zip(panels, columns, strict=True):
        draw_other_states(ax, shown, column)


def draw_packet_rate(ax: Axes, points: pd.DataFrame, style: Style) -> None:
    """Packets received [10^6 packets/s] beside what was asked for, from 0."""
    columns = ["asked_pps", "received_pps", "raw_received_pps"]
    mega = points.assign(**{column: points[column] / 1e6 for column in columns})
    draw_line(ax, mega.groupby("rate_mbit")["asked_pps"].median(), looks.ASKED, style.colour_raw)
    draw_line(ax, medians(mega)["received_pps"], looks.MEASURED, style.colour_rate)
    draw_repetitions(ax, mega, "received_pps", looks.MEASURED, "s", style.colour_rate)
    ax.set_ylabel("received\n[Mpps]")
    draw_invalid(ax, mega, "received_pps")


def settle_axes(grid: np.ndarray, floor_ns: float | None) -> None:
    """Set the limits that need every series: call it when the whole grid (3, columns) is drawn.

    The latency axis has two labelled ticks or more, and shows `floor_ns`, the lowest floor of the
    series, when there is one.
    """
    latency, _, packet_rate = grid[:, 0]
    if floor_ns is not None:
        latency.set_ylim(bottom=min(latency.get_ylim()[0], 0.7 * floor_ns))
    low, high = (math.log10(limit) for limit in latency.get_ylim())
    labelled = math.floor(high) - math.ceil(low) + 1
    below, above = math.ceil(low) - 1, math.floor(high) + 1
    if labelled < 1 or (labelled == 1 and low - below <= above - high):
        latency.set_ylim(bottom=10**below)
    if labelled < 1 or (labelled == 1 and low - below > above - high):
        latency.set_ylim(top=10**above)
    latency.yaxis.set_minor_formatter(NullFormatter())
    packet_rate.set_ylim(0, 1.1 * max(packet_rate.get_ylim()[1], 1e-3))
