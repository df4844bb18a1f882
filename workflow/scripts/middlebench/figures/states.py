"""The same trials before and after the machine's states are told apart."""

from collections import Counter

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from middlebench.analysis.main_state import main_state
from middlebench.analysis.told_apart import apart
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, write_around, write_nothing
from middlebench.figures.drawing.other_states import draw_other_states, other_state_handles
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.drawing.words import plural
from middlebench.machine.states import WORDS

FOOTER = (
    "Each mark is a trial, and the same trials are on both sides: on the left with all of their "
    "clean time, on the right with that in one state of the machine alone."
)
NOTHING = "no trial in which the machine's states were told apart"


def states_figure(points: pd.DataFrame, style: Style, title: str) -> Figure:
    """A row for each series: packets/s received in all clean time, and in its main state alone.

    `points` has TOLD_APART_COLUMNS, of one figure; without a row it says that there is none.
    """
    series = list(points.groupby("flows"))
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        size_figure(figure, 2, style)
        if not series:
            return write_nothing(figure, title, NOTHING, style)
        mains = [main_state(of["state"].value_counts().to_dict()) for _, of in series]
        taken = write_around(figure, title, [FOOTER], _handles(series, mains, style), style)
        width, line = figure.get_figwidth() * MM_PER_INCH, line_mm(style) / style.height_mm
        grid = figure.subplots(
            *(len(series), 2),
            sharex=True,
            sharey="row",
            squeeze=False,
            gridspec_kw={
                "left": 5 * line_mm(style) / width,
                "right": 1 - 1.5 * line_mm(style) / width,
                "bottom": (taken + 3) * line,
                "top": 1 - 4 * line,
                "wspace": 0.06,
                "hspace": 0.3,
            },
        )
        for (before, after), (flows, of), main in zip(grid, series, mains, strict=True):
            own = of[of["state"] == main]
            _draw(before, of, of, "all_pps", style)
            before.set_title(f"{plural(flows, 'flow')}, {_apart('all clean time', of, 'all_pps')}")
            _draw(after, of, own, "own_pps", style)
            others = of[of["state"] != main]
            draw_other_states(after, others.assign(own_pps=others["own_pps"] / 1e6), "own_pps")
            after.set_title(_apart(WORDS[main], own, "own_pps"))
            before.set_ylabel("received [Mpps]")
            before.set_ylim(bottom=0)
        for ax in grid[-1]:
            ax.set_xlabel("offered rate [Mbit/s]")
        for ax in grid.flat:
            ax.label_outer()
    return figure


def _draw(ax: Axes, every: pd.DataFrame, points: pd.DataFrame, column: str, style: Style) -> None:
    """A mark for each of some trials, beside what was asked for."""
    asked = every.groupby("rate_mbit")["asked_pps"].median() / 1e6
    ax.plot(asked.index, asked, color=style.colour_raw, **looks.ASKED)
    marks = {**looks.REPETITION, "marker": "o", "color": style.colour_rate, "zorder": 3}
    ax.plot(points["rate_mbit"], points[column] / 1e6, **marks)


def _apart(what: str, points: pd.DataFrame, column: str) -> str:
    """What a panel shows, and how far its repetitions are apart."""
    most = apart(points, column)
    return what if pd.isna(most) else f"{what}: repetitions up to {100 * most:.0f} % apart"


def _handles(
    series: list[tuple[int, pd.DataFrame]], mains: list[str], style: Style
) -> list[Artist]:
    pairs = zip(series, mains, strict=True)
    others = Counter(state for (_, of), main in pairs for state in of["state"] if state != main)
    trial = {**looks.REPETITION, "marker": "o", "color": style.colour_rate}
    return [
        Line2D([], [], label="a trial", **trial),
        Line2D([], [], label="packets/s asked for", color=style.colour_raw, **looks.ASKED),
        *other_state_handles(others),
    ]
