"""What the figure of the throughput says in words: its legend and its footer."""

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from middlebench.figures.drawing import looks
from middlebench.frame_mix import size_words
from middlebench.machine.states import NOT_ASKED, WORDS

SHOWN = 6
"""So many series are told of in words; the table has all."""


def looks_of(throughput: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Function -> its colour and marker."""
    functions = throughput["function"].unique()
    kinds = len(looks.FUNCTIONS)
    return {name: looks.FUNCTIONS[at % kinds] for at, name in enumerate(functions)}


def handles(throughput: pd.DataFrame) -> list[Artist]:
    """The legend: a colour for each function, NDR, PDR, bounds, both lines of the latency."""
    made: list[Artist] = [
        Patch(facecolor=colour, label=name.replace("_", " "), **looks.COST_EDGE)
        for name, (colour, _) in looks_of(throughput).items()
    ]
    if (throughput["goal"] == "PDR").any():
        made.append(Line2D([], [], label="PDR (bars: NDR)", **looks.PARTIAL_DROP))
    for look, label in ((looks.MEDIAN, "median latency"), (looks.P99, "99th percentile")):
        made.append(Line2D([], [], color="black", label=label, **look))
    made.append(Line2D([], [], label="line rate of a link", **looks.LIMIT))
    return made


def footer(throughput: pd.DataFrame) -> list[str]:
    """What was measured, by which goals, and what is not known."""
    where = " / ".join(sorted(set(throughput["testbed"] + ", " + throughput["dut"])))
    ratios = throughput.groupby("goal", sort=True)["loss_ratio"].unique()
    goals = ", ".join(f"{name}: {_percents(of)}" for name, of in ratios.items())
    states = sorted(set(throughput["state"].dropna()) - {NOT_ASKED})
    judged = f"  Judged {' / '.join(WORDS[state] for state in states)}." if states else ""
    series = throughput[throughput["goal"] == "NDR"]
    lines = [
        f"Testbed, DUT: {where}.  MLRsearch, goals {' / '.join(sorted(set(series['goals'])))}; "
        f"loss at most: {goals}.  {len(series)} series, {series['trials'].sum()} trials of which "
        f"{series['trials_that_count'].sum()} count, {series['traffic_s'].sum():.0f} s of traffic."
        f"{judged}",
        "Bars: conditional throughput; whiskers: from the highest load that meets the goal to the "
        "lowest one that does not.  A bar with \N{GREATER-THAN OR EQUAL TO}: nothing that the "
        "generator makes was too much.",
    ]
    unknown = series[series["ended"].notna()]
    said = [
        f"{row.function} {size_words(row.frame_size_bytes)} {row.flows} flows: {row.ended}"
        for row in unknown.itertuples()
    ]
    more = f" and {len(said) - SHOWN} more (throughput.csv)" if len(said) > SHOWN else ""
    return lines + ([f"Not to the end: {'; '.join(said[:SHOWN])}{more}."] if said else [])


def _percents(ratios: list[float]) -> str:
    return " / ".join(f"{100 * ratio:g} %" for ratio in sorted(ratios))
