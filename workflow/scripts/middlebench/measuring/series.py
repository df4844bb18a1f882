"""All trials of one series in one job, where each load depends on the trials before it.

A job for each trial would have Snakemake plan anew, in seconds, for less than a second of traffic.
Which trial follows is not decided here: `follows` says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from middlebench.errors import DutError, GeneratorError
from middlebench.frame_mix import size_words
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import NOT_PREPARED
from middlebench.measuring.trial_of_series import NO_MORE, Record, add_trial
from middlebench.records import record as records
from middlebench.records.identity import Rate
from middlebench.testbeds.places import Where

SCHEMA = 1
"""The form of a series' file: its key `schema`."""

BOUNDED_BY = ("ceiling_pps", "floor_ns", "measured")
"""What of its calibration bounds a series."""


class Asked(NamedTuple):
    """A trial that is to follow."""

    rate_mbit: Rate
    purpose: str
    """What it is for, in words that whoever asked for it knows again."""


class Following(NamedTuple):
    """What follows in a series: nothing at its end, and then why."""

    trials: list[Asked]
    ended: str = ""


Follows = Callable[[list[Record], list[str]], Following]
"""Records of the trials so far and their purposes -> what follows."""


def measure_series(
    identity: dict[str, Any],
    trial_settings: dict[str, Any],
    parts: Parts,
    calibration: dict[str, Any],
    follows: Follows,
    host: Where = None,
    prepared: dict[str, str | None] = NOT_PREPARED,
    made_from: Mapping[str, str] = NO_MORE,
    say: Callable[[str], None] = lambda _: None,
    unusable: str | None = None,
) -> dict[str, Any]:
    """Keys `tries` (records), `purposes` (of each), `ended`, `not_measured` (a line, or None).

    Each trial is that of `measure_point`, on a new DUT; `identity` is a point's without rate and
    repetition, `made_from` without the settings.  `say` is told of each trial.  One that gives no
    record is tried ERRORS times; then the series ends, and says why.  `unusable`: why none is made.
    """
    tries: list[Record] = []
    purposes: list[str] = []
    with_what = (parts, calibration, host, prepared, made_from, say)
    found: dict[str, Any] = {"tries": tries, "purposes": purposes, "not_measured": unusable}
    if unusable:
        return found | {"ended": unusable}
    while (next_ones := follows(tries, purposes)).trials:
        for rate, purpose in next_ones.trials:
            try:
                add_trial(tries, rate, identity, trial_settings, *with_what)
            except (GeneratorError, DutError) as error:
                return found | {"ended": str(error), "not_measured": str(error)}
            purposes.append(purpose)
            say(records.describe(tries[-1]))
    return found | {"ended": next_ones.ended}


def describe(identity: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """A series and how it ended, in one line for people."""
    tcp = " TCP" if identity.get("protocol") == "tcp" else ""
    size, flows = size_words(identity["frame_size"]), identity["flows"]
    cell = f"{identity['function']} {size} {flows} flows{tcp}"
    spent = sum((record["totals"] or {}).get("traffic_s", 0.0) for record in found["tries"])
    tries = f"{len(found['tries'])} trials, {spent:.1f} s of traffic"
    return f"{identity['dut']} {cell}: {found['ended']} ({tries})"
