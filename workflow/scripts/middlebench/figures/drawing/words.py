"""The footer of a figure: what was measured, with what, how much, and how much of it holds."""

import pandas as pd

from middlebench.experiment.rates import FINE
from middlebench.figures.drawing.lines import valid_points
from middlebench.machine.states import NOT_ASKED, WORDS
from middlebench.records.holding import in_words, verdict_counts
from middlebench.records.table import SERIES_KEYS

UNIT = "1 Mbit = 10^6 bit of frames, FCS included, without preamble and gap."

_JOINED_TO = "\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}"


def footer(
    points: pd.DataFrame,
    others: pd.DataFrame,
    rates: pd.DataFrame,
    series: pd.DataFrame,
    source: str | None,
) -> list[str]:
    """The lines of the footer; `source` names the publication of the reference values, if any.

    `others` are the points of other states than the main one of their series.
    """
    shares = points["disturbed_share"].dropna()
    disturbed = "disturbed time not recorded"
    if len(shares):
        span = f"{100 * shares.min():.0f}{_JOINED_TO}{_percent(shares.max())}"
        disturbed = f"disturbed share of time: median {_percent(shares.median())} ({span})"
    sent, judged = points["raw_sent"].sum(), points["latency_count"].sum()
    repeated = rates["repetitions"]
    how = " (lines: median, markers: each)" if repeated.max() > 1 else ""
    return [
        f"Testbed: {_names(points['testbed'])}.  DUT: {_names(points['dut'])}, "
        f"{_names(points['dut_version'])}.  Load: {_names(points['generator_version'])}.",
        f"Sample: {plural(len(points), 'point')}{_fine(points)}, "
        f"{_repetitions(points, repeated)} a rate{how}; {_count(sent)} packets sent, "
        f"{_count(judged)} latencies in clean time; {disturbed}.",
        *_states(points, others, series),
        f"{_holding(points)}{_intervals(rates)}{_generator(series)}",
        f"{UNIT}{f' Reference: {source}.' if source else ''}",
    ]


def plural(number: int, noun: str) -> str:
    """A number with its noun, such as `1 flow` and `100 flows`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def confidence(levels: pd.Series) -> str:
    """How sure intervals of these levels are, such as `95 %` or `75 to 95 %`."""
    return f"{_range(100 * levels.dropna(), '.3g')}\N{NO-BREAK SPACE}%"


def _fine(points: pd.DataFrame) -> str:
    """How many of the points refine the sweep."""
    fine = (points["stage"] == FINE).sum()
    return f" ({fine} refine the sweep)" if fine else ""


def _states(points: pd.DataFrame, others: pd.DataFrame, series: pd.DataFrame) -> list[str]:
    """What the machine gave: how many points are of the state that is drawn, and of which others.

    Nothing where no probe told states apart.
    """
    states = series["state"].unique()
    if set(states) <= {NOT_ASKED}:
        return []
    drawn = WORDS[states[0]] if len(states) == 1 else "in the state of their column"
    shown = points.drop(index=others.index)
    judged = len(shown.merge(series[[*SERIES_KEYS, "state"]]))
    elsewhere = others["state"].value_counts()
    counts = [f"{elsewhere[name]} {word}" for name, word in WORDS.items() if name in elsewhere]
    hollow = f"; {', '.join(counts)} {'is' if len(others) == 1 else 'are'} hollow" if counts else ""
    rest = len(shown) - judged
    does = "does" if rest == 1 else "do"
    more = f"; {rest} that {does} not hold had another state" if rest else ""
    return [f"Judged {drawn}: {judged} of {len(points)} points{hollow}{more}."]


def _holding(points: pd.DataFrame) -> str:
    """How many points say something about the DUT, and why the others do not."""
    total, held = len(points), len(valid_points(points))
    text = f"{held} of {plural(total, 'point')} {'holds' if total == 1 else 'hold'}"
    others = verdict_counts(points["verdict"], holding=False)
    if others:
        text += f"; {total - held} {'does' if total - held == 1 else 'do'} not: {in_words(others)}"
    return f"{text}."


def _intervals(rates: pd.DataFrame) -> str:
    """What the intervals are, when some rate has one."""
    levels = rates["interval_level"]
    if levels.isna().all():
        return ""
    return f"  Intervals of medians: {confidence(levels)}, by order of the repetitions."


def _generator(series: pd.DataFrame) -> str:
    """What the generator itself can do, when that is known."""
    ceilings, floors = series["ceiling_pps"].dropna() / 1e6, series["floor_ns"].dropna()
    if ceilings.empty:
        return ""
    if floors.empty:  # nobody measures a generator that cables connect to the DUT
        return f"  The link carries at most {_range(ceilings, '.3g')} Mpps."
    return (
        f"  Generator alone: {_range(ceilings, '.3g')} Mpps, median latency "
        f"{_range(floors, '.0f')} ns."
    )


def _range(values: pd.Series, form: str) -> str:
    """One number, or the least and the greatest of several."""
    ends = dict.fromkeys(f"{value:{form}}" for value in (values.min(), values.max()))
    return " to ".join(ends)


def _repetitions(points: pd.DataFrame, drawn: pd.Series) -> str:
    """How often rates were tried, such as `3 to 5 repetitions`.

    `drawn`: how many repetitions of each rate a line stands for; others were tried again.
    """
    counts = points.groupby([*SERIES_KEYS, "rate_mbit"]).size()
    low, high = counts.min(), counts.max()
    times = plural(high, "repetition") if low == high else f"{low} to {high} repetitions"
    return times if drawn.sum() == counts.sum() else f"{times} (retries among them)"


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
