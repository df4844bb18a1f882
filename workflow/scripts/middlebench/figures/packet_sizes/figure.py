"""The frame sizes of a capture: cumulative shares of packets and bytes, and a histogram."""

import math
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, strip_pt, write_around
from middlebench.figures.drawing.strips import draw_marks
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.packet_sizes.size_classes import MAX_FRAME, class_marks, size_footer

SHOWN_SHARE = 0.999
"""Share of the packets that the axis reaches at least: a rare jumbo frame does not stretch it."""
MARGIN = 1.03
BINS = 76  # of 20 B up to MAX_FRAME
PACKETS = {"linestyle": "-", "linewidth": 1.6}
BYTES = {"linestyle": (0, (5, 2)), "linewidth": 1.2}


def packet_sizes_figure(
    sizes: pd.DataFrame, capture: dict[str, Any], small_max: int, large_min: int, style: Style
) -> Figure:
    """Two panels over the frame size [B, with FCS]; an empty capture gives panels that say so.

    `sizes` has the columns frame_size_bytes and packets; `capture` the keys capture, packets,
    link_types and cut. Marked are the frames up to `small_max` and from `large_min` to 1518 B.
    """
    sizes = sizes.sort_values("frame_size_bytes").assign(
        bytes=lambda table: table["packets"] * table["frame_size_bytes"]
    )
    limit = _axis_limit(sizes)
    marks = class_marks(sizes, small_max, large_min, limit) if len(sizes) else []
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        size_figure(figure, 1, style)
        heading = f"Frame sizes in {capture['capture']}"
        taken = write_around(figure, heading, size_footer(sizes, capture), _handles(style), style)
        shares, histogram = _panels(figure, taken, len(marks), style)
        shares.set_xlim(0, limit)
        if len(sizes):
            _draw_shares(shares, sizes, style)
            _draw_histogram(histogram, sizes, limit, style)
        else:
            for ax in (shares, histogram):
                ax.text(0.5, 0.5, "no packets", transform=ax.transAxes, ha="center", va="center")
        draw_marks([shares, histogram], marks, strip_pt(style))
        shares.set(ylim=(0, 102), ylabel="share up to this size [%]")
        histogram.set(
            ylabel=f"packets in bins\nof {_bin_width(limit)} B [%]", xlabel="frame size [B]"
        )
        figure.align_ylabels([shares, histogram])
        shares.label_outer()
    return figure


def _axis_limit(sizes: pd.DataFrame) -> int:
    """Where the axis ends [B]: at MAX_FRAME, or where SHOWN_SHARE of the packets are shown."""
    reached = sizes["packets"].cumsum() >= SHOWN_SHARE * sizes["packets"].sum()
    shown = sizes.loc[reached, "frame_size_bytes"].min() if len(sizes) else 0
    return math.ceil(MARGIN * max(MAX_FRAME, shown))


def _bin_width(limit: int) -> int:
    return math.ceil(limit / MARGIN / BINS)


def _draw_shares(ax: Axes, sizes: pd.DataFrame, style: Style) -> None:
    places = [0, *sizes["frame_size_bytes"], max(ax.get_xlim()[1], sizes["frame_size_bytes"].max())]
    for name, look, colour in (
        ("packets", PACKETS, style.colour_latency),
        ("bytes", BYTES, style.colour_loss),
    ):
        shares = 100 * sizes[name].cumsum() / sizes[name].sum()
        ax.step(places, [0, *shares, 100], where="post", color=colour, **look)


def _draw_histogram(ax: Axes, sizes: pd.DataFrame, limit: int, style: Style) -> None:
    """Share of the packets in each bin, logarithmic: rare sizes are to be seen too."""
    width = _bin_width(limit)
    bins = sizes["packets"].groupby(sizes["frame_size_bytes"] // width).sum()
    shares = 100 * bins / bins.sum()
    ax.bar(shares.index * width, shares, width, align="edge", color=style.colour_raw, linewidth=0)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_ylim(min(0.1, 0.5 * shares.min()), 200)


def _panels(figure: Figure, bottom_lines: float, strips: int, style: Style) -> tuple[Axes, Axes]:
    unit, width = line_mm(style), figure.get_figwidth() * MM_PER_INCH
    line = unit / style.height_mm
    strip = strip_pt(style) * MM_PER_INCH / 72 / style.height_mm
    place = {"left": 5 * unit / width, "right": 1 - 1.5 * unit / width, "hspace": 0.12}
    place |= {"bottom": (bottom_lines + 3) * line, "top": 1 - 3.2 * line - strips * strip}
    return tuple(figure.subplots(2, sharex=True, gridspec_kw={"height_ratios": (2, 1), **place}))


def _handles(style: Style) -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=style.colour_latency, label="share of packets", **PACKETS),
        Line2D([], [], color=style.colour_loss, label="share of bytes", **BYTES),
        Patch(color=style.colour_raw, label="packets in each bin"),
        Patch(label="small and large frames", **looks.SPAN),
    ]
