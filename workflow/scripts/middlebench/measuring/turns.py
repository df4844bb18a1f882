"""A comparison: variants that live at the same time on the same CPUs, measured in turns.

Method and references: docs/comparing.md.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from middlebench.measuring.assembly import assembled
from middlebench.measuring.facts import host_facts, later, now
from middlebench.measuring.freezing import Freezer
from middlebench.measuring.rounds import Living, run_round
from middlebench.measuring.settling import Profile, Turns, profiled, taken
from middlebench.measuring.variants import Variant, check_room
from middlebench.records.comparison_file import (
    AUTO,
    CAPACITY,
    LATENCY,
    SCHEMA,
    SHORTEST_TURN_MS,
    UNDECIDED,
    never_overloaded,
)
from middlebench.testbeds.places import Where

SCOUT_MS = 50
"""Clean time of the first round [ms], which only finds how much load is too much."""

SCOUT_TURNS = {"turn_ms": SHORTEST_TURN_MS, "settle_ms": 8}
"""How its turns are taken where nothing says so."""

SCOUT_RATIO = 0.6
"""Its load, of the generator's ceiling: what its own states matter for lies above."""

ENOUGH_S = 0.02
"""Clean time in a state [s] from which its rate tells how much load is too much."""

Start = dict[str, Any]


class _Load:
    """How much load is too much for all variants, by what they carried so far [packets/s]."""

    def __init__(self, comparing: Mapping[str, Any], ceiling_pps: float) -> None:
        self._comparing = comparing
        self._ceiling_pps = ceiling_pps
        self._carried: dict[str, float] = {}

    def note(self, parts: Mapping[str, dict[str, Any]]) -> None:
        """What came of a round in overload."""
        for name, part in parts.items():
            rates = [
                row["received"] / row["clean_s"]
                for row in part["states"].values()
                if row["clean_s"] >= ENOUGH_S
            ]
            self._carried[name] = max([self._carried.get(name, 0.0), *rates])

    @property
    def known(self) -> bool:
        """Is it more than a guess?"""
        return any(self._carried.values())

    def of(self, kind: str) -> float:
        """For a round of this kind; one for all variants."""
        carried = [rate for rate in self._carried.values() if rate]
        if not carried:
            return SCOUT_RATIO * self._ceiling_pps
        if kind == LATENCY:
            return self._comparing["latency_load"] * min(carried)
        return min(self._comparing["overload_ratio"] * max(carried), self._ceiling_pps)


def compare(
    comparison: Mapping[str, Any],
    variants: Mapping[str, Variant],
    calibration: Mapping[str, Any],
    decide: Callable[[Sequence[Start]], list[dict[str, Any]]],
    host: Where = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """What came of a comparison, as results/<testbed>/compare/<name>.json has it.

    `comparison`: name, testbed, made_from, and `settings`: of each round turn_ms, settle_ms,
    window_ms, overload_ratio, latency_load; rounds (of each start), min_starts, max_s (a pair),
    decides.  turn_ms and settle_ms may be AUTO (`measuring.settling`); with a variant that is never
    flat a pair is undecided.  `variants`: the first is what the others are compared with.  `decide`
    gives a row a pair (`decision` among its keys) of the starts so far.  Starts come in twos, one
    with each of both orders; they go on while a pair is undecided and there is time for two more.
    `say` is told how turns are taken, if that was found, and how far it is, a line for every two.
    ConfigError before anything is started, when this machine cannot hold all variants.
    """
    name, comparing = comparison["name"], comparison["settings"]
    check_room(name, variants, host)
    started, began = now(), time.monotonic()
    load = _Load(comparing, calibration["ceiling_pps"])
    starts: list[Start] = []
    facts: dict[str, Any] = {}
    turns: Turns | None = None
    while True:
        before = time.monotonic()
        for order in (list(variants), list(reversed(variants))):
            number = len(starts) + 1
            kinds = _kinds(number, comparing)
            with _living({of: variants[of] for of in order}, host) as living:
                if turns is None:
                    turns = _turns(living, load, comparing, calibration)
                    if turns.found:
                        say(f"compare {name}: {turns.in_words()}")
                lengths = comparing | turns.lengths
                rounds = _rounds(living, kinds, load, lengths, calibration)
                facts = facts or _facts(living)
            starts.append({"start": number, "first": order[0], "rounds": rounds})
        pairs = [turns.decided(pair) for pair in decide(starts)]
        spent_s = time.monotonic() - began
        say(_progress(name, number, spent_s, pairs))
        over = spent_s + time.monotonic() - before > comparing["max_s"] * (len(variants) - 1)
        open_ = [pair for pair in pairs if _is_open(pair, starts, turns)]
        if over or (not open_ and number >= comparing["min_starts"]):
            break
    return {
        "schema": SCHEMA,
        "made_from": comparison["made_from"],
        "name": name,
        "testbed": comparison["testbed"],
        "variants": list(variants),
        "settings": comparing,
        "turns": turns.told(),
        "starts": starts,
        **facts,
        "time": {"start": started, "end": later(started, spent_s)},
        "traffic_s": round(_traffic_s(starts), 3),
        "pairs": pairs,
    }


@contextmanager
def _living(variants: Mapping[str, Variant], host: Where) -> Iterator[dict[str, Living]]:
    """All variants started, in their order; all of them are gone afterwards."""
    with ExitStack() as stack:
        living = {}
        for name, variant in variants.items():
            made = stack.enter_context(assembled(variant.parts, variant.settings["dut"], host))
            freezer = stack.enter_context(Freezer(made.place))
            living[name] = Living(variant, made, freezer)
        yield living


def _is_open(pair: Mapping[str, Any], starts: Sequence[Start], turns: Turns) -> bool:
    """Can more starts decide on a pair that is undecided?

    Not where one is never flat in a turn, nor on the capacity of what carries all that the
    generator can make.
    """
    if pair["decision"] != UNDECIDED or turns.never_flat(pair):
        return False
    sides = (pair["base"], pair["other"]) if pair["what"] == CAPACITY else ()
    return not any(never_overloaded(starts, side) for side in sides)


def _kinds(number: int, comparing: Mapping[str, Any]) -> list[str]:
    """The rounds of a start: what nobody decides on is told of the first `min_starts` alone."""
    wanted = {CAPACITY if what == CAPACITY else LATENCY for what in comparing["decides"]}
    few = number <= comparing["min_starts"]
    kinds = [kind for kind in (CAPACITY, LATENCY) if few or kind in wanted]
    return [kind for kind in kinds for _ in range(comparing["rounds"])]


def _rounds(
    living: Mapping[str, Living],
    kinds: Sequence[str],
    load: _Load,
    comparing: Mapping[str, Any],
    calibration: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """What came of rounds of such kinds, of one start."""
    if not load.known:
        _scout(living, load, comparing, calibration)
    rounds = []
    for number, kind in enumerate(kinds, start=1):
        rate_pps = load.of(kind)
        parts = run_round(living, kind, rate_pps, comparing, calibration)
        if kind == CAPACITY:
            load.note(parts)
        rounds.append({"round": number, "kind": kind, "rate_pps": rate_pps, "variants": parts})
    return rounds


def _scout(
    living: Mapping[str, Living],
    load: _Load,
    comparing: Mapping[str, Any],
    calibration: Mapping[str, Any],
) -> None:
    """Find how much load is too much."""
    given = {key: comparing[key] for key in SCOUT_TURNS}
    taken_so = SCOUT_TURNS if AUTO in given.values() else given
    scout = dict(comparing) | taken_so | {"window_ms": SCOUT_MS}
    load.note(run_round(living, CAPACITY, load.of(CAPACITY), scout, calibration))


def _turns(
    living: Mapping[str, Living],
    load: _Load,
    comparing: Mapping[str, Any],
    calibration: Mapping[str, Any],
) -> Turns:
    """How turns are taken, from the first variants that live."""

    def measure() -> dict[str, Profile]:
        if not load.known:
            _scout(living, load, comparing, calibration)
        settings = dict(comparing) | profiled(len(living))
        parts = run_round(living, CAPACITY, load.of(CAPACITY), settings, calibration)
        load.note(parts)
        return {name: part.get("turns", {}) for name, part in parts.items()}

    return taken(comparing, len(living), measure)


def _facts(living: Mapping[str, Living]) -> dict[str, Any]:
    """Sections software, by variant, and host."""
    first = next(iter(living.values())).made
    return {
        "software": {name: of.made.dut.facts() for name, of in living.items()},
        "host": host_facts(first),
    }


def _traffic_s(starts: Sequence[Start]) -> float:
    """Time with load [s]: of each round that of the variant whose trial took longest."""
    return sum(
        max(part["traffic_s"] for part in found["variants"].values())
        for start in starts
        for found in start["rounds"]
    )


def _progress(name: str, number: int, spent_s: float, pairs: list[dict[str, Any]]) -> str:
    decided = sum(pair["decision"] != UNDECIDED for pair in pairs)
    return f"compare {name}: {number} starts in {spent_s:.0f} s, {decided} of {len(pairs)} decided"
