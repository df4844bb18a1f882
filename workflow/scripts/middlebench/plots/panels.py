"""The three panels of one series: latency, loss ratio and packets/s over the offered rate."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from middlebench.aggregate import VALID_VERDICTS
from middlebench.plots import style as looks
from middlebench.plots.style import Style

LOSS_TICKS = [0, 0.01, 0.1, 1, 10, 100]
"""Ticks of the loss axis [%]: linear up to 0.01, so that 0 has a place, logarithmic above."""


def draw_latency(ax: Axes, points: pd.DataFrame, style: Style) -> None:
    """Latency [ns, log]: median, mean, 99th percentile and the band from 25 to 75 %."""
    colour = style.colour_latency
    middle = medians(points)
    low, high = middle["latency_p25_ns"], middle["latency_p75_ns"]
    ax.fill_between(middle.index, low, high, color=colour, **looks.BAND)
    ax.vlines(middle.index, low, high, color=colour, linewidth=4, alpha=0.3)  # a rate on its own
    for column, look, marker in (
        ("latency_p50_ns", looks.MEDIAN, "o"),
        ("latency_mean_ns", looks.MEAN, "x"),
        ("latency_p99_ns", looks.P99, "^"),
    ):
        _draw_line(ax, points, column, look, marker, colour)
    ax.set_yscale("log")
    ax.set_ylabel("latency [ns]")
    draw_invalid(ax, points, "latency_p50_ns")


def draw_loss(ax: Axes, points: pd.DataFrame, max_loss_ratio: float, style: Style) -> None:
    """Loss ratio [%] on clean time, the raw one in thin grey, and the knee's limit."""
    percent = points.copy()
    for column in ("loss_ratio", "raw_loss_ratio"):
        percent[column] *= 100
    ax.axhline(100 * max_loss_ratio, **looks.LIMIT)
    _draw_line(ax, percent, "raw_loss_ratio", looks.RAW, ".", style.colour_raw)
    _draw_line(ax, percent, "loss_ratio", looks.MEASURED, "o", style.colour_loss)
    ax.set_yscale("symlog", linthresh=LOSS_TICKS[1], linscale=0.8)
    ax.set_ylim(-0.003, 150)
    ax.yaxis.set_major_locator(FixedLocator(LOSS_TICKS))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel("loss [%]")
    draw_invalid(ax, percent, "loss_ratio")


def draw_packet_rate(ax: Axes, points: pd.DataFrame, style: Style) -> None:
    """Packets received [10^6 packets/s] beside what was asked for, from 0."""
    mega = points.copy()
    for column in ("asked_pps", "received_pps", "raw_received_pps"):
        mega[column] /= 1e6
    asked = mega.groupby("rate_mbit")["asked_pps"].median()
    ax.plot(asked.index, asked, color=style.colour_raw, **looks.ASKED)
    _draw_line(ax, mega, "received_pps", looks.MEASURED, "s", style.colour_rate)
    ax.set_ylabel("received\n[Mpps]")
    draw_invalid(ax, mega, "received_pps")


def settle_axes(grid: np.ndarray) -> None:
    """Set the limits that need every series: call it when the whole grid (3, columns) is drawn."""
    latency, _, packet_rate = grid[:, 0]
    low, high = (math.log10(limit) for limit in latency.get_ylim())
    if math.floor(high) - math.ceil(low) < 1:  # fewer than two labelled ticks
        latency.set_ylim(10 ** math.floor(low), 10 ** math.ceil(high))
    latency.yaxis.set_minor_formatter(NullFormatter())
    packet_rate.set_ylim(0, 1.1 * max(packet_rate.get_ylim()[1], 1e-3))


def medians(points: pd.DataFrame) -> pd.DataFrame:
    """Median over the valid repetitions of each rate; a row of NaN where no repetition is valid."""
    valid = points[points["verdict"].isin(VALID_VERDICTS)]
    middle = valid.groupby("rate_mbit").median(numeric_only=True)
    return middle.reindex(sorted(points["rate_mbit"].unique()))


def draw_invalid(ax: Axes, points: pd.DataFrame, column: str) -> None:
    """Hollow markers for the points that say nothing about the DUT, one shape a verdict.

    Such a point stands at its raw value when it has no gated one, and on the lower edge of the
    panel when it has neither.
    """
    invalid = points[~points["verdict"].isin(VALID_VERDICTS)]
    values = invalid[column].fillna(invalid[f"raw_{column}"])
    for verdict, value in values.groupby(invalid["verdict"]):
        marker, _ = looks.VERDICTS.get(verdict, looks.OTHER_VERDICT)
        known, unknown = value.dropna(), value[value.isna()]
        ax.plot(points.loc[known.index, "rate_mbit"], known, marker=marker, **looks.INVALID)
        rates = points.loc[unknown.index, "rate_mbit"]
        edge = ax.get_xaxis_transform()
        ax.plot(rates, [0] * len(rates), marker=marker, transform=edge, **looks.INVALID)


def _draw_line(
    ax: Axes, points: pd.DataFrame, column: str, look: dict, marker: str, colour: str
) -> None:
    """The median over repetitions as a line, broken where none is valid; a marker a repetition."""
    line = medians(points)[column]
    ax.plot(line.index, line, color=colour, **look)
    valid = points[points["verdict"].isin(VALID_VERDICTS)]
    marks = {**looks.REPETITION, "zorder": look["zorder"] + 0.1}
    ax.plot(valid["rate_mbit"], valid[column], marker=marker, color=colour, **marks)
