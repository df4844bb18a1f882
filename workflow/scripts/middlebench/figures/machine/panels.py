"""The panels of a testbed's machine: shares of time, stacked, and medians, one mark a point."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.style import Style

NO_POINT, NOT_ASKED = "no point was run", "not asked: no probe ran here"

Kinds = dict[str, tuple[str, str]]
"""Name -> fill and label of a kind of time."""


def state_shares(points: pd.DataFrame) -> pd.DataFrame:
    """Share of the window [%] by state: a column for each of looks.STATES that the table has."""
    columns = {name: points.get(f"share_{name}") for name in looks.STATES}
    return _known(columns, 100)


def stop_shares(points: pd.DataFrame) -> pd.DataFrame:
    """Share of the window [%] in which something stood still, by looks.STOPS.

    Where silences of the DUT have no witness, all of them are one kind.
    """
    totals = {name: points.get(f"{name}_total_us") for name in looks.STOPS}
    witnessed = [name for name in totals if name.startswith("silence_")]
    if _known({name: totals[name] for name in witnessed}, 1).empty:
        totals = {name: totals[name] for name in totals if name not in witnessed}
    else:  # each of the DUT's silences is of one of these kinds
        totals = {name: totals[name] for name in ("generator_gap", *witnessed)}
    return _known(totals, 1e-4).div(points["window_s"], axis=0)


def _known(columns: dict[str, pd.Series | None], factor: float) -> pd.DataFrame:
    """The columns that say something, times a factor; empty where none does."""
    known = {name: of * factor for name, of in columns.items() if of is not None and of.count()}
    return pd.DataFrame(known)


def draw_shares(
    ax: Axes, points: pd.DataFrame, until: pd.Series, shares: pd.DataFrame, kinds: Kinds
) -> None:
    """Shares of time [%], stacked in the order of `kinds`, each from a point's start to `until`."""
    if shares.empty:
        _say(ax, points, NOT_ASKED)
        return
    starts, ends = points["start_utc"].to_numpy(), until.to_numpy()
    # a gap where the next point began later: a row without values
    times = np.column_stack([starts, ends, ends]).ravel()
    below = np.zeros(3 * len(points))
    follows = np.append(starts[1:] == ends[:-1], False)
    below[2::3] = np.where(follows, 0, np.nan)
    for name, (fill, _) in kinds.items():
        if name not in shares:
            continue
        share = shares[name].fillna(0).to_numpy()
        following = np.append(share[1:], 0)
        above = below + np.column_stack([share, share, following]).ravel()
        ax.fill_between(times, below, above, color=fill, linewidth=0)
        below = above


def draw_median(ax: Axes, points: pd.DataFrame, column: str, style: Style) -> None:
    """A column of points [cycles], a mark each, from 0."""
    values = points.get(column)
    if values is None or values.isna().all():
        _say(ax, points, NOT_ASKED)
        return
    ax.plot(points["start_utc"], values, marker="o", color=style.colour_rate, **looks.REPETITION)
    ax.set_ylim(0, 1.15 * max(values.max(), ax.get_ylim()[1] / 1.15))


def _say(ax: Axes, points: pd.DataFrame, words: str) -> None:
    """Words where there is nothing to draw, over the time of the run."""
    ax.plot(points["start_utc"], [0] * len(points), linestyle="none")
    words = words if len(points) else NO_POINT
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center")
    ax.grid(False)
