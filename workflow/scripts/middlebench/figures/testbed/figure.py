"""The wiring of a testbed (the thesis's figure 3.1): machines, ports, cables, who controls what."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from middlebench.figures.drawing.canvas import LEADING, MONO, Canvas, wrapped
from middlebench.figures.drawing.layout import POINTS_PER_INCH
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.testbed.plan import MARGIN, PAD, Box, Plan, plan

CONTROLLED = {"linestyle": (0, (4, 2))}
WORDS = (
    "Solid arrows: packets of the load; functional checks send some against them. Dashed: control, "
    "no load."
)


def testbed_figure(wiring: Mapping[str, Any], style: Style) -> Figure:
    """The drawing of what `middlebench.experiment.wiring.wiring` says.

    As wide as the style says, as high as its texts need.
    """
    size, width = style.font_pt, style.width_mm / MM_PER_INCH * POINTS_PER_INCH
    room = width - 2 * MARGIN
    heading = wrapped(f"Testbed {wiring['testbed']}", room, 1.1 * size, weight="bold")
    top = MARGIN + len(heading) * LEADING * 1.1 * size + PAD
    places = plan(wiring, width, top, size)
    words = wrapped(WORDS, room, 0.875 * size)
    with mpl.rc_context(rc_params(style)):
        canvas = Canvas(width, places.bottom + PAD + len(words) * LEADING * size + MARGIN)
        canvas.write((MARGIN, MARGIN), heading, 1.1 * size, weight="bold")
        canvas.write((MARGIN, places.bottom + PAD), words, 0.875 * size)
        _draw_boxes(canvas, places, size, style)
        _draw_links(canvas, places, size)
        _draw_cables(canvas, places, size, style)
    return canvas.figure


def _draw_boxes(canvas: Canvas, places: Plan, size: float, style: Style) -> None:
    machine = {"facecolor": "#eeeeee", "edgecolor": "#777777"}
    for box in (places.control, *places.frames):
        _draw_box(canvas, box, size, **machine, zorder=1)
    for end, ports in zip(places.ends, places.ports, strict=True):
        _draw_box(canvas, end, size, zorder=3)
        for port in ports:
            _draw_box(canvas, port, size, edgecolor=style.colour_latency, zorder=3.1)


def _draw_box(canvas: Canvas, box: Box, size: float, **look: Any) -> None:
    """A box with its words on top, those of a port in the middle."""
    canvas.box((box.left, box.top), box.width, box.height, **look)
    x, y = box.left + PAD, box.top + PAD / 2
    if box.family == MONO:
        y = box.top + (box.height - len(box.lines) * LEADING * size) / 2
    canvas.write((x, y), box.bold, size, weight="bold")
    y += len(box.bold) * LEADING * size
    canvas.write((x, y), box.lines, size, family=box.family)


def _draw_links(canvas: Canvas, places: Plan, size: float) -> None:
    """From the machine that controls down to each frame."""
    start = places.control.top + places.control.height
    for frame, words in zip(places.frames, places.links, strict=True):
        x, middle = frame.left + frame.width / 2, (start + frame.top) / 2
        both = {"arrowstyle": "<|-|>", **CONTROLLED}
        canvas.arrow((x, start), (x, frame.top), **both)
        canvas.write((x + PAD, middle - LEADING * size / 2), [words], size)


def _draw_cables(canvas: Canvas, places: Plan, size: float, style: Style) -> None:
    """The first cable leads to the DUT, the second one back."""
    for number, words in enumerate(places.cables):
        left, right = (side[number] for side in places.ports)
        y = left.top + left.height / 2
        ends = [(left.left + left.width, y), (right.left, y)]
        look = {"linewidth": 2.0, "zorder": 4, "color": style.colour_latency}
        canvas.arrow(*(ends if number == 0 else reversed(ends)), **look)
        x = (ends[0][0] + ends[1][0]) / 2
        top = y - (len(words) + 0.2) * LEADING * size
        canvas.write((x, top), words, size, ha="center")
