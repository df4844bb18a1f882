"""How long turns are, and how much of the beginning of each is left out: found before a comparison.

While others lived, the caches were theirs: a DUT's rate comes back within milliseconds.  In turns
as long as any will be, in overload, softgen tells what came back in each of their milliseconds
(`turns` of its result), by state of the machine.  Each millisecond has the rate of all turns, by
that of the late half of a turn in the same states.  Such a profile rises to 1 and stays there, or
falls to it: the isotonic regression each way (Barlow et al., Statistical inference under order
restrictions, 1972) has less of its noise than any mean of some milliseconds, and no shape of the
rise is taken for granted.  Flat is what comes within TOLERANCE of 1, and of what the late half's
own means of some milliseconds are apart.  For each millisecond as much again is looked at after it:
what drifts later in a turn is no settling.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.signal import detrend

from middlebench.machine.states import UNKNOWN
from middlebench.records.comparison_file import (
    AUTO,
    LONGEST_TURN_MS,
    NEVER_FLAT,
    SHORTEST_TURN_MS,
    UNDECIDED,
)

RUNS = 5
"""Of each variant in a round of profiles: on a quiet machine so few find the end within some
milliseconds (tests/unit/test_settling.py)."""

MOST_ROUNDS = 2
"""Another one where the first does not tell that all are flat, or is noisier than half of
TOLERANCE."""

AGAIN_MS = 20
"""At least so much after a millisecond is looked at with it."""

NOISE_MS = 10
"""The late half's means of so many are how noisy a profile is: 0.5 % on a quiet machine, 2 % beside
busy processes.  Shorter ones differ more than what isotonic regression leaves of it, longer ones
are too few."""

LEAST_SLICES = 400
"""Clean slices of each half below which nothing is known: of 250 us, a tenth of a second.  They are
of ten milliseconds of a turn at least."""

TOLERANCE = 0.02
"""Of the late rate.  It goes on to shrink: after an exponential rise by a fifth or more, the mean
of what is kept, five times as long, is off by a tenth of it, most of that alike for both."""

TURNS_A_SETTLE = 6
"""A sixth of a turn at most is left out: with more the time goes into what is not looked at, with
less turns are longer than needed, and those that follow each other have less in common."""

TURNS_A_ROUND = 2
"""Of each variant at least: there and back, else a steady drift does not meet all alike."""

LEAST_MS = 1
"""Left out in any case: in it the queue empties that was full when the turn ended (1024 packets of
1.2 Mpps in 0.85 ms)."""

UNKNOWN_MS = 8
"""Left out where too little clean time tells: enough for a NAT of 100 flows, which was seen to have
50, 70, 80 % of its rate in the first three."""

Profile = Mapping[str, list[list[int]]]
"""State -> [clean slices, what came back in them] of each step."""


class Flat(NamedTuple):
    """What a variant's profile says."""

    after_ms: int
    """So much is left out."""
    said: str | None
    """None: flat from then on.  NEVER_FLAT, or why nobody knows."""
    noise: float | None
    """Standard deviation of means of NOISE_MS, a share of the late rate."""
    rates: list[float | None]
    """The profile: of the late rate, by millisecond."""


class Turns(NamedTuple):
    """How turns are taken."""

    turn_ms: int
    settle_ms: int
    window_ms: int
    found: dict[str, Flat]
    """By variant; empty where nobody had to look."""

    @property
    def lengths(self) -> dict[str, int]:
        """As the settings of a round have them."""
        return {key: getattr(self, key) for key in ("turn_ms", "settle_ms", "window_ms")}

    def told(self) -> dict[str, Any]:
        """As the file of a comparison has it."""
        return self.lengths | {"found": {name: of._asdict() for name, of in self.found.items()}}

    def in_words(self) -> str:
        """For people."""
        each = (f"{name} {of.said or f'{of.after_ms} ms'}" for name, of in self.found.items())
        return (
            f"turns of {self.turn_ms} ms, the first {self.settle_ms} of what follows others' left "
            f"out (flat after: {', '.join(each)})"
        )

    def never_flat(self, pair: Mapping[str, Any]) -> list[str]:
        """Which of a pair are."""
        late = [name for name, of in self.found.items() if of.said == NEVER_FLAT]
        return [name for name in late if name in (pair["base"], pair["other"])]

    def decided(self, pair: Mapping[str, Any]) -> dict[str, Any]:
        """A pair, on which nothing is decided where one of it is never flat."""
        late = self.never_flat(pair)
        if not late:
            return dict(pair)
        said = f"{pair['said']}; nothing is decided, as {' and '.join(late)} is {NEVER_FLAT}"
        return {**pair, "decision": pair["decision"] and UNDECIDED, "said": said}


def longest_ms(count: int) -> int:
    """The longest turn of so many variants.

    What all others take twice, there and back, is 0.4 s at most: so long packets are waited for,
    and each slice of that time (60 KiB) is kept.
    """
    return max(SHORTEST_TURN_MS, LONGEST_TURN_MS // (count - 1))


def profiled(count: int) -> dict[str, int]:
    """Settings of a round of profiles of so many variants, in steps of 1 ms; all of a turn counts.

    There and back gives two variants two turns in a row, and of more those between one.
    """
    longest = longest_ms(count)
    turn_ms = longest // 2 if count == 2 else longest
    return {"turn_ms": turn_ms, "settle_ms": 0, "window_ms": RUNS * longest, "step_us": 1000}


def taken(
    comparing: Mapping[str, Any], count: int, measure: Callable[[], dict[str, Profile]]
) -> Turns:
    """How turns of so many variants are taken, with such settings: window_ms, and turn_ms and
    settle_ms or AUTO.

    `measure` gives the profile of each variant in a round; it is called only where `settle_ms` is
    AUTO.
    """
    turn_ms, settle_ms, window_ms = (
        comparing[key] for key in ("turn_ms", "settle_ms", "window_ms")
    )
    found: dict[str, Flat] = {}
    if settle_ms == AUTO:
        found = _found(measure, longest_ms(count))
        settle_ms = max(of.after_ms for of in found.values())
    if turn_ms == AUTO:
        turn_ms = min(max(TURNS_A_SETTLE * settle_ms, SHORTEST_TURN_MS), longest_ms(count))
        turn_ms = max(turn_ms, 2 * settle_ms + 1)  # what was given may leave no more
        window_ms = max(window_ms, TURNS_A_ROUND * turn_ms)
    if found and 2 * settle_ms >= turn_ms:  # only known now: flat too late for such turns
        late = {n: of for n, of in found.items() if 2 * of.after_ms >= turn_ms and not of.said}
        found |= {name: of._replace(said=NEVER_FLAT) for name, of in late.items()}
        settle_ms = (turn_ms - 1) // 2
    return Turns(turn_ms, settle_ms, window_ms, found)


def _found(measure: Callable[[], dict[str, Profile]], turn_ms: int) -> dict[str, Flat]:
    """What profiles say, of one round, or of several together."""
    seen: list[dict[str, Profile]] = []
    found: dict[str, Flat] = {}
    while len(seen) < MOST_ROUNDS:
        seen.append(measure())
        found = {name: flat_after([of[name] for of in seen], turn_ms) for name in seen[0]}
        if all(of.said is None and 2 * of.noise < TOLERANCE for of in found.values()):
            break
    return found


def flat_after(profiles: Sequence[Profile], turn_ms: int) -> Flat:
    """When a variant's rate is flat, by its profiles in so long a turn, in one or more rounds."""
    came, expected, clean = _together(profiles, turn_ms)
    late = turn_ms // 2
    if min(clean[:late].sum(), clean[late:].sum()) < LEAST_SLICES:
        return Flat(UNKNOWN_MS, "in too little clean time to say", None, [])
    known = np.flatnonzero(expected)
    rates = came[known] / expected[known]
    shown: list[float | None] = [None] * turn_ms
    for at, rate in zip(known.tolist(), rates.tolist(), strict=True):
        shown[at] = round(rate, 4)
    level = detrend(rates[known >= late])  # a slow rise is no noise
    means = np.convolve(level, np.full(NOISE_MS, 1 / NOISE_MS), "valid")
    noise = round(float(means.std()), 5)
    for at in np.flatnonzero(known < late):
        first = slice(0, max(2 * at, at + AGAIN_MS))
        if _is_near(at, rates[first], expected[known][first], TOLERANCE + noise):
            return Flat(max(int(known[at]), LEAST_MS), None, noise, shown)
    return Flat(late - 1, NEVER_FLAT, noise, shown)


def _is_near(at: int, rates: np.ndarray, weights: np.ndarray, within: float) -> bool:
    """Has what rises come to 1 there, or what falls?"""
    rising, falling = (
        isotonic_regression(rates, weights=weights, increasing=way).x[at] for way in (True, False)
    )
    return rising >= 1 - within and falling <= 1 + within


def _together(
    profiles: Sequence[Profile], turn_ms: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By millisecond: what came, what had come at the late rate of its states, clean slices.

    Where no state is known at all, all of the time is of one.
    """
    came, expected, clean = np.zeros((3, turn_ms))
    late = slice(turn_ms // 2, None)
    for profile in profiles:
        for state, rows in profile.items():
            slices, arrived = np.zeros((2, turn_ms))
            steps = np.array(rows[:turn_ms], float).reshape(-1, 2)
            slices[: len(steps)], arrived[: len(steps)] = steps.T
            if not arrived[late].any() or (state == UNKNOWN and len(profile) > 1):
                continue
            came += arrived
            expected += slices * arrived[late].sum() / slices[late].sum()
            clean += slices
    return came, expected, clean
