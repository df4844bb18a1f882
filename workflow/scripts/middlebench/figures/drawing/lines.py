"""What panels are drawn with: median lines, their intervals, markers of single repetitions."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from middlebench.figures.drawing import looks
from middlebench.records.verdict import VALID_VERDICTS

BESIDE = 0.006
"""From one repetition to the next, as a share of the axis."""


LOSS_TICKS = [0, 0.01, 0.1, 1, 10, 100]
"""Ticks of the loss axis [%]: linear up to 0.01, so that 0 has a place, logarithmic above."""


def scale_loss(ax: Axes) -> None:
    """Make the y axis one of loss [%]."""
    ax.set_yscale("symlog", linthresh=LOSS_TICKS[1], linscale=0.8)
    ax.set_ylim(-0.003, 150)
    ax.yaxis.set_major_locator(FixedLocator(LOSS_TICKS))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel("loss [%]")


def valid_points(points: pd.DataFrame) -> pd.DataFrame:
    """The points that say something about the DUT."""
    return points[points["verdict"].isin(VALID_VERDICTS)]


def medians(points: pd.DataFrame) -> pd.DataFrame:
    """Median over the valid repetitions of each rate; a row of NaN where no repetition is valid."""
    middle = valid_points(points).groupby("rate_mbit").median(numeric_only=True)
    return middle.reindex(sorted(points["rate_mbit"].unique()))


def draw_line(ax: Axes, line: pd.Series, look: dict, colour: str) -> None:
    """Values by rate as a line, broken where there is none."""
    ax.plot(line.index, line, color=colour, **look)


def draw_repetitions(
    ax: Axes, points: pd.DataFrame, column: str, look: dict, marker: str, colour: str
) -> None:
    """A marker for each valid repetition, just above the line of that `look`."""
    valid = valid_points(points)
    marks = {**looks.REPETITION, "zorder": look["zorder"] + 0.1}
    ax.plot(valid["rate_mbit"], valid[column], marker=marker, color=colour, **marks)


def draw_beside(
    ax: Axes, points: pd.DataFrame, column: str, look: dict, marker: str, colour: str
) -> None:
    """The same, repetitions of a rate side by side: where they split, each can be seen.

    They take at most the room that a rate has, so that no two rates run into each other.
    """
    valid = valid_points(points)
    rates = np.sort(points["rate_mbit"].unique())
    of_rate = valid.groupby("rate_mbit")["rate_mbit"]
    place = of_rate.cumcount() - (of_rate.transform("size") - 1) / 2
    most = max(of_rate.size().max(), 1) if len(valid) else 1
    room = np.diff(rates).min() if len(rates) > 1 else 0
    step = min(0.8 * room / most, BESIDE * (rates[-1] - rates[0]))
    beside = valid.assign(rate_mbit=valid["rate_mbit"] + step * place)
    draw_repetitions(ax, beside, column, look, marker, colour)


def draw_whiskers(
    ax: Axes, middle: pd.Series, low: pd.Series, high: pd.Series, colour: str
) -> None:
    """The interval of each median, with caps; rates without one have none."""
    known = low.notna() & high.notna()
    middle, low, high = middle[known], low[known], high[known]
    reach = ((middle - low).clip(lower=0), (high - middle).clip(lower=0))
    ax.errorbar(middle.index, middle, yerr=reach, fmt="none", ecolor=colour, **looks.WHISKER)


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
