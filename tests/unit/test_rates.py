"""The offered rates of a sweep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.experiment.rates import (
    chunk_size,
    coarse_rates,
    fine_rates,
    first_rates,
    most_fine,
    possible_rates,
    stage,
)

RATES = {"from": 100, "to": 900, "step": 50, "skip_after": 3}
REFINED = RATES | {"refine": {"step": 10, "max_points": 8}}


def test_to_is_included_when_a_step_meets_it():
    """As in the configuration's comment."""
    assert list(coarse_rates({"from": 100, "to": 300, "step": 100})) == [100, 200, 300]
    assert list(coarse_rates({"from": 100, "to": 299, "step": 100})) == [100, 200]


@pytest.mark.parametrize(
    ("rates", "size"),
    [
        (RATES, 5),
        (RATES | {"to": 200}, 3),
        (RATES | {"skip_after": 9}, 9),
        (RATES | {"skip_after": None}, 17),
        ({"from": 100, "to": 900, "step": 50}, 17),
    ],
)
def test_what_is_measured_at_once(rates, size):
    """A quarter of the list, or as many as decide about the rest; all where nothing is skipped."""
    assert chunk_size(rates) == size
    assert list(first_rates(rates)) == list(coarse_rates(rates))[:size]


@pytest.mark.parametrize(
    ("low", "high", "fine"),
    [
        (300, 350, [310, 320, 330, 340]),
        (300, 400, [310, 320, 330, 340, 360, 370, 380, 390]),
        (300, 450, [320, 340, 360, 380, 420, 440]),
        (300, 550, [330, 360, 390, 420, 480, 510, 540]),
        (300, 300, []),
    ],
)
def test_fine_rates_lie_between_two_coarse_ones(low, high, fine):
    """Without those that are coarse; with a wider step where there would be too many."""
    assert fine_rates(REFINED, low, high) == fine


@pytest.mark.parametrize(
    ("rates", "rate", "found"),
    [
        (REFINED, 100, "coarse"),
        (REFINED, 900, "coarse"),
        (REFINED, 110, "fine"),
        (REFINED, 115, None),
        (REFINED, 90, None),
        (REFINED, 910, None),
        (RATES, 110, None),
    ],
)
def test_stage(rates, rate, found):
    """A rate belongs to one stage or to none."""
    assert stage(rates, rate) == found


@given(st.integers(1, 50), st.integers(1, 20), st.integers(2, 20), st.integers(0, 30), st.data())
def test_fine_rates_are_bounded_and_belong_to_the_sweep(low, step, parts, count, data):
    """At most `max_points`, all of them fine, in order, whatever the range."""
    most = data.draw(st.integers(1, 40))
    rates = {"from": low, "to": low + count * step * parts, "step": step * parts}
    rates["refine"] = {"step": step, "max_points": most}
    coarse = coarse_rates(rates)
    ends = sorted(data.draw(st.tuples(st.sampled_from(coarse), st.sampled_from(coarse))))
    fine = fine_rates(rates, *ends)
    assert len(fine) <= most
    assert fine == sorted(fine)
    assert all(stage(rates, rate) == "fine" and ends[0] < rate < ends[1] for rate in fine)


def test_a_series_that_finds_its_rates_begins_with_one():
    """All of its range is possible and coarse; the list beside it does not count."""
    find = {"start": 500, "from": 50, "to": 9000}
    rates = {"from": 1, "to": 2, "step": 1, "refine": {"step": 1, "max_points": 9}, "find": find}
    assert list(first_rates(rates)) == [500]
    assert possible_rates(rates) == coarse_rates(rates) == range(50, 9001)
    assert [stage(rates, rate) for rate in (49, 50, 9000)] == [None, "coarse", "coarse"]
    assert most_fine(rates) == 0
    assert list(first_rates(rates | {"find": None})) == [1, 2]
