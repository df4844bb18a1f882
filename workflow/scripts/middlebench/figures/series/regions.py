"""Where no measurement can be: past the generator's own ceiling, below its own latency."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from middlebench.figures.drawing import looks


def draw_regions(panels: list[Axes], series: pd.Series) -> None:
    """Hatch what the generator cannot reach in the panels (latency, loss, packet rate) of a series.

    Call it when the limits are final: it changes none. What is not in the axis, or not known (NaN
    in `ceiling_mbit`, `ceiling_pps`, `floor_ns`), is not drawn.
    """
    latency, _, packet_rate = panels
    low, high = latency.get_xlim()
    ceiling = series["ceiling_mbit"]
    right = high if pd.isna(ceiling) else min(max(ceiling, low), high)
    for ax in panels:
        _hatch(ax, (right, high), ax.get_ylim())
    _hatch(latency, (low, right), _clipped(latency, (0, series["floor_ns"])))
    top = packet_rate.get_ylim()[1]
    _hatch(packet_rate, (low, right), _clipped(packet_rate, (series["ceiling_pps"] / 1e6, top)))


def region_patch(**more: Any) -> Rectangle:
    """A rectangle that looks like such a region."""
    return Rectangle(**{"xy": (0, 0), "width": 0, "height": 0} | more, **looks.REGION)


def _clipped(ax: Axes, between: tuple[float, float]) -> tuple[float, float]:
    """What of an interval is within the y axis; NaN stays NaN, and so has no height."""
    low, high = np.clip(between, *ax.get_ylim())
    return low, high


def _hatch(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Hatch one rectangle, given in data, when it has an area."""
    if x[0] < x[1] and y[0] < y[1]:
        limits = ax.get_xlim(), ax.get_ylim()
        ax.add_patch(region_patch(xy=(x[0], y[0]), width=x[1] - x[0], height=y[1] - y[0]))
        ax.set(xlim=limits[0], ylim=limits[1])
