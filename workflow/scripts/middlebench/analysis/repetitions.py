"""Repetition until tight: whether a point is measured once more, decided from its repetitions."""

from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

from middlebench.analysis.interval import median_interval
from middlebench.analysis.knee import counted_loss
from middlebench.machine.states import NOT_ASKED
from middlebench.records.verdict import VALID_VERDICTS

UNTRIED = ("above_line_rate", "generator_limited")
"""Verdicts that another try would not change, unless some other try came out better."""


class Try(NamedTuple):
    """What a repetition's record says that decides about another one."""

    verdict: str
    latency_ns: float | None
    """Median latency of clean time."""
    loss_ratio: float | None
    state: str = NOT_ASKED
    """That of the machine which was judged."""
    traffic_s: float = 0.0
    """How long load was made for it."""
    carried: Mapping[str, float] = {}
    """State -> share of its rate that the DUT carried at least: the generator was the limit."""
    came: float | None = None
    """Share of what was sent that came back, of all time: where to look next, and no more."""


def reason_for_more(tries: list[Try], settings: dict[str, Any]) -> str | None:
    """Why a point needs another repetition, None when it does not.

    Runs without enough clean time do not count, nor do those whose load was short where it was not
    always; they are made up for by at most `retries` more.  The others go on to `min`, and from
    there to `max` while the interval of median latency or loss is wider than `latency_width_ratio`
    (a share of the median), or than both `loss_width_ratio` (a share) and `loss_width`.  Where
    others hold, one that hung or did something wrong has lost everything.

    Up to eight repetitions that interval is their whole range, however sure it is: where the first
    few differ by more, they go on to `max`, or to nine.  As ranges only grow, the last one holds
    the median as often as that of the first `min` at least.
    """
    valid = [run for run in tries if run.verdict in VALID_VERDICTS]
    untried = any(run.verdict in UNTRIED for run in tries)
    if untried and not valid:
        return None
    done = sum(run.verdict not in ("disturbed", *UNTRIED) for run in tries)
    if done < settings["min"]:
        reason = "offered too little once, not always" if untried else "too little clean time"
        return reason if len(tries) < settings["min"] + settings["retries"] else None
    if done >= settings["max"] or len(tries) >= settings["max"] + settings["retries"]:
        return None
    if _is_wide([run.latency_ns for run in valid], settings["latency_width_ratio"], 0):
        return "interval of the latency too wide"
    widths = (settings["loss_width_ratio"], settings["loss_width"])
    losses = [counted_loss(run.verdict, run.loss_ratio) for run in tries] if valid else []
    if _is_wide(losses, *widths):
        return "interval of the loss too wide"
    return None


def _is_wide(values: list[float | None], ratio: float, least: float) -> bool:
    """Is the interval of the median wider than `least` and than a share of the median?"""
    known = [value for value in values if value is not None]
    interval = median_interval(known)
    if interval is None:
        return bool(known)
    return interval.width > max(least, ratio * median(known))
