"""The search for throughput: MLRsearch (RFC 9971), which decides each load from all trials so far.

The library knows one thing, `measure(duration, load)`.  Who asks for a trial here is `Trials`, and
what it hands on tells of the DUT in one state of the machine: a trial that was disturbed, or of
another state, or whose load was short, or whose frames came back wrong, is repeated, `retries`
times at most, and ends the search when it was always so.  No error is a bound.

Loads are Mbit/s of frames, and durations ms: whole numbers, whose sums are exact, as the goals
compare sums of them.  A search is a function of its trials: with the same ones it comes to the same
(`analysis.throughput` reads them again).
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from MLRsearch import (
    AbstractMeasurer,
    Config,
    GoalResult,
    MeasurementResult,
    MultipleLossRatioSearch,
    SearchGoal,
)

from middlebench.machine.states import CLASSES, NEAR_CEILING, NOT_ASKED, WORDS
from middlebench.records.identity import Rate, whole_if_possible
from middlebench.records.judging import judged_state, needed_s
from middlebench.records.verdict import VALID_VERDICTS

Record = dict[str, Any]
Ask = Callable[[Rate, int], Record]
"""The record of a trial at a rate [Mbit/s] with a window [ms]."""

MS_PER_S = 1000
DECIMALS = 3
"""Of a load [Mbit/s]: what a configuration may say."""

SETTLED = 8
"""So many trials that tell, none of them of the wanted state, and the search takes another; so many
first ones that the generator did not make, and it takes a lower load."""

STALLED = "stalled"
"""The verdict on a DUT that hangs: it carries nothing."""

AT_MOST = 0.95
"""Highest load, as a share of what the generator was seen to make."""

HEADROOM = 0.05
"""A first trial that loses less than this is too near the capacity to begin from."""

LOWER, LOWERED = 0.7, 3
"""What becomes of a highest load that the generator does not make, and how often at most: from
AT_MOST to where its neighbour does not matter."""


class EndedError(Exception):
    """The search ended before its goals were met, in words."""


class ShortError(Exception):
    """The generator did not make the highest load, or not alone on its core."""


class HigherError(Exception):
    """The highest load is one that the DUT may carry."""


class Found(NamedTuple):
    """What a search says of one goal [Mbit/s]; None: not known."""

    lower: float | None
    """The relevant lower bound: the highest load that met the goal."""
    upper: float | None
    """The lowest one above it that did not."""
    throughput: float | None
    """Conditional throughput: what came through at the lower bound."""


class Outcome(NamedTuple):
    """What a search came to."""

    found: dict[str, Found]
    """By the names of goals.loss_ratios."""
    state: str | None
    """That of the machine, of which all trials are that count; None: there was none."""
    highest: float
    """The highest load [Mbit/s] that was tried: what has no upper bound carries it."""
    ended: str
    """Why before its goals were met; empty."""


class Trials(AbstractMeasurer):
    """Asks for trials until one counts, or the traffic [s] that is left may not be enough for one.

    `longest_s`: how long the window of a trial lasts at most, by the one that is asked for [ms].
    `first`: what becomes of the first trial of a search.
    """

    def __init__(
        self, ask: Ask, retries: int, budget_s: float, longest_s: Callable[[int], float]
    ) -> None:
        self._ask = ask
        self._retries = retries
        self._longest_s = longest_s
        self._around_s = 0.0
        self.budget_s, self.spent_s = budget_s, 0.0
        self.counted = 0
        self.state: str | None = None
        self.first: Callable[[Record], None] | None = None

    def measure(self, intended_duration: float, intended_load: float) -> MeasurementResult:
        """The trial that counts, as the library takes it: clean time, and what was lost of it."""
        window_ms = round(intended_duration)
        record = self.counting(load_of(intended_load), window_ms)
        gated = record["gated"]
        put, clean_ms = gated["received"] + gated["lost"], round(gated["duration_s"] * MS_PER_S)
        lost = round((gated["loss_ratio"] or 0) * put)
        stalled = record["verdict"]["name"] == STALLED
        return MeasurementResult(
            intended_duration=intended_duration,
            intended_load=intended_load,
            offered_count=max(put, 1),
            loss_count=max(put, 1) if stalled else lost,
            duration_with_overheads=window_ms if stalled else min(clean_ms, window_ms),
        )

    def counting(self, rate_mbit: Rate, window_ms: int) -> Record:
        """The first trial at a rate that counts.  EndedError when none does."""
        tried, first = [], self.first
        self.first = None
        for left in reversed(range(1 + self._retries)):
            tried.append(self._asked(rate_mbit, window_ms))
            if counts := self._counting(tried, not left):
                break
            of_generator = sum(map(_of_the_generator, tried))
            if first and of_generator and (of_generator >= SETTLED or not left):
                raise ShortError
        else:
            raise EndedError(f"at {rate_mbit} Mbit/s {self._why_not(tried)}")
        self.counted += 1
        self.state = judged_state(counts)
        if first:
            first(counts)
        return counts

    def _asked(self, rate_mbit: Rate, window_ms: int) -> Record:
        if self.spent_s + self._around_s + self._longest_s(window_ms) > self.budget_s:
            raise EndedError(f"{self.spent_s:.0f} of {self.budget_s:.0f} s of traffic are spent")
        record = self._ask(rate_mbit, window_ms)
        traffic_s = record["totals"]["traffic_s"]
        self.spent_s += traffic_s
        self._around_s = max(self._around_s, traffic_s - record["raw"]["duration_s"])
        return record

    def _counting(self, tried: list[Record], last: bool) -> Record | None:
        """The trial that counts, if any: of the state of the search, with enough clean time.

        While the search has none yet, it is the wanted one; where SETTLED trials, or the `last` one
        that there may be, all were of others, that which the machine gave most often.
        """
        record, machine = tried[-1], tried[-1]["machine"]
        wanted = self.state or (machine["wanted"] if machine else NOT_ASKED)
        if _tells(record) and judged_state(record) == wanted:
            return record
        valid = list(filter(_tells, tried))
        if self.state or not valid or (len(valid) < SETTLED and not last):
            return None
        given = Counter(map(judged_state, valid))
        most = max(given, key=lambda name: (given[name], -CLASSES.index(name)))
        return next(found for found in reversed(valid) if judged_state(found) == most)

    def _why_not(self, tried: list[Record]) -> str:
        """Why no trial counted, in words."""
        if valid := list(filter(_tells, tried)):
            said = f"judged {WORDS[judged_state(valid[-1])]}, not {WORDS[self.state]}"
        else:
            verdict = tried[-1]["verdict"]
            said = f"{verdict['name'].replace('_', ' ')} ({verdict['reason']})"
        return f"no trial of {len(tried)} counts, the last one was {said}"


def load_of(mbit: float) -> Rate:
    """A load as it is asked for [Mbit/s]: rounded downwards, so that none is above line rate."""
    return whole_if_possible(math.floor(mbit * 10**DECIMALS) / 10**DECIMALS)


def _tells(record: Record) -> bool:
    """Does it say something about the DUT?  Where its CPU was taken away, it seems to hang too."""
    if record["verdict"]["name"] == STALLED:
        return record["gated"]["duration_s"] >= needed_s(record)
    return record["verdict"]["name"] in VALID_VERDICTS


def _of_the_generator(record: Record) -> bool:
    """Was the generator the limit, or may it have been?"""
    near = record["machine"] and record["machine"]["judged"] == "generator_shared"
    return record["verdict"]["name"] == "generator_limited" or bool(near)


def search(
    goals: Mapping[str, Any], lowest: float, ceiling: float, measured: bool, trials: Trials
) -> Outcome:
    """What a DUT carries, between `lowest` and `ceiling` [Mbit/s], by each goal.

    `goals`: a set of the configuration's throughput.goal_sets.  `ceiling`: what the generator
    makes, where that was `measured`, or what the link carries.  It begins below what makes the
    generator's own neighbour matter (`machine.states`), and goes higher where that is carried.
    """
    if lowest >= NEAR_CEILING * ceiling:
        unknown = dict.fromkeys(goals["loss_ratios"], Found(None, None, None))
        said = f"the least load, {lowest:.6g} Mbit/s, is near what there is, {ceiling:.6g} Mbit/s"
        return Outcome(unknown, None, ceiling, said)
    highest, rising, lowered = ceiling * (NEAR_CEILING if measured else 1), measured, 0
    while True:
        control = _control(goals, lowest, highest)
        trials.first = _rising(goals) if rising else lambda record: None
        try:
            control.search(trials, debug=lambda _: None)
        except HigherError:
            highest, rising = AT_MOST * ceiling, False
            continue
        except ShortError:
            lowered += 1
            if lowered <= LOWERED and LOWER * highest > lowest:
                highest, rising = LOWER * highest, False
                continue
            ended = f"the generator does not make {highest:.0f} Mbit/s"
        except EndedError as error:
            ended = str(error)
        else:
            ended = ""
        return Outcome(_found(control, goals), trials.state, highest, ended)


def _rising(goals: Mapping[str, Any]) -> Callable[[Record], None]:
    """Where the first trial loses little, the search begins again from a higher load."""
    enough = HEADROOM + max(goals["loss_ratios"].values())

    def look(record: Record) -> None:
        ratio = record["gated"]["loss_ratio"]
        if record["verdict"]["name"] in VALID_VERDICTS and ratio < enough:
            raise HigherError

    return look


def _control(goals: Mapping[str, Any], lowest: float, highest: float) -> MultipleLossRatioSearch:
    made = [
        SearchGoal(
            loss_ratio=ratio,
            exceed_ratio=goals["exceed_ratio"],
            relative_width=goals["width"],
            initial_trial_duration=goals["first_trial_ms"],
            final_trial_duration=goals["trial_ms"],
            duration_sum=goals["sum_ms"],
            fail_fast=False,
        )
        for ratio in goals["loss_ratios"].values()
    ]
    return MultipleLossRatioSearch(
        Config(
            goals=made,
            min_load=lowest,
            max_load=highest,
            search_duration_max=float("inf"),  # traffic is bounded, not time
            warmup_duration=None,
        )
    )


def _found(control: MultipleLossRatioSearch, goals: Mapping[str, Any]) -> dict[str, Found]:
    """The bounds that are known by now; those of the library's own result when it is done."""
    found = {}
    targets = control.scaling.goal_to_final_target
    for name, goal in zip(goals["loss_ratios"], control.config.goals, strict=True):
        bounds = control.database.get_relevant_bounds(target=targets[goal])
        lower, upper = (bound and float(bound) for bound in (bounds.clo, bounds.chi))
        through = GoalResult.from_bounds(bounds).conditional_throughput
        found[name] = Found(lower, upper, through and float(through))
    return found
