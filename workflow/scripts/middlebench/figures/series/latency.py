"""The figure of the thesis, corrected: latency, loss and packets/s over the offered rate."""

from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from middlebench.analysis.main_rows import main_rows, of_series
from middlebench.analysis.published import PublishedValue, published_values
from middlebench.errors import RecordError
from middlebench.figures.drawing.layout import panel_grid, size_figure, strip_pt, write_around
from middlebench.figures.drawing.marks import Mark, ceiling_marks, knee_mark, published_marks
from middlebench.figures.drawing.strips import draw_marks
from middlebench.figures.drawing.style import Style, rc_params
from middlebench.figures.drawing.words import footer, plural
from middlebench.figures.series.legend import legend_handles
from middlebench.figures.series.panels import (
    draw_latency,
    draw_loss,
    draw_others,
    draw_packet_rate,
    settle_axes,
)
from middlebench.figures.series.regions import draw_regions
from middlebench.frame_mix import size_words
from middlebench.machine.states import NOT_ASKED, WORDS
from middlebench.records.table import SERIES_KEYS
from middlebench.records.verdict import VALID_VERDICTS


def latency_figure(
    points: pd.DataFrame,
    rates: pd.DataFrame,
    series: pd.DataFrame,
    reference: dict[str, Any],
    style: Style,
    title: str = "",
) -> Figure:
    """A column of three panels for each series, of its main state alone, in the order of `series`.

    `points`, `rates` and `series` have the columns of points.csv, rates.csv and series.csv;
    `reference` is the mapping in thesis.yaml. Lines are medians over the repetitions, markers
    single ones, hollow markers points of another state or that say nothing about the DUT; hatched
    is what the generator cannot reach. RecordError when there is no series.
    """
    if points.empty or series.empty:
        raise RecordError("figure: its tables hold no series; allowed: one point record or more")
    series = main_rows(series)
    columns = [(row, _shown(points, row), of_series(rates, row)) for _, row in series.iterrows()]
    others = points.drop(index=[index for _, shown, _ in columns for index in shown.index])
    rates = pd.concat([rates_of for _, _, rates_of in columns])
    limits = _rate_limits(points)
    marks = [_marks(row, rates_of, reference, limits, style) for row, _, rates_of in columns]
    strips = max(len(of_panel) for of_panel in marks)
    floors = series["floor_ns"].dropna()
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        size_figure(figure, len(columns), style)
        published = any(_published(reference, row) for row, _, _ in columns)
        handles = legend_handles(points, others, rates, series, style, published)
        source = reference.get("source", "the 2017 thesis") if published else None
        words = footer(points, others, rates, series, source)
        taken = write_around(figure, title or _heading(series), words, handles, style)
        grid = panel_grid(figure, len(columns), strips, taken, style)
        grid[0, 0].set_xlim(*limits)
        for axes, (row, points_of, rates_of), of_panel in zip(grid.T, columns, marks, strict=True):
            latency, loss, packet_rate = axes
            draw_latency(latency, points_of, rates_of, style)
            draw_loss(loss, points_of, rates_of, row["max_loss_ratio"], style)
            draw_packet_rate(packet_rate, points_of, style)
            draw_others(list(axes), _of(others, row))
            draw_marks(list(axes), of_panel, strip_pt(style))
            pad = (strips + 0.4) * strip_pt(style)
            latency.set_title(_title(row), loc="left", pad=pad)
            packet_rate.set_xlabel("offered rate [Mbit/s]")
        settle_axes(grid, floors.min() if len(floors) else None)
        for axes, (row, _, _) in zip(grid.T, columns, strict=True):
            draw_regions(list(axes), row)
        figure.align_ylabels(grid[:, 0])
        for ax in grid.flat:
            ax.label_outer()
    return figure


def _shown(points: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Points of one series: those judged in its state, and those that say nothing in any."""
    of_series = _of(points, row)
    valid = of_series["verdict"].isin(VALID_VERDICTS)
    return of_series[(of_series["state"] == row["state"]) | ~valid]


def _of(points: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Points of one series, in any state."""
    return points[(points[SERIES_KEYS] == row[SERIES_KEYS]).all(axis=1)]


def _title(row: pd.Series) -> str:
    """Number of flows, and the state of the machine that all of a column is of."""
    flows = plural(row["flows"], "flow")
    return flows if row["state"] == NOT_ASKED else f"{flows}, {WORDS[row['state']]}"


def _rate_limits(points: pd.DataFrame) -> tuple[float, float]:
    """Limits of the common x axis [Mbit/s]: what was measured and a little more."""
    low, high = points["rate_mbit"].min(), points["rate_mbit"].max()
    margin = 0.04 * (high - low) or 0.1 * high
    return low - margin, high + margin


def _marks(
    row: pd.Series,
    rates: pd.DataFrame,
    reference: dict[str, Any],
    limits: tuple[float, float],
    style: Style,
) -> list[Mark]:
    """The knee, the published values and the generator's ceiling of one series."""
    return [
        knee_mark(row, rates, limits[0]),
        *published_marks(_published(reference, row), *limits, style),
        *ceiling_marks(row, *limits),
    ]


def _published(reference: dict[str, Any], row: pd.Series) -> list[PublishedValue]:
    """What the thesis says of a series; its load was UDP."""
    key = (row["function"], row["frame_size_bytes"], int(row["flows"]))
    return published_values(reference, *key) if row["protocol"] == "udp" else []


def _heading(series: pd.DataFrame) -> str:
    """Function and frame size, when the configuration gives no title."""
    first = series.iloc[0]
    frames = f"{size_words(first['frame_size_bytes'])} frames"
    return f"{first['function']}, {frames}: latency over offered rate"
