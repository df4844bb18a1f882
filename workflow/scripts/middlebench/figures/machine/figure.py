"""What the machine did while it was measured on: a column of panels over time for each testbed."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, write_around
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.drawing.words import plural
from middlebench.figures.machine.panels import (
    draw_median,
    draw_shares,
    state_shares,
    stop_shares,
)

HEADING = "What the machine did while it was measured on"


def machine_figure(disturbance: Mapping[str, pd.DataFrame], style: Style) -> Figure:
    """Share of time by state and by stop, distance of the CPUs, memory latency, over time.

    `disturbance`: testbed -> its disturbance.csv.  Columns that are missing or empty, as where no
    probe was asked for, leave panels that say so.
    """
    run = {testbed: _in_time(table) for testbed, table in disturbance.items()}
    states = {testbed: state_shares(table) for testbed, table in run.items()}
    stops = {testbed: stop_shares(table) for testbed, table in run.items()}
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        size_figure(figure, len(run), style)
        words = [_words(testbed, table) for testbed, table in run.items()]
        handles = _handles(looks.STATES, states) + _handles(looks.STOPS, stops)
        taken = write_around(figure, HEADING, words, handles, style)
        grid = _panels(figure, len(run), taken, style)
        for axes, (testbed, table) in zip(grid.T, run.items(), strict=True):
            of_states, of_stops, trips, memory = axes
            until = _ends(table["start_utc"])
            draw_shares(of_states, table, until, states[testbed], looks.STATES)
            draw_shares(of_stops, table, until, stops[testbed], looks.STOPS)
            draw_median(trips, table, "trip_cycles", style)
            draw_median(memory, table, "memory_cycles", style)
            if len(run) > 1:
                of_states.set_title(testbed, loc="left")
            _time_axis(memory, table)
        for ax, name in zip(grid[:, 0], _LABELS, strict=True):
            ax.set_ylabel(name)
        grid[0, 0].set_ylim(0, 100)
        for ax in grid[1:, 0]:
            ax.set_ylim(bottom=0)
        figure.align_ylabels(grid[:, 0])
        for ax in grid.flat:
            ax.label_outer()
    return figure


_LABELS = (
    "state\n[% of time]",
    "stands still\n[% of time]",
    "trip\n[cycles]",
    "memory\n[cycles]",
)


def _in_time(table: pd.DataFrame) -> pd.DataFrame:
    """The points that were run, by when they began."""
    run = table[table["window_s"].notna()]
    return run.assign(start_utc=pd.to_datetime(run["start_utc"], utc=True)).sort_values("start_utc")


def _ends(starts: pd.Series) -> pd.Series:
    """Until when a point's shares are drawn: until the next one, but across no pause of the run."""
    length = starts.diff().shift(-1)
    known = length[length > pd.Timedelta(0)]
    usual = known.median() if len(known) else pd.Timedelta(seconds=1)
    return starts + length.where(length <= 3 * usual, usual)


def _words(testbed: str, table: pd.DataFrame) -> str:
    """In which state so many points are judged, and how much of the time the DUT's core had."""
    judged = table["state"].value_counts() if "state" in table else pd.Series(dtype=int)
    said = f"{testbed}: {plural(len(table), 'point')}"
    if judged.empty:
        return f"{said}."
    counts = ", ".join(f"{count} as {name.replace('_', ' ')}" for name, count in judged.items())
    shared = table.filter(["share_shared", "share_shared_far"]).sum(axis=1)
    share = np.average(shared, weights=table["window_s"])
    return f"{said}, judged {counts}; the DUT's core was shared {share:.0%} of the time."


def _handles(
    kinds: Mapping[str, tuple[str, str]], shares: Mapping[str, pd.DataFrame]
) -> list[Artist]:
    """A patch for each kind that occurs."""
    occur = {name for of in shares.values() for name in of.columns if of[name].gt(0).any()}
    return [
        Patch(facecolor=fill, label=label) for name, (fill, label) in kinds.items() if name in occur
    ]


def _panels(figure: Figure, columns: int, bottom_lines: float, style: Style) -> np.ndarray:
    """The axes (4 rows, `columns` columns): x shared in a column, y in a row."""
    unit = line_mm(style)
    width, line = figure.get_figwidth() * MM_PER_INCH, unit / style.height_mm
    return figure.subplots(
        *(4, columns),
        sharex="col",
        sharey="row",
        squeeze=False,
        gridspec_kw={
            "height_ratios": (3, 1.5, 1, 1),
            "left": 5 * unit / width,
            "right": 1 - 1.5 * unit / width,
            "bottom": (bottom_lines + 3) * line,
            "top": 1 - 3.2 * line,
            "wspace": 0.06,
            "hspace": 0.14,
        },
    )


def _time_axis(ax: Axes, table: pd.DataFrame) -> None:
    ax.set_xlabel("time (UTC)")
    if table.empty:
        ax.set_xticks([])
        return
    locator = AutoDateLocator()
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
