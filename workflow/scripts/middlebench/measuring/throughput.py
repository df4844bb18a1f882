"""Throughput of one series: all trials of its search, then its latency below what it carries.

One job for a series, as each load depends on all trials before it: a job for each trial would have
Snakemake plan anew, in seconds, for less than a second of traffic.  Its file has the record of
every trial, also of those that do not count, and nothing that follows from them: what they say is
found by going through them once more (`told`), where they are looked at.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from middlebench.errors import RecordError
from middlebench.frame_mix import frame_size_of, size_words
from middlebench.machine.states import NOT_ASKED, WORDS
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import NOT_PREPARED
from middlebench.measuring.search import (
    MS_PER_S,
    Ask,
    EndedError,
    Found,
    Outcome,
    Record,
    Trials,
    load_of,
    search,
)
from middlebench.measuring.trial_of_series import NO_MORE, add_trial
from middlebench.records import record as records
from middlebench.records.identity import Rate
from middlebench.testbeds.places import Where
from middlebench.units import rate_mbit

SCHEMA = 1
"""The form of a series' file: its key `schema`."""

BOUNDED_BY = ("ceiling_pps", "measured")
"""What of its calibration bounds a search."""

LATENCY_SHARE = 0.1
"""Of the budget, what the latency may take."""

NDR = "ndr"
"""The goal whose throughput the loads of the latency are shares of."""


class Told(NamedTuple):
    """What the trials of a series say."""

    outcome: Outcome
    latency: dict[str, Record]
    """By its share of the NDR, as the settings have it: the trial that counts, where one did."""
    latency_ended: str
    """Why the others are missing; empty."""
    counting: int
    """How many trials count."""


def series_through(
    ask: Ask, settings: Mapping[str, Any], cell: Mapping[str, Any], calibration: Mapping[str, Any]
) -> Told:
    """What a series comes to whose trials `ask` makes.

    `settings`: `experiment.throughput.throughput_settings`; `cell`: frame_size [B]; `calibration`:
    ceiling_pps, and whether it was `measured`.
    """
    goals, durations = settings["goals"], settings["trial"]["durations"]

    def longest_s(window_ms: int) -> float:
        of_trial = trial_settings(settings, window_ms)
        windows = of_trial["durations"]["max_windows"] if of_trial["gating"] else 1
        return windows * window_ms / MS_PER_S

    trials = Trials(ask, goals["retries"], goals["budget_s"] * (1 - LATENCY_SHARE), longest_s)
    size = frame_size_of(cell["frame_size"], settings["trial"])
    lowest = rate_mbit(settings["lowest_pps"], size)
    ceiling = rate_mbit(calibration["ceiling_pps"], size)
    outcome = search(goals, lowest, ceiling, calibration.get("measured", True), trials)
    trials.budget_s = goals["budget_s"]
    ndr, latency, ended = outcome.found.get(NDR), {}, ""
    for share in settings["latency"] if ndr and ndr.lower else ():
        load = max(share * ndr.lower, lowest)
        try:
            latency[str(share)] = trials.counting(load_of(load), durations["window_ms"])
        except EndedError as error:
            ended = str(error)
            break
    return Told(outcome, latency, ended, trials.counted)


def measure_series(
    identity: dict[str, Any],
    settings: dict[str, Any],
    parts: Parts,
    calibration: dict[str, Any],
    host: Where = None,
    prepared: dict[str, str | None] = NOT_PREPARED,
    made_from: Mapping[str, str] = NO_MORE,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """The content of a series' file; each trial is that of `measure_point`, on a new DUT.

    `identity` is a point's without rate and repetition, the others are as `measure_point` takes
    them; `made_from` without the settings.  `say` is told of each trial.  One that gives no record
    is tried ERRORS times: as many searches as trials would end by a machine too busy to start one.
    """
    tries: list[Record] = []

    def ask(rate: Rate, window_ms: int) -> Record:
        of_trial = trial_settings(settings, window_ms)
        with_what = (parts, calibration, host, prepared, made_from, say)
        add_trial(tries, rate, identity, of_trial, *with_what)
        say(records.describe(tries[-1]))
        return tries[-1]

    series_through(ask, settings, identity, calibration)
    return {
        "schema": SCHEMA,
        "made_from": {"settings": records.settings_digest(settings), **made_from},
        "identity": identity,
        "settings": settings,
        "calibration": {key: calibration[key] for key in BOUNDED_BY if key in calibration},
        "tries": tries,
    }


def told(content: Mapping[str, Any]) -> Told:
    """What the file of a series says.  RecordError where its search would not make these trials."""
    left = list(reversed(content["tries"]))

    def ask(rate: Rate, window_ms: int) -> Record:
        if not left:
            raise RecordError("its trials end before the search does")
        record = left.pop()
        made = (record["identity"]["rate_mbit"], record["settings"]["durations"]["window_ms"])
        if made != (rate, window_ms):
            raise RecordError(
                f"a trial at {made[0]} Mbit/s of {made[1]} ms; allowed: what the search asks for, "
                f"{rate} Mbit/s of {window_ms} ms"
            )
        return record

    found = series_through(ask, content["settings"], content["identity"], content["calibration"])
    if left:
        raise RecordError(f"{len(left)} trials more than the search asks for")
    return found


def trial_settings(settings: Mapping[str, Any], window_ms: int) -> dict[str, Any]:
    """The settings of a trial with such a window [ms]: that of the latency, or one of a search."""
    durations = settings["trial"]["durations"]
    if window_ms != durations["window_ms"]:
        of_search = {"window_ms": window_ms, "max_windows": settings["goals"]["max_windows"]}
        durations = durations | of_search
    return settings["trial"] | {"durations": durations}


def describe(content: Mapping[str, Any]) -> str:
    """A series and what came of it, in one line for people."""
    cell, found = content["identity"], told(content)
    outcome = found.outcome
    spent = sum(record["totals"]["traffic_s"] for record in content["tries"])
    tcp = " TCP" if cell.get("protocol") == "tcp" else ""
    said = [_goal_words(name, of, outcome.highest) for name, of in outcome.found.items()]
    if outcome.state not in (None, NOT_ASKED):
        said.append(f"judged {WORDS[outcome.state]}")
    said += filter(None, (outcome.ended, found.latency_ended))
    size = size_words(cell["frame_size"])
    return (
        f"{cell['function']} {size} {cell['flows']} flows{tcp}: {'; '.join(said)} "
        f"({len(content['tries'])} trials, {spent:.1f} s of traffic)"
    )


def _goal_words(name: str, found: Found, highest: float) -> str:
    if found.lower is None:
        below = f", below {found.upper:.6g} Mbit/s" if found.upper else ""
        return f"{name.upper()} not known{below}"
    at_least = " at least" if found.upper is None else ""
    return f"{name.upper()}{at_least} {found.throughput:.6g} Mbit/s"
