"""The offered rates of a sweep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.errors import ConfigError
from middlebench.experiment.rates import kind_of

RATES = {"from": 100, "to": 900, "step": 50, "skip_after": 3}
REPETITIONS = {"min": 3, "max": 5, "retries": 2}
REFINED = RATES | {"refine": {"step": 10, "max_points": 8}}


def test_to_is_included_when_a_step_meets_it():
    """As in the configuration's comment."""
    assert list(kind_of({"from": 100, "to": 300, "step": 100}).coarse) == [100, 200, 300]
    assert list(kind_of({"from": 100, "to": 299, "step": 100}).coarse) == [100, 200]


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
    assert kind_of(rates).chunk == size
    assert list(kind_of(rates).first()) == list(kind_of(rates).coarse)[:size]


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
    assert kind_of(REFINED).fine(low, high) == fine


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
    assert kind_of(rates).stage(rate) == found


@given(st.integers(1, 50), st.integers(1, 20), st.integers(2, 20), st.integers(0, 30), st.data())
def test_fine_rates_are_bounded_and_belong_to_the_sweep(low, step, parts, count, data):
    """At most `max_points`, all of them fine, in order, whatever the range."""
    most = data.draw(st.integers(1, 40))
    rates = {"from": low, "to": low + count * step * parts, "step": step * parts}
    rates["refine"] = {"step": step, "max_points": most}
    coarse = kind_of(rates).coarse
    ends = sorted(data.draw(st.tuples(st.sampled_from(coarse), st.sampled_from(coarse))))
    fine = kind_of(rates).fine(*ends)
    assert len(fine) <= most
    assert fine == sorted(fine)
    assert all(kind_of(rates).stage(rate) == "fine" and ends[0] < rate < ends[1] for rate in fine)


def test_a_series_that_finds_its_rates_begins_with_one():
    """All of its range is possible and coarse; the list beside it does not count."""
    find = {"start": 500, "from": 50, "to": 9000}
    rates = {"from": 1, "to": 2, "step": 1, "refine": {"step": 1, "max_points": 9}, "find": find}
    found = kind_of(rates)
    assert list(found.first()) == [500]
    assert found.possible == found.coarse == range(50, 9001)
    assert [found.stage(rate) for rate in (49, 50, 9000)] == [None, "coarse", "coarse"]
    assert found.most_fine == 0
    assert list(kind_of(rates | {"find": None}).first()) == [1, 2]


@pytest.mark.parametrize(
    ("rates", "listed"),
    [
        ([100, 200, 400], [100, 200, 400]),
        ([400, 100.0, 0.5], [0.5, 100, 400]),
        (500, [500]),
        (0.5, [0.5]),
        ({"from": 0.1, "to": 0.7, "step": 0.2}, [0.1, 0.3, 0.5, 0.7]),
        ({"from": 0.5, "to": 2, "step": 0.5}, [0.5, 1, 1.5, 2]),
        ({"from": 1.0, "to": 3, "step": 1}, [1, 2, 3]),
    ],
)
def test_a_list_a_number_and_fractions(rates, listed):
    """As people write them; whole ones are integers, as they stand in names of files."""
    kind = kind_of(rates)
    kind.check("rates_mbit", REPETITIONS)
    assert list(kind.coarse) == list(kind.possible) == list(kind.first()) == listed
    assert list(map(type, kind.coarse)) == [float if rate % 1 else int for rate in listed]
    assert [kind.stage(rate) for rate in (*listed, 0.25)] == ["coarse"] * len(listed) + [None]
    assert kind.most_points(REPETITIONS) == len(listed) * 7


def test_fine_rates_with_fractions():
    """Nothing is left of what a computer makes of 0.1."""
    kind = kind_of({"from": 0.5, "to": 2.5, "step": 1, "refine": {"step": 0.1, "max_points": 9}})
    assert kind.fine(0.5, 1.5) == [0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4]
    assert [kind.stage(rate) for rate in (0.6, 1.5, 1.45, 2.5)] == [
        "fine",
        "coarse",
        None,
        "coarse",
    ]
    assert kind_of({"from": 1, "to": 3, "step": 2, "refine": {"step": 0.5, "max_points": 2}}).fine(
        1, 3
    ) == [2]


@pytest.mark.parametrize(
    ("rates", "line"),
    [
        ([100, 100.0], "x: has a value twice; allowed: each rate once"),
        ([0.1234], "x: 0.1234; allowed: at most 3 decimals [Mbit/s]"),
        (0.12345, "x: 0.12345; allowed: at most 3 decimals [Mbit/s]"),
        ({"from": 1, "to": 2, "step": 0.0001}, "x.step: 0.0001; allowed: at most 3 decimals"),
        ({"from": 1, "to": 4000, "step": 0.001}, "x: 3999001 rates; allowed: at most 1000000"),
        (
            {"from": 1, "to": 2, "step": 1, "refine": {"step": 0.3, "max_points": 1}},
            "x.refine.step: 0.3; allowed: a part of `step`, 1, without a remainder",
        ),
    ],
)
def test_rates_that_cannot_be(rates, line):
    """One line each."""
    with pytest.raises(ConfigError) as caught:
        kind_of(rates).check("x", REPETITIONS)
    assert str(caught.value).startswith(line)
