"""A sweep on a machine that changes its state: one state decides, and the plan ends."""

import random

from hypothesis import given
from hypothesis import strategies as st
from test_sweep import RATES, REPETITIONS, SETTINGS

from middlebench.analysis.repetitions import Try
from middlebench.analysis.sweep import (
    in_main_state,
    next_points,
    plan,
    skipped_rates,
    wanted_fine,
)
from middlebench.experiment.rates import kind_of
from records import make_record, write_record

STATES = ("alone", "shared", "shared_far")


def run(state, carried, rate):
    """A try of a DUT that carries so much in that state."""
    lost = rate > carried
    loss = 1 - carried / rate if lost else 0.0
    return Try("overloaded" if lost else "ok", 9e3 if lost else 1e3, loss, state)


def test_tries_in_another_state_count_as_if_there_had_been_too_little_clean_time():
    """What was carried, lost or could not be offered there; a wrong or hung DUT stays one."""
    alone, other = [Try("ok", 1e3, 0.0, "alone")] * 4, ("ok", "overloaded", "generator_limited")
    tries = {
        100: alone,
        200: [Try(verdict, 1e3, 0.0, "shared") for verdict in (*other, "failed", "stalled")],
    }
    found = in_main_state(tries)
    assert found[100] == alone
    verdicts = [run.verdict for run in found[200]]
    assert verdicts == ["disturbed"] * 3 + ["failed", "stalled"]


def test_a_sweep_in_one_state_is_as_it_was():
    """Whichever it is."""
    tries = {100: [Try("overloaded", 1e3, 0.4, "shared")] * 2, 200: [Try("failed", None, None)]}
    assert in_main_state(tries) == tries
    assert in_main_state({}) == {}


def test_rates_overloaded_in_another_state_skip_nothing():
    """Beside a busy sibling 400 and 500 were too much; alone nobody has tried yet."""
    tries = {rate: [run("alone", 900, rate)] * 2 for rate in (100, 200, 300)}
    tries |= {rate: [run("shared", 300, rate)] * 2 for rate in (400, 500)}
    assert skipped_rates(tries, kind_of(RATES)) == list(range(600, 1201, 100))
    assert skipped_rates(in_main_state(tries), kind_of(RATES)) == []
    again = next_points(in_main_state(tries | {600: tries[300]}), SETTINGS)
    assert set(again) == {700, 800, 900}


def test_the_knee_of_one_state_decides_what_is_refined():
    """Alone 600 are carried, beside a busy sibling 300: half of the tries at each rate."""
    rates = range(100, 1001, 100)
    tries = {rate: [run("alone", 600, rate)] * 3 + [run("shared", 300, rate)] * 2 for rate in rates}
    fine = wanted_fine(in_main_state(tries), SETTINGS)
    assert fine
    assert 600 < min(fine) <= max(fine) < 700
    assert wanted_fine(tries, SETTINGS) != fine


def test_a_point_in_another_state_is_tried_again_within_retries():
    """`min` is 2 and `retries` 1: a third try, no fourth."""
    rates = {"rates_mbit": {"from": 100, "to": 200, "step": 100}}
    settings = SETTINGS | rates
    good, other = run("alone", 900, 100), run("shared", 900, 100)
    tries = {100: [good, good], 200: [good, other]}
    assert next_points(in_main_state(tries), settings) == {200: ("too little clean time", 1)}
    tries[200].append(other)
    assert next_points(in_main_state(tries), settings) == {}


@given(st.integers(0, 10**6))
def test_a_plan_ends_however_the_machine_changes(seed):
    """Each rate of the sweep has at most `max` and `retries` tries, whatever state is the main."""
    source = random.Random(seed)
    capacity = dict(zip(STATES, (700, 400, 300), strict=True))
    tries, chosen = {}, dict.fromkeys(kind_of(SETTINGS["rates_mbit"]).first(), ("first", 2))
    rounds = 0
    while chosen:
        for rate, (_, count) in chosen.items():
            for state in source.choices(STATES, (3, 2, 1), k=count):
                tries.setdefault(rate, []).append(run(state, capacity[state], rate))
        assert all(len(of) <= REPETITIONS["max"] + REPETITIONS["retries"] for of in tries.values())
        chosen = next_points(in_main_state(tries), SETTINGS)
        rounds += 1
        assert rounds < 300


def test_a_plan_reads_the_state_of_each_record(tmp_path):
    """At 300 one of two was judged beside a busy sibling: it is tried once more."""
    states = {"idle_idle_near": 1.0}, {"busy_idle_near": 1.0}
    rates = {"from": 100, "to": 300, "step": 100}
    settings = SETTINGS | {"rates_mbit": rates}
    paths = [
        write_record(
            tmp_path,
            make_record(
                rate_mbit=rate, repetition=number, states=states[rate == 300 and number == 2]
            ),
        )
        for rate in (100, 200, 300)
        for number in (1, 2)
    ]
    planned = plan(paths, settings)
    assert planned["more"] == [str(paths[-1].with_name("300mbit_3.json"))]
    assert planned["why"] == {"too little clean time": 1}
