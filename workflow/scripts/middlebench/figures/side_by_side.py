"""Series of several figures in one: what one DUT carries beside another, function by function."""

from collections.abc import Mapping

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from middlebench.analysis.main_rows import main_points, main_rows
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, size_figure, write_around
from middlebench.figures.drawing.lines import draw_line, draw_repetitions, medians
from middlebench.figures.drawing.other_states import draw_other_states, other_state_handles
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.drawing.words import footer, plural
from middlebench.frame_mix import FrameSize, size_words
from middlebench.records.verdict import VALID_VERDICTS

COLUMN = ["function", "frame_size_bytes", "flows"]
"""What the lines of one column share."""

TICKS = (1, 2, 5)
"""Of each decade."""

HEADING = "Side by side"


def side_by_side_figure(
    points: pd.DataFrame, rates: pd.DataFrame, series: pd.DataFrame, style: Style
) -> Figure:
    """Packets/s and latency over the offered rate: a column a function, a line a DUT.

    Rows of points.csv, rates.csv and series.csv of some figures.  A line is of the main state of
    its series; both rates are logarithmic, as DUTs differ by a factor of ten and more.
    """
    series, shown = main_rows(series), main_points(points)
    cells = list(shown.groupby(COLUMN))
    colours = colours_of(series)
    others = points.drop(index=shown.index)
    lines = [carried(series), *footer(points, others, rates, series, None)]
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        size_figure(figure, len(cells), style)
        shown_as = [*_handles(colours, style), *other_state_handles(others["state"].value_counts())]
        taken = write_around(figure, HEADING, lines, shown_as, style)
        panels = figure.subplots(2, len(cells), sharex=True, sharey="row", squeeze=False)
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.08, bottom, 0.97, 0.89, wspace=0.06, hspace=0.12)
        for (name, of_cell), (above, below) in zip(cells, panels.T, strict=True):
            above.set_title(_title(name), loc="left")
            asked = of_cell.groupby("rate_mbit")["asked_pps"].median() / 1e6
            draw_line(above, asked, looks.ASKED, style.colour_raw)
            for dut, of_dut in of_cell.groupby("dut"):
                _draw_dut(above, below, of_dut, *colours[dut])
            elsewhere = others[(others[COLUMN] == list(name)).all(axis=1)]
            draw_other_states(above, in_units(elsewhere), "received_pps")
            draw_other_states(below, in_units(elsewhere), "latency_p50_ns")
            below.set_xlabel("offered rate [Mbit/s]")
        _settle(*panels[:, 0])
    return figure


def colours_of(series: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """DUT -> its colour and marker; the grey ones are what was asked for."""
    kinds = looks.FUNCTIONS[1:]
    return {dut: kinds[at % len(kinds)] for at, dut in enumerate(sorted(series["dut"].unique()))}


def carried(series: pd.DataFrame) -> str:
    """What each series carries, in words: its knee, in packets/s."""
    said = []
    for name, of_cell in series.sort_values("dut").groupby(COLUMN):
        each = [f"{row['dut']} {_knee(row)}" for row in of_cell.to_dict("records")]
        said.append(f"{_title(name)}: {', '.join(each)}")
    return f"Knee [packets/s].  {'.  '.join(said)}."


def _knee(row: Mapping) -> str:
    if pd.isna(row["knee_pps"]):
        return "none found"
    least = "\N{GREATER-THAN OR EQUAL TO} " if row["knee_at_least"] else ""
    return f"{least}{row['knee_pps'] / 1e3:.0f} thousand"


def _title(name: tuple[str, FrameSize, int]) -> str:
    function, size, flows = name
    return f"{function.replace('_', ' ')}, {size_words(size)}, {plural(flows, 'flow')}"


def _draw_dut(above: Axes, below: Axes, points: pd.DataFrame, colour: str, marker: str) -> None:
    """One series in both panels."""
    points = in_units(points)
    middle = medians(points)
    draw_line(above, middle["received_pps"], looks.MEASURED, colour)
    draw_repetitions(above, points, "received_pps", looks.MEASURED, marker, colour)
    draw_line(below, middle["latency_p50_ns"], looks.MEDIAN, colour)
    draw_repetitions(below, points, "latency_p50_ns", looks.MEDIAN, marker, colour)
    draw_line(below, middle["latency_p99_ns"], looks.P99, colour)
    failing = points[~points["verdict"].isin(VALID_VERDICTS)]
    for ax, column in ((above, "received_pps"), (below, "latency_p50_ns")):
        look = {**looks.INVALID, "markeredgecolor": colour, "marker": marker}
        ax.plot(failing["rate_mbit"], failing[column], **look)


def in_units(points: pd.DataFrame) -> pd.DataFrame:
    """Rates in millions of packets/s, latencies in microseconds; what is 0 has no logarithm."""
    scales = {"received_pps": 1e6, "latency_p50_ns": 1e3, "latency_p99_ns": 1e3}
    scaled = {name: points[name] / scale for name, scale in scales.items()}
    return points.assign(**{name: of.where(of > 0) for name, of in scaled.items()})


def _settle(above: Axes, below: Axes) -> None:
    """Scales that all columns share."""
    above.set(xscale="log", yscale="log")
    below.set(yscale="log")
    for axis in (below.xaxis, above.yaxis, below.yaxis):
        axis.set_major_locator(LogLocator(subs=TICKS))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    above.set_ylabel("received [Mpps]")
    below.set_ylabel("latency from when\na packet was due [us]")


def _handles(colours: dict[str, tuple[str, str]], style: Style) -> list[Artist]:
    named = [
        Line2D([], [], label=dut, color=colour, marker=marker, markersize=4)
        for dut, (colour, marker) in colours.items()
    ]
    asked = Line2D([], [], label="asked for", color=style.colour_raw, **looks.ASKED)
    lines = (("median latency", looks.MEDIAN), ("99th percentile", looks.P99))
    return [
        *named,
        asked,
        *(Line2D([], [], label=label, color="black", **look) for label, look in lines),
        Line2D([], [], label="hollow: does not hold (points.csv)", marker="s", **looks.INVALID),
    ]
