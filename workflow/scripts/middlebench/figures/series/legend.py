"""The legend of a figure: one entry for each kind of line, marker or area that occurs in it."""

from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.other_states import other_state_handles
from middlebench.figures.drawing.style import Style
from middlebench.figures.drawing.words import confidence, plural
from middlebench.figures.series.regions import region_patch
from middlebench.records.verdict import VALID_VERDICTS

_WHISKER = Path([(-1, -2), (1, -2), (0, -2), (0, 2), (-1, 2), (1, 2)], [1, 2, 1, 2, 1, 2])
"""A bar with caps, as errorbar draws it."""


def legend_handles(
    points: pd.DataFrame,
    others: pd.DataFrame,
    rates: pd.DataFrame,
    series: pd.DataFrame,
    style: Style,
    published: bool = True,
) -> list[Artist]:
    """The labelled handles; the limits of the knee are those of the first series.

    `others` are the points of other states than the main one of their series; `published`: is a
    value of the thesis drawn?
    """
    latency, reference = style.colour_latency, style.colour_reference
    limit, exceed = series.iloc[0][["max_loss_ratio", "max_exceed_ratio"]]
    held = f"at most {100 * exceed:g} % of trials lose more" if exceed else "no trial loses more"
    handles = [
        _line("latency: median", looks.MEDIAN, latency, "o"),
        _line("mean", looks.MEAN, latency, "x"),
        Patch(facecolor=latency, alpha=looks.BAND["alpha"], label="25 to 75 %"),
        _line("99th percentile", looks.P99, latency, "^"),
        _line("loss in clean time", looks.MEASURED, style.colour_loss, "o"),
        _line("raw loss, disturbed time included", looks.RAW, style.colour_raw, ""),
        _line(f"loss of {100 * limit:g} %: limit of the knee", looks.LIMIT, "black", ""),
        _line("packets/s received", looks.MEASURED, style.colour_rate, "s"),
        _line("packets/s asked for", looks.ASKED, style.colour_raw, ""),
    ]
    if series["knee_mbit"].notna().any():
        handles.append(_line(f"knee: {held}", looks.KNEE, "black", ""))
    low, high = series["knee_low_mbit"], series["knee_high_mbit"]
    if (high.notna() & (low != high)).any():
        sure = confidence(series["knee_level"])
        handles.append(Patch(label=f"{sure} interval of the knee", **looks.SPAN))
    if rates["interval_level"].notna().any():
        handles.append(_whisker(f"{confidence(rates['interval_level'])} interval of a median"))
    if published:
        handles.append(_line("published in the thesis", looks.PUBLISHED, reference, ""))
    if series[["ceiling_pps", "floor_ns"]].notna().any(axis=None):
        handles.append(region_patch(label="out of the generator's reach (floor, ceiling)"))
    shown = other_state_handles(others["state"].value_counts().to_dict())
    return [*handles, *shown, *_invalid_handles(points)]


def _invalid_handles(points: pd.DataFrame) -> list[Artist]:
    """A hollow marker for each verdict that occurs and says nothing about the DUT."""
    invalid = points.loc[~points["verdict"].isin(VALID_VERDICTS), "verdict"]
    handles = []
    for verdict, count in invalid.value_counts().sort_index().items():
        marker, meaning = looks.VERDICTS.get(verdict, looks.OTHER_VERDICT)
        label = f"{meaning or verdict} ({plural(count, 'point')})"
        handles.append(Line2D([], [], marker=marker, label=label, **looks.INVALID))
    return handles


def _whisker(label: str) -> Artist:
    look = {"markersize": 8, "markeredgewidth": looks.WHISKER["elinewidth"], "color": "black"}
    return Line2D([], [], linestyle="none", marker=_WHISKER, fillstyle="none", label=label, **look)


def _line(label: str, look: dict[str, Any], colour: str, marker: str) -> Artist:
    return Line2D([], [], marker=marker, markersize=3.0, label=label, **look | {"color": colour})
