"""Points that were judged in other states of the machine than their series."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.words import plural


def draw_other_states(ax: Axes, others: pd.DataFrame, column: str) -> None:
    """Hollow markers for points that were judged in other states, one shape and colour a state."""
    for state, of_state in others.groupby("state"):
        ax.plot(of_state["rate_mbit"], of_state[column], **_other_state(state))


def other_state_handles(points_by_state: Mapping[str, int]) -> list[Artist]:
    """Handles of those markers, with the number of points that each stands for."""
    return [
        Line2D([], [], label=f"{label} ({plural(points, 'point')})", **_other_state(state))
        for state, (_, label) in looks.STATES.items()
        if (points := points_by_state.get(state))
    ]


def _other_state(state: str) -> dict[str, Any]:
    """How a point of another state looks."""
    fill, _ = looks.STATES[state]
    return {**looks.OTHER_STATE, "marker": looks.STATE_MARKERS[state], "markeredgecolor": fill}
