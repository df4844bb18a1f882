"""The figure of comparisons in turns: a row a pair, each start as a dot."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from middlebench.analysis.comparing import (
    LEVEL,
    SLOWER,
    WHATS,
    margin_of,
    start_ratios,
)
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, write_around
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.drawing.words import plural

HEADING = "Variants compared in turns"

NAMES = {
    "capacity": "capacity",
    "latency_p50": "1 / median latency",
    "latency_p99": "1 / 99th percentile of latency",
    "loss": "share delivered",
}
"""What is better when it is more."""

COMPONENTS = ("capacity", "latency_p50", "latency_p99", "loss")
ROW_LINES = 4.5
"""Height of a row, in heights of a line of text."""


def compared_figure(results: Sequence[Mapping[str, Any]], style: Style) -> Figure:
    """A panel for each thing that is compared, a row a pair; `results`: files of comparisons."""
    rows = [
        (result, other) for result in results for other in result["variants"][1:]
    ]
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        unit = line_mm(style)
        height = max(0.5 * style.height_mm, (12 + ROW_LINES * len(rows)) * unit)
        figure.set_size_inches(style.width_mm / MM_PER_INCH, height / MM_PER_INCH)
        return figure
