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
from middlebench.figures.drawing.lines import draw_invalid, draw_line, draw_repetitions, medians
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.drawing.words import footer, plural

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
        taken = write_around(figure, HEADING, lines, _handles(colours, style), style)
        panels = figure.subplots(2, len(cells), sharex=True, sharey="row", squeeze=False)
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.08, bottom, 0.97, 0.89, wspace=0.06, hspace=0.12)
        for (name, of_cell), (above, below) in zip(cells, panels.T, strict=True):
            above.set_title(_title(name), loc="left")
            asked = of_cell.groupby("rate_mbit")["asked_pps"].median() / 1e6
            draw_line(above, asked, looks.ASKED, style.colour_raw)
            for dut, of_dut in of_cell.groupby("dut"):
                _draw_dut(above, below, of_dut, *colours[dut])
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


def _title(name: tuple[str, int, int]) -> str:
    function, size, flows = name
    return f"{function.replace('_', ' ')}, {size} B, {plural(flows, 'flow')}"


def _draw_dut(above: Axes, below: Axes, points: pd.DataFrame, colour: str, marker: str) -> None:
    """One series in both panels."""
    columns = ["received_pps", "raw_received_pps"]
    mega = points.assign(**{column: points[column] / 1e6 for column in columns})
    micro = points.assign(
        **{name: points[name] / 1e3 for name in points if name.endswith(("p50_ns", "p99_ns"))}
    )
    draw_line(above, medians(mega)["received_pps"], looks.MEASURED, colour)
    draw_repetitions(above, mega, "received_pps", looks.MEASURED, marker, colour)
    draw_invalid(above, mega[mega["raw_received_pps"] > 0], "received_pps")
    middle = medians(micro)
    draw_line(below, middle["latency_p50_ns"], looks.MEDIAN, colour)
    draw_repetitions(below, micro, "latency_p50_ns", looks.MEDIAN, marker, colour)
    draw_line(below, middle["latency_p99_ns"], looks.P99, colour)


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
        Line2D([], [], label="does not hold: see points.csv", marker="o", **looks.INVALID),
    ]
