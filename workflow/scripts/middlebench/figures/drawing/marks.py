"""What is marked in a panel: the knee, what the thesis published, the generator's ceiling."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from middlebench.analysis.published import PublishedValue
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.style import Style


@dataclass(frozen=True)
class Mark:
    """One label above a panel, with a vertical line when it has a rate on the axis."""

    text: str
    rate_mbit: float | None
    """None: words only."""
    look: dict[str, Any]
    right: bool = False
    """Words only: whether they stand at the right edge."""
    span: tuple[float, float] | None = None
    """Rates [Mbit/s] between which the panels are shaded."""


def knee_mark(series: pd.Series, rates: pd.DataFrame, left: float) -> Mark:
    """The knee of a series with its interval, or why it has none.

    `rates` are the rows of rates.csv of the series; `left` [Mbit/s] is where the axis begins, and
    the span of an interval that has no lower end.
    """
    look, low, high = looks.KNEE, series["knee_low_mbit"], series["knee_high_mbit"]
    counting = rates.loc[rates["valid"] > 0, "rate_mbit"]
    if counting.empty:
        return Mark("no knee: no valid point", None, look)
    span = None if pd.isna(high) else (left if pd.isna(low) else low, high)
    interval = _interval_words(low, high, int(counting.min()), series["knee_high_at_least"])
    if pd.isna(series["knee_mbit"]):
        limit = f"{100 * series['max_loss_ratio']:g} %"
        return Mark(f"no knee{interval}: no rate holds (loss above {limit})", None, look, span=span)
    rate = int(series["knee_mbit"])
    value = f"{rate}{interval} Mbit/s = {series['knee_pps'] / 1e6:.3g} Mpps"
    if not series["knee_at_least"]:
        return Mark(f"knee {value}", rate, look, span=span)
    why = "holds at every rate" if rate == rates["rate_mbit"].max() else "no valid point above"
    return Mark(f"knee ≥ {value}: {why}", rate, look, span=span)


def published_marks(
    values: list[PublishedValue], low: float, high: float, style: Style
) -> list[Mark]:
    """The thesis's values as marks; words only for one beyond the axis `low`..`high` [Mbit/s]."""
    look = looks.PUBLISHED | {"color": style.colour_reference}
    marks = []
    for value in values:
        text = f"thesis {value.figure}: {value.what} {value.rate_mbit:g}"
        if value.is_line_rate:
            text += " (its line rate)"
        marks.append(_on_axis(text, value.rate_mbit, low, high, look))
    return marks


def ceiling_marks(series: pd.Series, low: float, high: float) -> list[Mark]:
    """The generator's ceiling as a mark on the axis `low`..`high` [Mbit/s]; none when unknown.

    Nor when it is above the axis, where it bounds nothing: the footer has it.
    """
    ceiling = series["ceiling_mbit"]
    if pd.isna(ceiling) or ceiling > high:
        return []
    # nobody measures a generator that cables connect to the DUT: what bounds it is the link
    what = "line rate" if pd.isna(series["floor_ns"]) else "generator's ceiling"
    text = f"{what} {ceiling:.0f}"
    return [_on_axis(text, ceiling, low, high, looks.CEILING)]


def _on_axis(text: str, rate: float, low: float, high: float, look: dict[str, Any]) -> Mark:
    """A mark at a rate, or in words only when the axis does not reach it."""
    if rate > high:
        return Mark(f"{text}, off this axis →", None, look, right=True)
    if rate < low:
        return Mark(f"← {text}, off this axis", None, look)
    return Mark(text, rate, look)


def _interval_words(low: float, high: float, lowest: int, at_least: bool) -> str:
    """The interval of a knee, such as ` (450 to 550)`; empty when there is none.

    A knee below `lowest`, the first rate measured, cannot be told, nor one above an end that is
    the last one (`at_least`).
    """
    if pd.isna(high):
        return ""
    first = f"below {lowest}" if pd.isna(low) else f"{low:.0f}"
    last = f"≥ {high:.0f}" if at_least else f"{high:.0f}"
    return f" ({last})" if at_least and low == high else f" ({first} to {last})"
