"""Repetition until tight: which points are measured once more, decided from their records."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from middlebench.interval import median_interval
from middlebench.record import read
from middlebench.verdict import VALID_VERDICTS

UNTRIED = ("above_line_rate", "generator_limited")
"""Verdicts that another try would not change."""


class Try(NamedTuple):
    """What a repetition's record says that decides about another one."""

    verdict: str
    latency_ns: float | None
    """Median latency of clean time."""
    loss_ratio: float | None


def plan(paths: Iterable[str | Path], settings: dict[str, Any]) -> dict[str, Any]:
    """The records to be made next: `more` (their paths), and `why` with a count for each reason.

    `paths` are the records of all repetitions so far, `<rate>mbit_<repetition>.json`; `settings`
    the configuration's `repetitions`.  RecordError when one cannot be read.
    """
    cells: dict[str, dict[int, Path]] = defaultdict(dict)
    for path in map(Path, paths):
        cell, _, repetition = path.stem.rpartition("_")
        cells[str(path.parent / cell)][int(repetition)] = path
    more, why = [], Counter()
    for cell, repetitions in cells.items():
        reason = reason_for_more([_try(path) for path in repetitions.values()], settings)
        if reason:
            more.append(f"{cell}_{max(repetitions) + 1}.json")
            why[reason] += 1
    return {"more": more, "why": dict(why)}


def reason_for_more(tries: list[Try], settings: dict[str, Any]) -> str | None:
    """Why a point needs another repetition, None when it does not.

    Runs without enough clean time do not count, and are made up for by at most `retries` more.  The
    others go on to `min`, and from there to `max` while the interval of median latency or loss is
    wider than `latency_width_ratio` (a share of the median), or than both `loss_width_ratio` (a
    share) and `loss_width`.
    """
    done = sum(run.verdict != "disturbed" for run in tries)
    if any(run.verdict in UNTRIED for run in tries):
        return None
    if done < settings["min"]:
        again = len(tries) < settings["min"] + settings["retries"]
        return "too little clean time" if again else None
    if done >= settings["max"] or len(tries) >= settings["max"] + settings["retries"]:
        return None
    valid = [run for run in tries if run.verdict in VALID_VERDICTS]
    if _is_wide([run.latency_ns for run in valid], settings["latency_width_ratio"], 0):
        return "interval of the latency too wide"
    widths = (settings["loss_width_ratio"], settings["loss_width"])
    if _is_wide([run.loss_ratio for run in valid], *widths):
        return "interval of the loss too wide"
    return None


def describe(planned: dict[str, Any]) -> str:
    """A plan in one line for people."""
    if not planned["more"]:
        return "no point needs another repetition"
    reasons = ", ".join(f"{count}: {reason}" for reason, count in planned["why"].items())
    return f"{len(planned['more'])} points are repeated ({reasons})"


def _is_wide(values: list[float | None], ratio: float, least: float) -> bool:
    """Is the interval of the median wider than `least` and than a share of the median?"""
    known = [value for value in values if value is not None]
    interval = median_interval(known)
    if interval is None:
        return bool(known)
    return interval.width > max(least, ratio * median(known))


def _try(path: Path) -> Try:
    record = read(path)
    gated = record["gated"] or {}
    latency = gated.get("latency") or {}
    return Try(record["verdict"]["name"], latency.get("p50_ns"), gated.get("loss_ratio"))
