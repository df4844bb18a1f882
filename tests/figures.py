"""Figures of synthetic records, and what is to be seen in one."""

import itertools
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from middlebench.analysis.published import read_reference
from middlebench.analysis.tables import write_tables
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.style import Style
from middlebench.figures.series.latency import latency_figure
from tables import table_of

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "workflow/reference/thesis.yaml"


def tables(folder, records):
    """points.csv, rates.csv and series.csv of the records, as a figure reads them."""
    made = {name: folder / f"{name}.csv" for name in ("points", "rates", "series")}
    write_tables(table_of(folder, records), 0.005, 0.25, **made)
    return tuple(pd.read_csv(path) for path in made.values())


def draw(folder, records, style=None, title=""):
    """The figure of the records."""
    reference = read_reference(REFERENCE)
    return latency_figure(*tables(folder, records), reference, style or Style(), title)


def texts(figure):
    """All texts of a figure in one string."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def hollow(ax):
    """The coordinates of the hollow markers of an axes."""
    lines = [line for line in ax.lines if line.get_markerfacecolor() == "white"]
    return [xy for line in lines for xy in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def regions(ax):
    """The hatched rectangles of an axes: (left, bottom, right, top)."""
    hatched = [patch for patch in ax.patches if patch.get_hatch()]
    return [(*patch.get_xy(), *(patch.get_bbox().p1)) for patch in hatched]


def spans(ax):
    """The shaded spans of an axes: (left, right)."""
    return [
        (patch.get_x(), patch.get_x() + patch.get_width())
        for patch in ax.patches
        if isinstance(patch, Rectangle) and not patch.get_hatch()
    ]


def whiskers(ax):
    """The whiskers of an axes: rate -> (low, high)."""
    found = {}
    for lines in ax.collections:
        if isinstance(lines, LineCollection) and lines.get_zorder() == looks.WHISKER["zorder"]:
            found |= {x: (low, high) for (x, low), (_, high) in lines.get_segments()}
    return found


def overlapping(figure):
    """Pairs of texts of a figure that cover each other, and texts that leave the figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = figure.findobj(Text)
    shown = [text for text in texts if text.get_visible() and text.get_text().strip()]
    hidden = {
        label
        for ax in (*figure.axes, *(child for of in figure.axes for child in of.child_axes))
        for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim()))
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
        if not label.get_visible() or not low <= tick.get_loc() <= high
    }
    boxes = [(t.get_text(), Text.get_window_extent(t, renderer)) for t in shown if t not in hidden]
    bad = [(a, b) for (a, x), (b, y) in itertools.combinations(boxes, 2) if x.overlaps(y)]
    width, height = figure.get_size_inches() * figure.dpi
    outside = [a for a, x in boxes if x.x0 < 0 or x.y0 < 0 or x.x1 > width or x.y1 > height]
    return bad, outside
