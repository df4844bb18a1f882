"""The figure of the thesis, corrected: latency, loss and packets/s over the offered rate."""

from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from middlebench.aggregate import SERIES_KEYS, VALID_VERDICTS
from middlebench.errors import RecordError
from middlebench.plots.layout import panel_grid, size_figure, strip_pt, write_around
from middlebench.plots.marks import Mark, draw_marks, knee_mark, published_marks
from middlebench.plots.panels import draw_latency, draw_loss, draw_packet_rate, settle_axes
from middlebench.plots.style import Style, rc_params
from middlebench.plots.words import footer, legend_handles, plural
from middlebench.published import published_values


def latency_figure(
    points: pd.DataFrame,
    series: pd.DataFrame,
    reference: dict[str, Any],
    style: Style,
    title: str = "",
) -> Figure:
    """A column of three panels for each row of `series`, in its order.

    `points` and `series` have the columns of points.csv and series.csv; `reference` is the mapping
    in thesis.yaml. Lines are medians over the repetitions, markers single ones, hollow markers
    points that say nothing about the DUT. RecordError when there is no series.
    """
    if points.empty or series.empty:
        raise RecordError("figure: its tables hold no series; allowed: one point record or more")
    rows = [row for _, row in series.iterrows()]
    parts = [_points_of(points, row) for row in rows]
    low, high = _rate_limits(points)
    marks = [
        _marks(row, part, reference, (low, high), style)
        for row, part in zip(rows, parts, strict=True)
    ]
    strips = max(len(of_panel) for of_panel in marks)
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        size_figure(figure, len(rows), style)
        handles = legend_handles(points, rows[0]["max_loss_ratio"], style)
        words = footer(points, reference.get("source", "the 2017 thesis"))
        taken = write_around(figure, title or _heading(series), words, handles, style)
        grid = panel_grid(figure, len(rows), strips, taken, style)
        grid[0, 0].set_xlim(low, high)
        for axes, row, part, of_panel in zip(grid.T, rows, parts, marks, strict=True):
            latency, loss, packet_rate = axes
            draw_latency(latency, part, style)
            draw_loss(loss, part, row["max_loss_ratio"], style)
            draw_packet_rate(packet_rate, part, style)
            draw_marks(list(axes), of_panel, strip_pt(style))
            pad = (strips + 0.4) * strip_pt(style)
            latency.set_title(plural(row["flows"], "flow"), loc="left", pad=pad)
            packet_rate.set_xlabel("offered rate [Mbit/s]")
        settle_axes(grid)
        figure.align_ylabels(grid[:, 0])
        for ax in grid.flat:
            ax.label_outer()
    return figure


def _points_of(points: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The points of one series."""
    same = (points[SERIES_KEYS] == row[SERIES_KEYS]).all(axis=1)
    return points[same]


def _rate_limits(points: pd.DataFrame) -> tuple[float, float]:
    """Limits of the common x axis [Mbit/s]: what was measured and a little more."""
    low, high = points["rate_mbit"].min(), points["rate_mbit"].max()
    margin = 0.04 * (high - low) or 0.1 * high
    return low - margin, high + margin


def _marks(
    row: pd.Series,
    points: pd.DataFrame,
    reference: dict[str, Any],
    limits: tuple[float, float],
    style: Style,
) -> list[Mark]:
    """The knee and the published values of one series."""
    valid = points[points["verdict"].isin(VALID_VERDICTS)]
    highest = valid["rate_mbit"].max() if len(valid) else 0
    key = (row["function"], int(row["frame_size_bytes"]), int(row["flows"]))
    values = published_values(reference, *key)
    return [knee_mark(row, int(highest)), *published_marks(values, *limits, style)]


def _heading(series: pd.DataFrame) -> str:
    """Function and frame size, when the configuration gives no title."""
    first = series.iloc[0]
    return f"{first['function']}, {first['frame_size_bytes']} B frames: latency over offered rate"
