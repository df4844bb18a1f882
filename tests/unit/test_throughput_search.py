"""The search for throughput: a known capacity is found, and only what counts is fed."""

import pytest

from middlebench.measuring import search as searching
from middlebench.measuring.search import Trials, search
from throughput_trials import CAPACITY, CEILING, GOALS, machine, trial

WIDTH = GOALS["width"]


def found(ask, measured=True, ceiling=CEILING, **goals):
    """What a search with these goals comes to, and the trials that it asked for."""
    asked = []

    def noted(rate, window_ms):
        asked.append(ask(rate, window_ms))
        return asked[-1]

    goals = GOALS | goals
    trials = Trials(noted, goals["retries"], goals["budget_s"], lambda window_ms: window_ms / 100)
    return search(goals, 5.0, ceiling, measured, trials), asked


def near(mbit):
    """Within the width of the goal and what the capacity differs by."""
    return pytest.approx(mbit, rel=WIDTH + 0.003)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("disturbed", "shared"), [(0, 0), (0.3, 0), (0, 0.5), (0.2, 0.4)])
def test_the_capacity_is_found_on_any_machine(seed, disturbed, shared):
    """Both bounds, whatever share of trials was disturbed or in another state: that of the state
    that is named, which is seldom another one by chance."""
    outcome, asked = found(machine(seed, disturbed=disturbed, shared=shared))
    assert outcome.ended == ""
    assert outcome.state == "alone" or shared
    for bounds in outcome.found.values():
        assert bounds.lower == near(CAPACITY * {"alone": 1, "shared": 0.6}[outcome.state])
        assert bounds.lower < bounds.upper <= bounds.lower / (1 - WIDTH) * 1.0001
        assert bounds.throughput <= bounds.lower
    assert sum(of["totals"]["traffic_s"] for of in asked) < GOALS["budget_s"]


def test_a_disturbed_trial_that_was_fed_would_be_seen(monkeypatch):
    """The test above fails where a disturbed trial counts: it would be an upper bound."""
    monkeypatch.setattr(searching, "VALID_VERDICTS", ("ok", "overloaded", "disturbed"))
    outcome, _ = found(machine(3, disturbed=0.8))
    assert outcome.found["ndr"].lower < 0.9 * CAPACITY


def test_a_trial_in_another_state_that_was_fed_would_be_seen(monkeypatch):
    """The same of a trial beside a busy sibling."""
    monkeypatch.setattr(searching, "judged_state", lambda record: "alone")
    outcome, _ = found(machine(3, shared=0.7))
    assert outcome.found["ndr"].lower < 0.9 * CAPACITY


@pytest.mark.parametrize("verdict", ["failed", "disturbed", "generator_limited"])
def test_no_error_is_a_bound(verdict):
    """Above some rate all trials are errors: the search ends, and none of them is its bound."""

    def ask(rate, window_ms):
        if 500 < rate < 650:
            return trial(rate, window_ms, 0, verdict)
        return trial(rate, window_ms)

    outcome, asked = found(ask, width=0.4)
    assert outcome.ended
    assert verdict.replace("_", " ") in outcome.ended
    bounds = outcome.found["ndr"]
    assert bounds.lower is None or not 500 < bounds.lower < 650
    assert bounds.upper is None or bounds.upper >= 650
    assert sum(of["verdict"]["name"] == verdict for of in asked) == GOALS["retries"] + 1


def hangs_above(limit, clean):
    """A DUT that stands still for good above a rate, with so much clean time."""

    def ask(rate, window_ms):
        if rate > limit:
            return trial(rate, window_ms, 0, "stalled", clean=clean)
        return trial(rate, window_ms)

    return ask


def test_a_dut_that_hangs_carries_nothing():
    """Its rate is an upper bound."""
    outcome, _ = found(hangs_above(400, clean=1.0))
    assert outcome.ended == ""
    assert outcome.found["ndr"].lower == near(400)


def test_a_dut_that_seems_to_hang_is_no_bound():
    """Without clean time its CPU was taken away: nothing is known of it."""
    outcome, _ = found(hangs_above(400, clean=0.1))
    assert outcome.found["ndr"].upper is None
    assert "stalled" in outcome.ended


def test_a_machine_that_never_gives_the_wanted_state_is_judged_in_what_it_gives():
    """In one state, that of most trials, and it is named."""
    outcome, _ = found(lambda *of: trial(*of, judged="shared"))
    assert outcome.state == "shared"
    assert outcome.found["ndr"].lower == near(CAPACITY)


def test_no_search_mixes_states():
    """The state is gone in the middle of a search: it ends, and does not take another."""
    asked = []

    def ask(rate, window_ms):
        asked.append(rate)
        return trial(rate, window_ms, judged="alone" if len(asked) < 6 else "shared")

    outcome, _ = found(ask)
    assert outcome.state == "alone"
    assert "beside a busy sibling, not alone" in outcome.ended


def test_no_states_are_waited_for_where_none_are_told_apart():
    """On hardware each trial counts."""
    outcome, asked = found(lambda *of: trial(*of) | {"machine": None})
    assert outcome.state == "not_asked"
    assert all(of["verdict"]["name"] in ("ok", "overloaded") for of in asked)


def test_the_budget_is_kept():
    """No trial begins that could go beyond; what is known by then is told."""
    outcome, asked = found(machine(1), budget_s=4)
    assert outcome.ended.endswith("of 4 s of traffic are spent")
    assert sum(of["totals"]["traffic_s"] for of in asked) <= 4
    assert outcome.found["ndr"].lower is None or outcome.found["ndr"].lower < CAPACITY


def test_a_dut_as_fast_as_the_generator_carries_at_least_that():
    """The highest load is tried as one bound, and there is none above it."""
    outcome, _ = found(lambda *of: trial(*of, capacity=2 * CEILING))
    assert outcome.found["ndr"].upper is None
    assert outcome.found["ndr"].lower == pytest.approx(0.95 * CEILING)
    assert outcome.ended == ""


def test_a_load_that_the_generator_does_not_make_is_no_bound():
    """The search begins again below it."""

    def ask(rate, window_ms):
        limited = "generator_limited" if rate > 0.9 * CEILING else None
        return trial(rate, window_ms, 2 * CEILING, limited)

    outcome, asked = found(ask)
    assert outcome.found["ndr"].upper is None
    assert outcome.found["ndr"].lower == pytest.approx(0.95 * 0.7 * CEILING)
    assert sum(of["verdict"]["name"] == "generator_limited" for of in asked) == searching.SETTLED


def test_a_generator_that_makes_nothing_is_told():
    """And bounds nothing."""
    outcome, _ = found(lambda *of: trial(*of, verdict="generator_limited"))
    assert outcome.ended.startswith("the generator does not make ")
    assert outcome.found["ndr"] == (None, None, None)


def test_a_link_bounds_the_loads():
    """Its line rate is the highest load, not a share of it, and no load is above it."""
    outcome, asked = found(lambda *of: trial(*of, capacity=9000), measured=False, ceiling=761.9047)
    assert outcome.highest == 761.9047
    assert max(of["identity"]["rate_mbit"] for of in asked) == 761.904
    assert outcome.found["pdr"].upper is None


def test_a_dut_that_carries_nothing_has_no_lower_bound():
    """Not even the least load: that is its upper bound, and no result is made up."""
    outcome, _ = found(lambda *of: trial(*of, capacity=1.0))
    assert outcome.found["ndr"].lower is None
    assert outcome.found["ndr"].upper == pytest.approx(5.0)


def test_a_least_load_that_nobody_makes_is_told():
    """There is nothing to be searched between it and the ceiling."""
    outcome, asked = found(machine(1), ceiling=6.0)
    assert outcome.found["ndr"] == (None, None, None)
    assert outcome.ended == "the least load, 5 Mbit/s, is near what there is, 6 Mbit/s"
    assert asked == []


def test_times_are_summed_exactly():
    """Five trials of a tenth of a second are half a second: half of them decide, no sixth."""
    counted = {}

    def ask(rate, window_ms):
        counted[rate] = counted.get(rate, 0) + 1
        return trial(rate, window_ms)

    found(ask, sum_ms=500)
    assert max(counted.values()) == 3
