"""What the figures of the league say in words: names, legend and footer."""

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.lines import Line2D

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.words import confidence
from middlebench.frame_mix import size_words
from middlebench.machine.states import NOT_ASKED, WORDS

SHOWN = 6
"""So many notes are told; the table has all."""

AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"


def looks_of(league: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """DUT -> its colour and marker, by name, so that it has the same in every figure of a table."""
    names = sorted(league["dut"].unique())
    colours = len(looks.FUNCTIONS)
    markers = [marker for _, marker in looks.FUNCTIONS]
    return {
        name: (looks.FUNCTIONS[at % colours][0], markers[(at + at // colours) % colours])
        for at, name in enumerate(names)
    }


def rate_words(row: pd.Series) -> str:
    """The capacity of a row for reading, such as `1.58 Mpps` or at least so much."""
    at_least = bool(row["at_least"])
    pps = row["capacity_low_pps"] if at_least else row["capacity_pps"]
    if pd.isna(pps):
        return "not known"
    number = f"{pps / 1e6:.3g} Mpps" if pps >= 1e6 else f"{pps / 1e3:.3g} kpps"
    return f"{AT_LEAST}{number}" if at_least else number


def rank_words(row: pd.Series) -> str:
    """The rank of a row, such as `2`, `2-3`, or a dash."""
    if pd.isna(row["rank"]):
        return "\N{EN DASH}"
    first, last = int(row["rank"]), int(row["rank_last"])
    return str(first) if first == last else f"{first}\N{EN DASH}{last}"


def handles() -> list[Artist]:
    """The legend: what a marker is."""
    dot = {"linestyle": "none", "marker": "o", "color": "black", "markersize": 5}
    open_dot = dot | {"markerfacecolor": "white"}
    return [
        Line2D([], [], label="capacity, with its interval", **dot),
        Line2D([], [], label="fails its functional check: ranked apart", **open_dot),
        Line2D([], [], color="black", linewidth=2.4, label="cannot be told apart"),
    ]


def footer(league: pd.DataFrame) -> list[str]:
    """What was measured, how sure it is, and what is not known."""
    versions = sorted(set(league["dut_version"].dropna()))
    state = [of for of in _ranked(league)["state"].dropna().unique() if of != NOT_ASKED]
    judged = f"  Ranks: {' / '.join(WORDS[of] for of in state)}." if state else ""
    levels = league["capacity_level"].dropna()
    sure = f"{confidence(levels)} intervals" if len(levels) else "intervals"
    trials = f"{league['points'].sum():.0f} trials of which {league['points_valid'].sum():.0f} hold"
    lines = [
        f"Testbed: {' / '.join(sorted(set(league['testbed'])))}.  DUTs: {'; '.join(versions)}.",
        f"Each DUT alone, on one core; {trials}; {sure} of the median over new DUTs.{judged}  "
        "Rank 2\N{EN DASH}3: surely no better than second and no worse than third.",
    ]
    failing = league[league["failed_checks"].notna()].drop_duplicates(["dut", "function"])
    wrong = [f"{of.dut}, {of.function}: {of.failed_checks}" for of in failing.itertuples()]
    noted = league[league["note"].notna()]
    said = [
        f"{of.dut} {of.function} {size_words(of.frame_size_bytes)} {of.flows} flows: {of.note}"
        for of in noted.itertuples()
    ]
    lines += [f"Functional check fails: {'; '.join(wrong)}."] if wrong else []
    more = f" and {len(said) - SHOWN} more (league.csv)" if len(said) > SHOWN else ""
    return lines + ([f"{'; '.join(said[:SHOWN])}{more}."] if said else [])


def _ranked(league: pd.DataFrame) -> pd.DataFrame:
    return league[league["rank"].notna()]
