"""A series that finds its own range, with simulated DUTs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from middlebench.analysis.capacity import capacity
from middlebench.analysis.repetitions import Try
from middlebench.analysis.sequential import FEELING, SURE, next_trials, trials_of
from middlebench.analysis.sweep import describe, plan
from middlebench.experiment.rates import kind_of
from middlebench.machine.states import NOT_ASKED
from records import make_record, write_record

LIMIT, TRIAL_S = 0.005, 0.5
ONCE = {"repetitions": {"min": 1, "max": 5, "retries": 2}}
FIND = {"start": 200, "from": 50, "to": 3000, "half_width": 0.01}
FIND |= {"budget_s": 60, "max_trials": 200}


def asked(**find):
    """What a plan takes."""
    rates = {"find": FIND | find}
    repetitions = {"min": 2, "max": 5, "retries": 2}
    limits = {"max_loss_ratio": LIMIT, "max_exceed_ratio": 0.25}
    return {"rates_mbit": rates, "repetitions": repetitions, **limits}


def dut(capacity, spread=0.01, ceiling=10**6, seed=1):
    """A trial at a rate, of a DUT that carries so much [Mbit/s] behind such a generator."""
    source = np.random.default_rng(seed)

    def measure(rate):
        if rate > ceiling:
            return Try("generator_limited", 1.0, 0.0, traffic_s=TRIAL_S)
        loss = max(0.0, 1 - capacity * np.exp(source.normal(0, spread)) / rate)
        return Try("overloaded" if loss > LIMIT else "ok", 1.0, loss, traffic_s=TRIAL_S)

    return measure


def simulate(measure, wanted):
    """(Tries by rate, why it ended, rates of each round)."""
    tries, rounds = {}, []
    first = wanted["repetitions"]["min"]
    chosen = dict.fromkeys(kind_of(wanted["rates_mbit"]).first(), ("", first))
    while chosen:
        rounds.append(sorted(chosen))
        for rate, (_, count) in chosen.items():
            assert kind_of(wanted["rates_mbit"]).stage(rate)
            tries.setdefault(rate, []).extend(measure(rate) for _ in range(count))
        chosen, ended = next_trials(tries, wanted)
    return tries, ended, rounds


def total(tries):
    """How many trials there are."""
    return sum(map(len, tries.values()))


@pytest.mark.parametrize("capacity", [60, 199, 450, 1337, 2400])
def test_it_finds_a_capacity_wherever_it_is(capacity):
    """Doubling or halving from the start, then about 1.2 times the capacity; known to 1 %."""
    tries, ended, _ = simulate(dut(capacity), asked())
    assert ended.startswith("capacity known to ")
    assert float(ended.split()[-1].rstrip("%")) <= 1.0
    late = [rate for rate, of_rate in tries.items() if len(of_rate) >= 3]
    assert any(1.1 * capacity <= rate <= 1.3 * capacity for rate in late)
    assert min(tries) >= FIND["from"]
    assert total(tries) <= 60


def test_it_looks_below_the_capacity_too():
    """Trials at about the knee, which carry their rate or not."""
    tries, _, _ = simulate(dut(800, spread=0.02), asked())
    near = [run for rate, of_rate in tries.items() if 750 <= rate <= 800 for run in of_rate]
    assert {run.verdict for run in near} <= {"ok", "overloaded"}
    assert near


def test_it_ends_with_the_budget():
    """Of traffic: a DUT that spreads by a fifth is not known to 1 % within 10 s."""
    tries, ended, _ = simulate(dut(500, spread=0.2), asked(budget_s=10))
    assert ended.startswith("10 s of traffic are spent; capacity known to ")
    assert 10 <= total(tries) * TRIAL_S <= 10 + TRIAL_S


def test_it_ends_with_the_trials():
    """Never more than `max_trials`, whatever they say."""
    tries, ended, _ = simulate(dut(500, spread=0.2), asked(max_trials=17))
    assert total(tries) == 17
    assert "spent" in ended


@pytest.mark.parametrize(
    ("measure", "ended"),
    [
        (dut(9000), "carries the highest rate that is allowed"),
        (dut(9000, ceiling=1500), "Mbit/s, more cannot be measured"),
        (lambda rate: Try("stalled", None, None, traffic_s=1), "does not carry the lowest rate"),
        (lambda rate: Try("failed", None, None, traffic_s=1), "does not carry the lowest rate"),
        (lambda rate: Try("disturbed", 1, 0, traffic_s=1), "too little clean time at 200 Mbit/s"),
        (dut(1490, ceiling=1500, spread=0), "is near the highest rate that there is"),
    ],
    ids=["too fast", "the generator ends", "hangs", "wrong", "disturbed", "just at the ceiling"],
)
def test_it_says_why_it_ends_without_a_capacity(measure, ended):
    """In words, and after few trials."""
    tries, said, _ = simulate(measure, asked())
    assert ended in said
    assert total(tries) <= 40


def hiccup(measure, at, run):
    """The same DUT, but for the first trial at a rate."""
    left = [run]

    def measured(rate):
        return left.pop() if rate == at and left else measure(rate)

    return measured


def test_a_generator_that_was_slow_once_ends_nothing():
    """One of the trials at 400 Mbit/s was short: others carry it, and the search goes on."""
    short = Try("generator_limited", 1.0, 0.0, traffic_s=TRIAL_S, carried={NOT_ASKED: 0.9})
    _, ended, _ = simulate(hiccup(dut(1337), 400, short), asked())
    assert ended.startswith("capacity known to ")
    always = lambda rate: short if rate >= 400 else dut(1337)(rate)  # noqa: E731 - one line
    tries, ended, _ = simulate(always, asked())
    assert ended == "carries all that the generator makes at 400 Mbit/s"
    assert (len(tries[400]), max(tries)) == (SURE, 400)


def test_one_bad_trial_of_a_faster_dut_costs_a_few_more_and_not_the_budget():
    """A spike at the top: nine trials of which one is lower are as sure as six."""
    spike = Try("overloaded", 1.0, 0.2, traffic_s=TRIAL_S)
    measure = hiccup(dut(9000), 1600, spike)
    tries, ended, _ = simulate(measure, asked(to=1600))
    assert ended == "carries all that the generator makes at 1600 Mbit/s"
    assert total(tries) < 25


def test_one_bad_trial_on_the_way_costs_no_budget_either():
    """At the first rate; then the generator is the limit at 240 Mbit/s, in each trial."""
    short = Try("generator_limited", 1.0, 0.0, traffic_s=TRIAL_S, carried={NOT_ASKED: 0.95})
    carries = lambda rate: short if rate >= 240 else dut(9000)(rate)  # noqa: E731 - one line
    spike = Try("overloaded", 1.0, 0.1, traffic_s=TRIAL_S)
    tries, ended, _ = simulate(hiccup(carries, 200, spike), asked(to=240))
    assert ended == "carries all that the generator makes at 240 Mbit/s"
    assert total(tries) <= 14
    assert max(tries) == 240


def slow(rate):
    """A DUT of 5 Mbit/s of which a trial at more than ten times as much says nothing."""
    if rate > 50:
        return Try("disturbed", None, 0.0, traffic_s=TRIAL_S, came=5 / rate)
    return dut(5)(rate)


def test_far_above_a_slow_dut_what_came_back_says_where_to_look():
    """Two trials at 200 Mbit/s, then at 1.2 times what came: no halving, no trial again."""
    tries, ended, rounds = simulate(slow, asked(**{"from": 1}))
    assert rounds[:2] == [[200], [6]]
    assert len(tries[200]) == 2
    assert ended.startswith("capacity known to ")
    lost = lambda rate: slow(rate)._replace(came=None)  # noqa: E731 - one line
    _, ended, _ = simulate(lost, asked(**{"from": 1}))
    assert ended == "too little clean time at 200 Mbit/s"


def test_a_dut_that_learns_for_longer_than_the_budget_has_a_few_trials():
    """Four of 9 s each, with a budget of 8 s: three of them measure it."""
    measure = lambda rate: slow(rate)._replace(traffic_s=9.0)  # noqa: E731 - one line
    tries, ended, _ = simulate(measure, asked(**{"from": 1, "budget_s": 8}) | ONCE)
    assert ended.startswith("8 s of traffic are spent")
    assert total(tries) == 4
    assert capacity(trials_of(tries, LIMIT)).middle == pytest.approx(5, rel=0.02)


def collapsing(rate):
    """A DUT of 40 Mbit/s that brings back next to nothing of ten times as much."""
    if rate > 400:
        return Try("overloaded", 1.0, 0.98, traffic_s=TRIAL_S)
    return dut(40)(rate)


def test_a_far_overload_says_nothing_of_how_many_trials_a_lower_load_deserves():
    """A fiftieth of 800 Mbit/s came back: two at what that suggests, which is carried."""
    tries, ended, rounds = simulate(collapsing, asked(**{"from": 1, "start": 800}))
    assert len(rounds[1]) == 1
    assert len(tries[rounds[1][0]]) == FEELING
    assert ended.startswith("capacity known to ")


VERDICTS = ("ok", "overloaded", "stalled", "failed", "disturbed", "generator_limited")
RUNS = st.builds(
    Try,
    st.sampled_from(VERDICTS),
    st.just(1.0),
    st.floats(0, 1),
    st.just("alone"),
    traffic_s=st.floats(0, 5),
    carried=st.sampled_from([{}, {"alone": 0.9}, {"shared": 0.9}]),
    came=st.none() | st.floats(0, 1),
)


@settings(deadline=None)
@given(st.dictionaries(st.integers(50, 3000), st.lists(RUNS, min_size=1, max_size=6), max_size=8))
def test_it_never_leaves_its_range(tries):
    """Nor asks for more than it may; and there is always a reason."""
    chosen, ended = next_trials(tries, asked(max_trials=30))
    assert bool(chosen) != bool(ended)
    assert all(FIND["from"] <= rate <= FIND["to"] for rate in chosen)
    assert all(why and count > 0 for why, count in chosen.values())
    assert not chosen or total(tries) + sum(count for _, count in chosen.values()) <= 30


def test_a_plan_names_its_trials_and_how_it_ended(tmp_path):
    """Paths of records like any sweep's, counted on from those that are there."""
    of_trial = {"settings": {"stage": "coarse"}, "rate_mbit": 200}
    paths = [write_record(tmp_path, make_record(repetition=n, **of_trial)) for n in (1, 2)]
    planned = plan(paths, asked())
    names = [f"400mbit_{n}.json" for n in (1, 2)]
    assert planned["more"] == [str(paths[0].with_name(name)) for name in names]
    assert planned["why"] == {"in search of the capacity": 1}
    assert {row["why"] for row in planned["sweep"]} == {""}
    sure = plan(paths, asked(to=200))
    assert sure["more"] == [str(paths[0].with_name(f"200mbit_{n}.json")) for n in (3, 4, 5, 6)]
    assert sure["why"] == {"carried, to be sure of it": 1}
    paths += [write_record(tmp_path, make_record(repetition=n, **of_trial)) for n in (3, 4, 5, 6)]
    ended = plan(paths, asked(to=200))
    assert ended["more"] == []
    assert describe(ended) == "100 flows: carries the highest rate that is allowed"
    assert [row["why"] for row in ended["sweep"]] == ["carries the highest rate that is allowed"]
