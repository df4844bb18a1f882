"""The legend and the footer of a figure: what the lines mean, what was measured and how much."""

from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from middlebench.aggregate import VALID_VERDICTS
from middlebench.plots import style as looks
from middlebench.plots.style import Style


def legend_handles(points: pd.DataFrame, max_loss_ratio: float, style: Style) -> list[Artist]:
    """One labelled handle for each kind of line or marker in the figure."""
    latency, reference = style.colour_latency, style.colour_reference
    return [
        _line("latency: median", looks.MEDIAN, latency, "o"),
        _line("mean", looks.MEAN, latency, "x"),
        Patch(facecolor=latency, alpha=looks.BAND["alpha"], label="25 to 75 %"),
        _line("99th percentile", looks.P99, latency, "^"),
        _line("loss in clean time", looks.MEASURED, style.colour_loss, "o"),
        _line("raw loss, disturbed time included", looks.RAW, style.colour_raw, "."),
        _line(f"loss of {100 * max_loss_ratio:g} %: limit of the knee", looks.LIMIT, "black", ""),
        _line("packets/s received", looks.MEASURED, style.colour_rate, "s"),
        _line("packets/s asked for", looks.ASKED, style.colour_raw, ""),
        _line("knee: every repetition within it", looks.KNEE, "black", ""),
        _line("published in the thesis", looks.PUBLISHED, reference, ""),
        *_invalid_handles(points),
    ]


def footer(points: pd.DataFrame, source: str) -> list[str]:
    """The lines of the footer; `source` names the publication of the reference values."""
    shares = points["disturbed_share"].dropna()
    disturbed = "disturbed time not recorded"
    if len(shares):
        span = f"{100 * shares.min():.0f} to {_percent(shares.max())}"
        disturbed = f"disturbed share of time: median {_percent(shares.median())} ({span})"
    sent, judged = points["raw_sent"].sum(), points["latency_count"].sum()
    repetitions = points["repetition"].nunique()
    how = " (lines: their median, markers: each)" if repetitions > 1 else ""
    return [
        f"Testbed: {_names(points['testbed'])}.  DUT: {_names(points['dut'])}, "
        f"{_names(points['dut_version'])}.  Load: {_names(points['generator_version'])}.",
        f"Sample: {plural(len(points), 'point')}, {plural(repetitions, 'repetition')} a rate{how}; "
        f"{_count(sent)} packets sent, {_count(judged)} latencies in clean time; {disturbed}.",
        "1 Mbit = 10^6 bit of frames, FCS included, without preamble and gap. "
        f"Reference: {source}.",
    ]


def plural(number: int, noun: str) -> str:
    """A number with its noun, such as `1 flow` and `100 flows`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _invalid_handles(points: pd.DataFrame) -> list[Artist]:
    """A hollow marker for each verdict that occurs and says nothing about the DUT."""
    invalid = points.loc[~points["verdict"].isin(VALID_VERDICTS), "verdict"]
    handles = []
    for verdict, count in invalid.value_counts().sort_index().items():
        marker, meaning = looks.VERDICTS.get(verdict, looks.OTHER_VERDICT)
        label = f"{meaning or verdict} ({plural(count, 'point')})"
        handles.append(Line2D([], [], marker=marker, label=label, **looks.INVALID))
    return handles


def _line(label: str, look: dict[str, Any], colour: str, marker: str) -> Artist:
    return Line2D([], [], marker=marker, markersize=3.0, label=label, **look | {"color": colour})


def _names(column: pd.Series) -> str:
    """The different texts of a column in order, `unknown` when there are none."""
    return " / ".join(sorted(column.dropna().astype(str).unique())) or "unknown"


def _count(number: float) -> str:
    """A count for reading: 950, 12.3 thousand, 4.56 million."""
    for size, word in ((1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        if number >= size:
            return f"{number / size:.3g}{word}"
    return f"{number:.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
