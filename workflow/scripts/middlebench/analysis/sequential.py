"""A series that finds its own range: trials where they tell most, until its capacity is known.

From a rate to start with it goes up by doubling while the DUT carries it, and down by halving while
it carries none, until trials are overloaded: each of these measures the capacity
(`analysis.bounds`).  From then on most trials are overloaded ones, at LOAD times what is known of
it by then, each on a DUT of its own; one in each round is where the knee may be, so that what
the DUT carries is seen and not only inferred.  It ends when the interval of C50 is narrow enough,
or when the traffic or the trials are used up, and says which.

A DUT that is faster than its load ends it early: at the highest rate trials are carried, or end
at the generator's limit with a DUT that was not at its own.  SURE of them are a lower end of C50.
Far above what a DUT carries a trial says little, or nothing (too little clean time): then what came
back of it says where to look, and where that is carried, halfway between both, as ratios go.

Such an end is an optional stop (Wald, Sequential Analysis, 1947): it is tempted by intervals that
are narrow by luck.  Looks are few, a round apart; tests/simulation counts how often the interval at
the end holds C50.  All of it is decided anew from all records each time, as in `analysis.sweep`.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from middlebench.analysis.bounds import FAR, Trial, believed, trial
from middlebench.analysis.capacity import Capacity, capacity
from middlebench.analysis.interval import CONFIDENCE, TAIL, ends
from middlebench.analysis.knee import counted_loss
from middlebench.analysis.repetitions import UNTRIED, Try
from middlebench.experiment.rates import FEW_TRIALS, kind_of
from middlebench.records.at_least import LIMITED
from middlebench.records.identity import Rate

LOAD = 1.2
"""What overloads a DUT surely; capacity does not depend on how far above it the load is."""

OFTEN = 0.25
"""So many of the trials carry what is no overload yet."""

FIRST, ROUND = 8, 6
"""Overloaded trials until the first look, and trials from one to the next."""

SURE = 6
"""Carried trials of which the least is a lower end of their median: it is wrong once in 64 times,
which is less than TAIL; with five of them once in 32 times, which is more."""

FEELING = 2
"""Trials at a load of which none is known to be too much, before more: one below may mislead, and
one far above too."""

_ANY = 10**6
_CLOSE = 1.02
_QUARTER = 0.6745
"""A quarter of a normal distribution is below its mean by so many standard deviations."""


class Step(NamedTuple):
    """What follows in a series: rate [Mbit/s] -> (why, how many trials), or why nothing does."""

    chosen: dict[int, tuple[str, int]]
    ended: str = ""


def next_trials(tries: Mapping[int, list[Try]], settings: Mapping[str, Any]) -> Step:
    """The trials that follow those that are there, by rate [Mbit/s]; `settings` as `sweep.plan`."""
    find, limit = kind_of(settings["rates_mbit"]).find, settings["max_loss_ratio"]
    trials = trials_of(tries, limit)
    found = capacity(trials)
    if _half_width(found) <= find["half_width"]:
        return Step({}, f"capacity known to {_half_width(found):.1%}")
    spent = sum(run.traffic_s for of_rate in tries.values() for run in of_rate)
    done = sum(map(len, tries.values()))
    affordable = max(_affordable(find["budget_s"], spent, done), FEW_TRIALS - done)
    left = min(affordable, find["max_trials"] - done)
    if left < 1:
        return Step({}, f"{find['budget_s']} s of traffic are spent; {_known(found)}")
    step = _measuring(tries, trials, found, find, limit) or _searching(tries, find, limit, settings)
    if step.ended and found.high is None:
        step = _made_sure(tries, limit, settings["repetitions"]["retries"]) or step
    return Step(_at_most(step.chosen, left), step.ended)


def trials_of(tries: Mapping[Rate, list[Try]], max_loss_ratio: float) -> list[Trial]:
    """What the tries that count say of the capacity [Mbit/s], by rate."""
    return believed(
        [
            told
            for rate, of_rate in sorted(tries.items())
            for run in of_rate
            if (told := _told(rate, run, max_loss_ratio))
        ]
    )


def _told(rate: Rate, run: Try, max_loss_ratio: float) -> Trial | None:
    """What one of them says; None: nothing."""
    if run.verdict == LIMITED and run.state in run.carried:
        return Trial(rate * run.carried[run.state], None)
    loss = counted_loss(run.verdict, run.loss_ratio)
    return None if loss is None else trial(rate, loss, max_loss_ratio)


def _at_the_top(tries: Mapping[int, list[Try]], limit: float) -> tuple[int, list[Trial]]:
    """The highest rate that was carried, or bounded by the generator, and what its trials say."""
    every = {
        rate: [told for run in of_rate if (told := _told(rate, run, limit))]
        for rate, of_rate in tries.items()
    }
    carried = [rate for rate, told in every.items() if any(of.measured is None for of in told)]
    top = max(carried, default=0)
    return top, every.get(top, [])


def _made_sure(tries: Mapping[int, list[Try]], limit: float, retries: int) -> Step | None:
    """Trials more where the series would end with a lower end alone, until that is sure.

    At most so many of them may say nothing.
    """
    top, told = _at_the_top(tries, limit)
    if not told:
        return None
    missing = min(SURE - len(told), SURE + retries - len(tries[top]))
    return Step({top: ("carried, to be sure of it", missing)}) if missing > 0 else None


def _half_width(found: Capacity) -> float:
    """Half of the interval, as a share of the capacity; infinite while it is no full interval."""
    if None in (found.middle, found.low, found.high) or found.level < CONFIDENCE - 1e-9:
        return math.inf
    return (found.high - found.low) / 2 / found.middle


def _known(found: Capacity) -> str:
    width = _half_width(found)
    if width < math.inf:
        return f"capacity known to {width:.1%}"
    least = f"at least {found.low:.4g} Mbit/s" if found.low else "not known"
    return f"capacity {least}" if found.high is None else "capacity not known well enough"


def _affordable(budget_s: float, spent_s: float, done: int) -> int:
    """How many more trials the traffic that is left is for, if they take what others took."""
    return math.ceil(min((budget_s - spent_s) / (spent_s / done), _ANY)) if spent_s else _ANY


def _at_most(chosen: dict[int, tuple[str, int]], left: int) -> dict[int, tuple[str, int]]:
    """The first `left` of the chosen trials."""
    kept = {}
    for rate, (why, count) in chosen.items():
        if left > 0:
            kept[rate] = (why, min(count, left))
        left -= count
    return kept


def _measuring(
    tries: Mapping[int, list[Try]],
    trials: list[Trial],
    found: Capacity,
    find: Mapping,
    limit: float,
) -> Step | None:
    """Overloaded trials, and one at the knee; None while none was overloaded, or none can be."""
    measured = sorted(of.measured for of in trials if of.measured)
    if not measured:
        return None
    top = _top(tries, find, limit)
    middle = found.middle or measured[len(measured) // 2]
    wanted = round(LOAD * max(middle, _often_carried(trials)))
    load = min(max(wanted, find["from"]), top)
    if _surely_more(tries, found, top, limit):
        return Step({}, f"carries all that the generator makes at {top} Mbit/s")
    if load < middle * _CLOSE:
        return Step({}, f"the capacity is near the highest rate that there is, {top} Mbit/s")
    telling = sum(of.limit >= load / LOAD and of.measured != 0 for of in trials)
    if telling < FIRST:
        seen = any(of.is_near and of.limit * _CLOSE >= load for of in trials)
        count = FIRST - telling if seen else min(FEELING, FIRST - telling)
        return Step({load: ("overloaded, to measure the capacity", count)})
    knee = max(round(middle * math.exp(-_QUARTER * (found.spread or 0))), find["from"])
    return Step(
        {
            load: ("overloaded, to measure the capacity", ROUND - 1),
            min(knee, load - 1) if load > find["from"] else load: ("where the knee may be", 1),
        }
    )


def _surely_more(tries: Mapping[int, list[Try]], found: Capacity, top: int, limit: float) -> bool:
    """Is C50 surely above all that can be offered, though some trials at the top carried less?"""
    rate, told = _at_the_top(tries, limit)
    if found.high is not None or rate < top or not told:
        return False
    ranks, overloaded = ends(len(told), 0.5), sum(of.measured is not None for of in told)
    return ranks.wrong_low <= TAIL and overloaded <= ranks.low


def _often_carried(trials: list[Trial]) -> float:
    """The highest limit that OFTEN of the trials with as much to carry or more did carry.

    More overloads a DUT in each of its states, not only in the worse ones.
    """
    for limit in sorted({of.limit for of in trials}, reverse=True):
        sample = [of for of in trials if of.limit >= limit]
        if sum(of.measured is None for of in sample) >= OFTEN * len(sample):
            return limit
    return 0.0


def _is_bounded(rate: int, of_rate: list[Try], limit: float) -> bool:
    """Did most trials that tell end at the generator's limit?  Then a higher rate tells no more."""
    telling = [run.verdict == LIMITED for run in of_rate if _told(rate, run, limit)]
    return sum(telling) > len(telling) / 2


def _top(tries: Mapping[int, list[Try]], find: Mapping, limit: float) -> int:
    """The highest rate to be tried: the lowest at which the generator is the limit.

    Else halfway to the lowest that generator or link never made.
    """
    if bounded := [rate for rate, of_rate in tries.items() if _is_bounded(rate, of_rate, limit)]:
        return min(bounded)
    unreached = [
        rate
        for rate, of_rate in tries.items()
        if any(run.verdict in UNTRIED for run in of_rate)
        and all(run.verdict in (*UNTRIED, "disturbed") for run in of_rate)
    ]
    if not unreached:
        return find["to"]
    reached = [rate for rate in tries if rate < min(unreached)]
    return (max(reached, default=find["from"]) + min(unreached)) // 2


def _searching(
    tries: Mapping[int, list[Try]], find: Mapping, limit: float, settings: Mapping[str, Any]
) -> Step:
    """Upwards by doubling, downwards by halving, then between both."""
    enough = settings["repetitions"]["min"]
    carried, beyond = _sides(tries, limit)
    low = max(carried, default=None)
    high = min((rate for rate in beyond if low is None or rate > low), default=None)
    for rate, of_rate in tries.items():
        if rate not in carried and rate not in beyond:
            if len(of_rate) < enough + settings["repetitions"]["retries"]:
                return Step({rate: ("too little clean time", 1)})
            return Step({}, f"too little clean time at {rate} Mbit/s")
    if low is None and high is None:
        return Step({find["start"]: ("the first", enough)})
    if _is_bounded(low or 0, tries.get(low, []), limit):
        return Step({}, f"carries all that the generator makes at {low} Mbit/s")
    if high is None:
        rate, end = min(2 * low, find["to"]), "carries the highest rate that is allowed"
    elif low is None:
        lower = min(high // 2, round(LOAD * high * _came(tries[high])))
        rate, end = max(lower, find["from"]), "does not carry the lowest rate that is allowed"
    else:
        rate, end = round(math.sqrt(low * high)), f"carries {low} Mbit/s, more cannot be measured"
        rate = low if high <= low * _CLOSE else rate
    why = "in search of the capacity"
    return Step({}, end) if rate in tries else Step({rate: (why, enough)})


def _came(of_rate: list[Try]) -> float:
    """The largest share of a rate that came back in its tries; 1 where that tells nothing."""
    telling = (run.came if run.came and run.verdict != "stalled" else 1.0 for run in of_rate)
    return max(telling, default=1.0)


def _sides(tries: Mapping[int, list[Try]], limit: float) -> tuple[set[int], set[int]]:
    """The rates that some trial carried; and those that are too much, or that nobody made.

    One of which less than FAR came back is too much, however disturbed: a machine that takes more
    than half of the time leaves nothing to be judged at any rate.
    """
    carried, beyond = set(), set()
    for rate, of_rate in tries.items():
        told = [of for run in of_rate if (of := _told(rate, run, limit))]
        if any(of.measured is None for of in told):
            carried.add(rate)
        elif told or _came(of_rate) < FAR or any(run.verdict in UNTRIED for run in of_rate):
            beyond.add(rate)
    return carried, beyond
