"""What was measured and what came out, in words (reStructuredText) for the report's captions."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from middlebench.analysis.main_rows import main_rows, of_series
from middlebench.analysis.published import PublishedValue, published_values
from middlebench.frame_mix import size_words
from middlebench.machine.states import ANY, NOT_ASKED, WORDS
from middlebench.records.holding import in_words, verdict_counts
from middlebench.records.table import SERIES_KEYS
from middlebench.records.verdict import VALID_VERDICTS

_SHOWN = {"cpu": "", "cpus": "CPUs: ", "kernel": "kernel "}
"""Facts of a machine that the overview names, and the words before them; hosts.csv has all."""

UNSAID = ("alone", ANY, NOT_ASKED)
"""States that are as one expects."""


def overview(
    testbed: str,
    about: Mapping[str, Any],
    hosts: pd.DataFrame,
    points: pd.DataFrame,
    series: pd.DataFrame,
) -> str:
    """What was measured on a testbed, on what, how much of it holds, and each series' knee.

    `about` is the configuration's `testbeds.<testbed>`; the tables are hosts.csv, points.csv and
    series.csv.
    """
    lines = [f"Testbed {escape(testbed)}", ""]
    lines.insert(1, "-" * len(lines[0]))
    place = "All in the memory of one machine: no network card and no link in these numbers."
    if not about["virtual"]:
        place = f"Network cards and a link of {about['link_mbit']} Mbit/s."
    lines += [place, ""]
    lines += [f"* {line}" for line in [*_machines(hosts), *_measured(points)]]
    lines += ["", "Highest rate that each series carries (its knee):", ""]
    return "\n".join([*lines, *_knees(series), ""])


def figure_words(series: pd.DataFrame, rates: pd.DataFrame, reference: Mapping[str, Any]) -> str:
    """What is to be seen in a figure, an item a series; the tables are series.csv and rates.csv."""
    items = []
    for _, row in main_rows(series).iterrows():
        own = of_series(rates, row)["rate_mbit"]
        cell = (row["function"], row["frame_size_bytes"], row["flows"])
        said = [f"**{row['flows']} {'flow' if row['flows'] == 1 else 'flows'}:** {knee(row)}."]
        if row["knee_at_least"]:
            last = "measured" if row["knee_mbit"] == own.max() else "that tells anything"
            said.append(f"That is the highest rate {last}: the knee may lie above.")
        if row["points_valid"] < row["points"]:
            said.append(f"{row['points_valid']} of {row['points']} points hold.")
        said += _states(series, row)
        said += [_published(value) for value in published_values(reference, *cell)]
        items.append(f"* {' '.join(said)}")
    return "\n".join([*items, ""])


def knee(row: pd.Series) -> str:
    """The knee of a row of series.csv in words; why there is none where there is none."""
    if not row["points_valid"]:
        return "no point holds, so nothing is known about the DUT"
    if pd.isna(row["knee_mbit"]):
        lost = f"{100 * row['max_loss_ratio']:g} %"
        return f"the DUT loses more than {lost} already at the lowest rate that holds"
    rate = f"{_at_least(row['knee_at_least'])}{row['knee_mbit']:.0f} Mbit/s"
    state = "" if row["state"] in UNSAID else f", {WORDS[row['state']]}"
    return f"carries {rate}, {row['knee_pps']:.0f} packets/s{_interval(row)}{state}"


def _states(series: pd.DataFrame, row: pd.Series) -> list[str]:
    """A sentence on the points of a series that were judged in other states of the machine."""
    same = series[(series[SERIES_KEYS] == row[SERIES_KEYS]).all(axis=1)]
    others = [
        f"{one['points']} {WORDS[one['state']]}"
        for _, one in same.iterrows()
        if one["state"] != row["state"]
    ]
    return [f"Judged apart: {'; '.join(others)}."] if others else []


def _at_least(is_bound: bool) -> str:
    return "at least " if is_bound else ""


def escape(text: object) -> str:
    """Text that reStructuredText takes as it stands: no markup, no link, no list."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(str(text).split()))


def _machines(hosts: pd.DataFrame) -> list[str]:
    """Items: processor and kernel of each machine that the records tell apart."""
    lines = []
    for about, facts in hosts.groupby("about", sort=False):
        values = facts.groupby("fact")["value"].agg(" / ".join)
        said = [f"{words}{values[fact]}" for fact, words in _SHOWN.items() if fact in values]
        lines += [f"{escape(about).capitalize()}: {escape(', '.join(said))}"] if said else []
    return lines


def _measured(points: pd.DataFrame) -> list[str]:
    """Items: the DUT, the load, when, and how much holds."""
    held = int(points["verdict"].isin(VALID_VERDICTS).sum())
    good = in_words(verdict_counts(points["verdict"], holding=True))
    lines = [
        f"DUT: {_names(points['dut'])}, {_names(points['dut_version'])}",
        f"Load: {_names(points['generator_version'])}",
    ]
    started = points["start_utc"].dropna()
    if len(started):
        first, last = (escape(f"{at[:10]} {at[11:16]}") for at in (started.min(), started.max()))
        lines.append(f"Measured from {first} to {last} UTC")
    lines.append(f"{held} of {len(points)} points hold{f' ({good})' if good else ''}")
    others = verdict_counts(points["verdict"], holding=False)
    if others:
        lines[-1] += f"; not: {in_words(others)}. The table *Points that do not hold* says why"
    shares = points["disturbed_share"].dropna()
    if len(shares):
        lines.append(
            f"Disturbed share of the time: median {100 * shares.median():.0f} % "
            f"({100 * shares.min():.0f} to {100 * shares.max():.0f} %); it is not judged"
        )
    return lines


def _knees(series: pd.DataFrame) -> list[str]:
    """A table of all series."""
    rows: list[Sequence[str]] = [("Function", "Frame", "Flows", "Knee")]
    rows += [
        (row["function"], size_words(row["frame_size_bytes"]), row["flows"], knee(row))
        for _, row in main_rows(series).iterrows()
    ]
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 14 10 10 60", ""]
    for row in rows:
        cells = [escape(cell) for cell in row]
        lines += [f"   * - {cells[0]}", *(f"     - {cell}" for cell in cells[1:])]
    return lines


def _interval(row: pd.Series) -> str:
    """The knee's interval in brackets; nothing where no rate was repeated."""
    low, high = row["knee_low_mbit"], row["knee_high_mbit"]
    if pd.isna(high):
        return ""
    end = f"{_at_least(row['knee_high_at_least'])}{high:.0f} Mbit/s"
    if not (row["knee_high_at_least"] and low == high):
        end = f"{'below the lowest rate' if pd.isna(low) else f'{low:.0f}'} to {end}"
    return f" ({100 * row['knee_level']:.3g} % interval: {end})"


def _published(value: PublishedValue) -> str:
    said = f"The thesis saw its {value.what} at {value.rate_mbit:g} Mbit/s (figure {value.figure})"
    return f"{said}: its link's line rate, not the DUT." if value.is_line_rate else f"{said}."


def _names(column: pd.Series) -> str:
    """The different texts of a column, `unknown` when there are none."""
    return escape(" / ".join(sorted(column.dropna().astype(str).unique())) or "unknown")
