"""Which of two variants measured in turns is slower: ratios, their interval, a decision.

Rounds of a comparison are paired: in each, both variants live on the same CPUs within the same
seconds and take turns A B B A, so that what the machine does to one it does to the other (Bulej et
al., Duet benchmarking, ICPE 2020), and a steady drift cancels.  What differs from one fresh start
to the next, such as where memory lies (Mytkowicz et al., Producing wrong data without doing
anything obviously wrong, ASPLOS 2009), is no chance of a round: the starts are the independent
units, and the interval is Student's of the trimmed mean of the starts' log ratios.

It is looked at after each two starts, and ends when it decides.  Each look is at EACH_LOOK, as in
Pocock (Biometrika 64, 1977), so that the interval at the end holds the truth as often as LEVEL says
(tests/simulation).  A ratio below 1 is worse, whatever is compared.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t

from middlebench.machine.states import UNKNOWN, WORDS
from middlebench.records.comparison_file import CAPACITY, LATENCY, UNDECIDED, never_overloaded

LEVEL, EACH_LOOK = 0.95, 0.995
"""Of the interval at the end, however many looks there were; and of each look."""

SLOWER, NOT_SLOWER = "slower", "not slower"

TRIMMED = 0.15
"""Share of the starts that is left out on either side: one of seven."""

LEAST_SHARE = 0.2
"""Of a round's window that a variant has to have in a state, for the round to count: two turns of
five.  With less, how many turns there are of one and of the other differs most."""

LEAST_STARTS = 3
"""From which an interval is told of what nobody decides on; else `min_starts`."""

STATE_SHARE = 0.5
"""Of the starts that the wanted state must be in; else the one of most starts is compared."""

Starts = Sequence[Mapping[str, Any]]


class Interval(NamedTuple):
    """Best estimate, of a ratio if nothing else is said, and both ends; arrays where means were."""

    ratio: Any
    low: Any
    high: Any


class Paired(NamedTuple):
    """What a round says about two variants in one state."""

    base: float
    other: float
    """What each did there, more being better."""
    weight: float
    """Clean time [s] of the one that has less."""

    @property
    def log_ratio(self) -> float:
        """The logarithm of other / base."""
        return math.log(self.other / self.base)


def _carried(part: Mapping, state: str) -> float:
    tally = part["states"][state]
    return tally["received"] / tally["clean_s"]


def _delivered(part: Mapping, state: str) -> float:
    tally = part["states"][state]
    return tally["received"] / tally["sent"] if tally["sent"] else 0


def _promptness(percentile: str) -> Callable[[Mapping, str], float]:
    def of(part: Mapping, state: str) -> float:
        latency = part["states"][state]["latency"]
        return 1 / latency[percentile] if latency and latency[percentile] else 0

    return of


class What(NamedTuple):
    """What can be compared."""

    title: str
    """In words: more is better."""
    kind: str
    """Of the rounds that say something about it."""
    verdicts: tuple[str, ...]
    """Of the trials that do."""
    of: Callable[[Mapping, str], float]
    """What a trial says in a state, more being better; 0 where it says nothing."""


WHATS = {
    "capacity": What("capacity", CAPACITY, ("ok", "overloaded", "generator_limited"), _carried),
    "latency_p50": What("1 / median latency", LATENCY, ("ok",), _promptness("p50_ns")),
    "latency_p99": What("1 / p99 latency", LATENCY, ("ok",), _promptness("p99_ns")),
    "loss": What("share delivered", LATENCY, ("ok", "overloaded"), _delivered),
}
"""By name.  Rounds of capacity have only states in which the trial was overloaded; the latency of
one that was is that of a full queue."""


def ratios(
    starts: Starts, base: str, other: str, what: str = "capacity", least_s: float = 0.1
) -> dict[str, dict[int, list[Paired]]]:
    """State -> start -> what both did in each round in which both have `least_s` [s] in it."""
    _, kind, verdicts, of = WHATS[what]
    found: dict[str, dict[int, list[Paired]]] = defaultdict(lambda: defaultdict(list))
    for start, round_ in _rounds(starts, kind):
        ours, theirs = (round_["variants"].get(name) for name in (base, other))
        if not all(part and part["verdict"] in verdicts for part in (ours, theirs)):
            continue
        for state in ours["states"].keys() & theirs["states"].keys() - {UNKNOWN}:
            clean_s = min(part["states"][state]["clean_s"] for part in (ours, theirs))
            values = [of(part, state) for part in (ours, theirs)] if clean_s >= least_s else [0]
            if all(value > 0 for value in values):
                found[state][start].append(Paired(*values, clean_s))
    return {state: dict(of_starts) for state, of_starts in found.items()}


def _rounds(starts: Starts, kind: str) -> Iterator[tuple[int, Mapping]]:
    for start in starts:
        for round_ in start["rounds"]:
            if round_["kind"] == kind:
                yield start["start"], round_


def compared_state(found: Mapping[str, Mapping[int, list]], wanted: str, starts: int) -> str | None:
    """The one state that is compared: no interval mixes two.  None when there is none."""
    if not found:
        return None
    if len(found.get(wanted, ())) >= STATE_SHARE * starts:
        return wanted
    return max(sorted(found), key=lambda state: (len(found[state]), state == wanted))


def start_means(
    of_starts: Mapping[int, Sequence[Paired]],
    of: Callable[[Paired], float] = attrgetter("log_ratio"),
) -> np.ndarray:
    """The mean of each start (its log ratio), its rounds weighted by their clean time."""
    return np.array(
        [
            np.average(list(map(of, rounds)), weights=[one.weight for one in rounds])
            for _, rounds in sorted(of_starts.items())
        ]
    )


def interval(means: np.ndarray) -> Interval:
    """Of the ratio, from log ratios of starts (..., n) with n >= 2: `mean_interval` of these."""
    return Interval(*map(np.exp, mean_interval(means)))


def mean_interval(means: np.ndarray) -> Interval:
    """Of what starts (..., n) with n >= 2 have in the mean: Student's t at EACH_LOOK.

    Of the mean without the TRIMMED share on either side (Yuen, Biometrika 61, 1974): a start that
    the machine spoilt would else widen it for all that follow.  Of few starts that is none.
    """
    count = means.shape[-1]
    cut = int(TRIMMED * count)
    kept = count - 2 * cut
    ordered = np.sort(means, axis=-1)
    middle = ordered[..., cut : count - cut].mean(-1)
    ends = ordered[..., [cut]], ordered[..., [count - cut - 1]]
    squares = (count - 1) * np.clip(ordered, *ends).var(-1, ddof=1)
    reach = t.ppf((1 + EACH_LOOK) / 2, kept - 1) * np.sqrt(squares / (kept * (kept - 1)))
    return Interval(middle, middle - reach, middle + reach)


def decision(low: Any, high: Any, margin: float) -> Any:
    """What an interval of ratios (or arrays of their ends) says; NaN: nothing.

    NOT_SLOWER: by less than the margin, if at all.  SLOWER: surely so, and maybe by the margin.
    """
    said = np.select([low > 1 - margin, high < 1], [NOT_SLOWER, SLOWER], UNDECIDED)
    return said if said.ndim else str(said)


def pairs(
    starts: Starts, variants: Sequence[str], settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The first variant with each other one, in all that is compared: a PAIR of the result each.

    To be asked once a start is whole.  `settings`: those of the comparison.  What is not in its
    `decides` is UNDECIDED for nobody: its decision is None then.
    """
    base, *others = variants
    return [_pair(starts, base, other, what, settings) for other in others for what in WHATS]


def _pair(
    starts: Starts, base: str, other: str, what: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    wanted = (settings["gating"] or {}).get("state", "")
    found = ratios(starts, base, other, what, _least_s(settings))
    state = compared_state(found, wanted, len(starts))
    of_starts = found.get(state, {})
    ends = Interval(*[math.nan] * 3)
    least = settings["min_starts"] if what in settings["decides"] else LEAST_STARTS
    if len(of_starts) >= least:
        ends = interval(start_means(of_starts))
    decided = decision(ends.low, ends.high, margin_of(what, settings))
    pair = {"base": base, "other": other, "what": what, "state": state}
    pair |= {end: _number(value) for end, value in ends._asdict().items()} | {"level": LEVEL}
    pair |= {"starts": len(of_starts), "rounds": sum(map(len, of_starts.values()))}
    open_ = decided == UNDECIDED and what not in settings["decides"]
    pair["decision"] = None if open_ else decided
    left_out = _left_out(starts, base, other, what)
    full = [of for of in (base, other) if what == CAPACITY and never_overloaded(starts, of)]
    return pair | {"said": _said(pair, len(starts), left_out, full)}


def start_ratios(result: Mapping[str, Any], pair: Mapping[str, Any]) -> dict[int, float]:
    """Start -> the ratio of a pair in it, in the pair's state; of a comparison's file."""
    found = compared_starts(result, pair)
    return dict(zip(sorted(found), np.exp(start_means(found)).tolist(), strict=True))


def compared_starts(
    result: Mapping[str, Any], pair: Mapping[str, Any]
) -> Mapping[int, list[Paired]]:
    """Start -> the rounds of a pair in it, in the pair's state; of a comparison's file."""
    of = (pair["base"], pair["other"], pair["what"])
    return ratios(result["starts"], *of, _least_s(result["settings"])).get(pair["state"], {})


def _least_s(settings: Mapping[str, Any]) -> float:
    return LEAST_SHARE * settings["window_ms"] / 1000


def margin_of(what: str, settings: Mapping[str, Any]) -> float:
    """Up to which share worse is not slower: of losses, what a DUT may lose that carries a rate."""
    if what == "loss":
        return settings["verdict"]["max_loss_ratio"]
    return settings["margin"]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)


def _left_out(starts: Starts, base: str, other: str, what: str) -> dict[tuple[str, str], int]:
    """(Variant, verdict) -> in how many rounds that said nothing about it."""
    _, kind, verdicts, _ = WHATS[what]
    parts = (
        (name, part["verdict"])
        for _, round_ in _rounds(starts, kind)
        for name, part in round_["variants"].items()
        if name in (base, other) and part["verdict"] not in verdicts
    )
    return Counter(parts)


def _said(
    pair: Mapping[str, Any],
    made: int,
    left_out: Mapping[tuple[str, str], int],
    full: Sequence[str],
) -> str:
    """A pair in words; `full`: variants that were never overloaded."""
    told = f"{pair['other']} / {pair['base']}: {WHATS[pair['what']].title} "
    if pair["ratio"] is None and full:
        told += f"not known: {' and '.join(full)} carried all that the generator can make"
    elif pair["ratio"] is None:
        told += f"with enough clean time in too few starts ({pair['starts']} of {made})"
    else:
        told += f"{pair['ratio']:.4f} ({pair['low']:.4f} to {pair['high']:.4f})"
        told += f" {WORDS.get(pair['state'], pair['state'])}, "
        told += f"{pair['rounds']} rounds of {pair['starts']} starts"
    lost = ", ".join(f"{name} {verdict} in {count}" for (name, verdict), count in left_out.items())
    return f"{told}; rounds left out: {lost}" if lost else told
