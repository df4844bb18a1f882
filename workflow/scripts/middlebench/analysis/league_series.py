"""What follows in a series of the league: trials until its capacity is known, then its latency.

The capacity is looked for as by every series that finds its own range (`analysis.sequential`), from
a rate that most DUTs are overloaded by; all trials are in one job (`measuring.series`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from middlebench.analysis.capacity import capacity
from middlebench.analysis.main_state import main_state
from middlebench.analysis.repetitions import Try
from middlebench.analysis.sequential import next_trials, trials_of
from middlebench.analysis.sweep import in_state, try_of
from middlebench.experiment.learning import learns_too_long
from middlebench.frame_mix import FrameSize
from middlebench.measuring.series import Asked, Following, Record
from middlebench.measuring.state_limits import STATE_LIMIT, too_many
from middlebench.records.identity import Rate, whole_if_possible
from middlebench.records.verdict import VALID_VERDICTS
from middlebench.units import rate_mbit

CAPACITY = "capacity"
"""The purpose of a trial; those of the latency are the share of the capacity, as text."""

BEGIN_AT = 0.69
"""Share of the generator's ceiling to begin with: below it the generator's own neighbour does not
matter, and most DUTs are overloaded."""

ENOUGH, SHARE = 8, 1 / 3
"""So many trials that tell of the DUT decide whether the state that is wanted comes often enough:
in this share of them."""

LOWEST_MBIT = 0.1
_DECIMALS = 3


def search_settings(
    settings: Mapping[str, Any], ceiling_pps: float, frame_size: FrameSize
) -> dict[str, Any]:
    """What `next_trials` takes, from what `experiment.league.league_settings` gives."""
    highest = max(2, int(rate_mbit(ceiling_pps, frame_size)))
    start = max(1, round(BEGIN_AT * highest))
    find = settings["find"] | {"start": start, "from": 1, "to": highest}
    return {
        "rates_mbit": {"find": find},
        "repetitions": settings["repetitions"],
        "max_loss_ratio": settings["trial"]["verdict"]["max_loss_ratio"],
    }


def follows(
    tries: Sequence[Record],
    purposes: Sequence[str],
    settings: Mapping[str, Any],
    searching: Mapping[str, Any],
) -> Following:
    """The trials that follow those that are there; `searching` as of `search_settings`."""
    of_capacity = [of for of, why in zip(tries, purposes, strict=True) if why == CAPACITY]
    if limits := list(filter(None, map(_state_limit, of_capacity))):
        return Following([], limits[0])
    found = by_rate(of_capacity)
    state = judged_state_of(found, _wanted(settings))
    searched = in_state(_carried_in(found, state), state)
    step = next_trials(searched, searching)
    if step.chosen:
        counted = [(rate, count) for rate, (_, count) in step.chosen.items()]
        return Following([Asked(rate, CAPACITY) for rate, count in counted for _ in range(count)])
    trials = _latency(tries, purposes, settings, searched, state)
    return Following(trials, step.ended)


def _state_limit(record: Record) -> str | None:
    """A limit of the DUT's that all its flows ran into, at whatever rate."""
    fault = (record["state"] or {}).get("fault") or ""
    return fault if fault.startswith(STATE_LIMIT) else None


def why_not(tried: Mapping[str, Any], flows: int, settings: Mapping[str, Any]) -> str | None:
    """Why a series of so many flows is not measured, in words; None when it is.

    `tried`: what was found out about its DUT; `settings` as of `follows`.
    """
    durations = settings["trial"]["durations"]
    return (
        tried["not_measured"]
        or too_many(tried.get("most_flows"), flows)
        or learns_too_long(flows, durations)
    )


def by_rate(records: Sequence[Record]) -> dict[Rate, list[Try]]:
    """Rate [Mbit/s] -> what its trials say, in their order."""
    found: dict[Rate, list[Try]] = defaultdict(list)
    for record in records:
        found[record["identity"]["rate_mbit"]].append(try_of(record))
    return dict(found)


def _carried_in(tries: Mapping[Rate, list[Try]], state: str) -> dict[Rate, list[Try]]:
    """The same; those that bound the capacity in that state though judged in another are of it."""
    return {
        rate: [run._replace(state=state) if state in run.carried else run for run in of_rate]
        for rate, of_rate in tries.items()
    }


def judged_state_of(tries: Mapping[Rate, list[Try]], wanted: str) -> str:
    """The state of the machine that a series is about: the wanted one, if it comes often enough."""
    every = [run for of_rate in tries.values() for run in of_rate]
    valid = Counter({run.state: 0 for run in every})
    for run in every:
        valid.update(run.carried or ([run.state] if run.verdict in VALID_VERDICTS else []))
    enough = SHARE * valid.total() if valid.total() >= ENOUGH else 1
    return wanted if not valid or valid[wanted] >= enough else main_state(valid)


def _wanted(settings: Mapping[str, Any]) -> str:
    return (settings["trial"]["gating"] or {}).get("state", "")


def _latency(
    tries: Sequence[Record],
    purposes: Sequence[str],
    settings: Mapping[str, Any],
    searched: Mapping[Rate, list[Try]],
    state: str,
) -> list[Asked]:
    """One trial more for the first share of the capacity that has too few.

    None without a capacity, and none when the traffic of the series is spent.
    """
    carried = _carried_mbit(searched, settings)
    spent = sum(try_of(of).traffic_s for of in tries)
    if spent >= settings["find"]["budget_s"]:
        return []
    repetitions = settings["repetitions"]
    for share in settings["latency"] if carried else ():
        pairs = zip(tries, purposes, strict=True)
        of_share = [try_of(of) for of, why in pairs if why == str(share)]
        valid = sum(run.verdict in VALID_VERDICTS and run.state == state for run in of_share)
        most = repetitions["min"] + repetitions["retries"]
        if valid < repetitions["min"] and len(of_share) < most:
            load = max(round(share * carried, _DECIMALS), LOWEST_MBIT)
            return [Asked(whole_if_possible(load), str(share))]
    return []


def _carried_mbit(searched: Mapping[Rate, list[Try]], settings: Mapping[str, Any]) -> float | None:
    """The capacity [Mbit/s], or what is known to be carried."""
    trials = trials_of(searched, settings["trial"]["verdict"]["max_loss_ratio"])
    found = capacity(trials)
    return found.middle or max((of.limit for of in trials if of.measured is None), default=None)
