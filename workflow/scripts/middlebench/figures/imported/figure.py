"""Imported series beside measured ones: latency and loss over the offered rate."""

from dataclasses import replace
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from middlebench.analysis.main_rows import main_rows, of_series
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, write_around
from middlebench.figures.drawing.lines import draw_whiskers, scale_loss
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.imported.words import footer, imported_label, measured_label
from middlebench.imported.point import THROUGHPUT, TRIAL
from middlebench.records.table import STATE_KEYS

LETTER_LINES = 0.34
"""Width of a letter of the legend, in heights of a line: names are as long as the user likes."""


PANEL_LINES = 24
"""Least height of both panels with their axes and the heading, in heights of a line."""


def main_rates(rates: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """The rows of a rates.csv that are of the main state of their series."""
    return pd.concat([of_series(rates, row) for _, row in main_rows(series).iterrows()])


def imported_figure(
    imported: pd.DataFrame, measured: pd.DataFrame, title: str, style: Style
) -> Figure:
    """Two panels that share the rate axis; a colour and a marker for each series.

    `imported`: rows of tables of `imported.table`; `measured`: rows of rates.csv, each series in
    one state, with the name of its `figure`, or an empty table.
    """
    with mpl.rc_context(rc_params(style)):
        ours = [] if measured.empty else _groups(measured, ["figure", *STATE_KEYS])
        theirs = _groups(imported, ["series"])
        kinds = [looks.FUNCTIONS[at % len(looks.FUNCTIONS)] for at in range(len(ours + theirs))]
        handles: list[Artist] = []
        drawn = []
        for of_series, look in zip(ours, kinds, strict=False):
            drawn.append((_draw_measured, of_series, look))
            handles.append(_handle(measured_label(of_series.iloc[0]), look, _FILLED))
        for of_series, look in zip(theirs, kinds[len(ours) :], strict=True):
            drawn.append((_draw_imported, of_series, look))
            handles += _imported_handles(of_series, look)
        room = 3 + LETTER_LINES * max(len(handle.get_label()) for handle in handles)
        around = (title, footer(imported, bool(ours)), handles)
        style = _high_enough(write_around(_empty(style), *around, style, room), style)
        figure = _empty(style)
        taken = write_around(figure, *around, style, room)
        _plain_legend(figure)
        latency, loss = _panels(figure, taken, style)
        for draw, of_series, look in drawn:
            draw(latency, loss, of_series, *look)
        latency.set_yscale("log")
        latency.set_ylabel("median latency [ns]")
        scale_loss(loss)
        loss.set_xlabel("offered rate [Mbit/s]")
        figure.align_ylabels([latency, loss])
    return figure


_FILLED: dict[str, Any] = {**looks.MEASURED, "markersize": 3.5}
"""Lines and marks of what was measured here."""


def _empty(style: Style) -> Figure:
    return Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))


def _high_enough(taken: float, style: Style) -> Style:
    """Room for both panels above what many series take in the legend and the footer [lines]."""
    return replace(style, height_mm=max(style.height_mm, (taken + PANEL_LINES) * line_mm(style)))


def _groups(table: pd.DataFrame, keys: list[str]) -> list[pd.DataFrame]:
    return [rows for _, rows in table.groupby(keys, sort=False)]


def _panels(figure: Figure, taken: float, style: Style) -> tuple[Axes, Axes]:
    latency, loss = figure.subplots(2, 1, sharex=True)
    line = line_mm(style) / style.height_mm
    figure.subplots_adjust(0.08, (taken + 3) * line, 0.97, 1 - 3 * line, hspace=0.1)
    return latency, loss


def _draw_measured(
    latency: Axes, loss: Axes, rates: pd.DataFrame, colour: str, marker: str
) -> None:
    by_rate = rates.set_index("rate_mbit").sort_index()
    for ax, name, factor in ((latency, "latency_p50{}_ns", 1), (loss, "loss_ratio{}", 100)):
        middle, low, high = (factor * by_rate[name.format(part)] for part in ("", "_low", "_high"))
        ax.plot(middle.index, middle, color=colour, marker=marker, **_FILLED)
        draw_whiskers(ax, middle, low, high, colour)


def _draw_imported(
    latency: Axes, loss: Axes, points: pd.DataFrame, colour: str, marker: str
) -> None:
    for kind, of_kind in points.sort_values("offered_mbit").groupby("kind", sort=False):
        look = {**_shape(kind), "color": colour, "marker": marker}
        timed = of_kind.dropna(subset="latency_p50_high_ns").set_index("offered_mbit")
        low, high = timed["latency_p50_low_ns"], timed["latency_p50_high_ns"]
        latency.plot(high.index, high, **look)
        apart = low < high
        least = low.where(low > 0, high / 10)  # a logarithmic axis has no 0
        draw_whiskers(latency, high[apart], least[apart], high[apart], colour)
        known = of_kind.dropna(subset="loss_ratio")
        loss.plot(known["offered_mbit"], 100 * known["loss_ratio"], **look)


def _imported_handles(points: pd.DataFrame, look: tuple[str, str]) -> list[Artist]:
    """An entry for each kind of point of a series."""
    rows = [row for _, row in points.drop_duplicates("kind").iterrows()]
    return [_handle(imported_label(row), look, _shape(row["kind"])) for row in rows]


def _shape(kind: str) -> dict[str, Any]:
    """Line and mark of a kind of point.  Lines join trials alone: searches are no sweep."""
    return {
        TRIAL: {**looks.IMPORTED, "markersize": 4.5},
        THROUGHPUT: {**looks.IMPORTED, "linestyle": "none", "markersize": 8},
    }[kind]


def _handle(label: str, look: tuple[str, str], shape: dict[str, Any]) -> Artist:
    colour, marker = look
    return Line2D([], [], label=label, color=colour, marker=marker, **shape)


def _plain_legend(figure: Figure) -> None:
    """A name of the user's may have a $."""
    for legend in figure.legends:
        for text in legend.get_texts():
            text.set_parse_math(False)
