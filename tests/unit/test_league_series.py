"""What follows in a series of the league: to its capacity, then its latency, then its end."""

import pytest

from league_trials import CALIBRATION, LEAGUE, measured
from middlebench.analysis.league_series import (
    CAPACITY,
    follows,
    judged_state_of,
    search_settings,
    why_not,
)
from middlebench.analysis.repetitions import Try
from middlebench.errors import DutError
from middlebench.measuring import trial_of_series
from middlebench.measuring.series import describe, measure_series


@pytest.fixture(scope="module")
def content():
    """Of a DUT that carries 700 Mbit/s of 64 B frames."""
    return measured(700, 0.01)


def rates(content, purpose):
    """Rates [Mbit/s] of the trials of a purpose, in their order."""
    pairs = zip(content["tries"], content["purposes"], strict=True)
    return [of["identity"]["rate_mbit"] for of, why in pairs if why == purpose]


def test_a_series_begins_below_where_the_generators_neighbour_matters(content):
    """4 Mpps are 2048 Mbit/s: at 69 %, and then at 1.2 times the capacity."""
    first, second, *others = rates(content, CAPACITY)
    assert first == 1413
    assert second == pytest.approx(840, rel=0.03)
    assert set(others) <= set(range(650, 900))
    assert content["ended"].startswith("capacity known to ")
    assert len(content["tries"]) <= 20


def test_the_latency_is_measured_at_shares_of_the_capacity(content):
    """Once each, after the capacity is known."""
    for share in (0.1, 0.5, 0.9):
        (rate,) = rates(content, str(share))
        assert rate == pytest.approx(share * 700, rel=0.02)
    assert content["purposes"][-3:] == ["0.1", "0.5", "0.9"]


def test_what_carries_all_that_there_is_ends_early():
    """Six trials at the highest rate: their least is 0.98 sure, and the latency is of that."""
    content = measured(5000, makes=1900)
    assert rates(content, CAPACITY) == [1413, *[2048] * 6]
    assert content["ended"] == "carries all that the generator makes at 2048 Mbit/s"
    assert [rates(content, share) for share in ("0.1", "0.5", "0.9")] == [[190], [950], [1710]]


def test_one_that_is_just_slower_than_that_is_found():
    """By 5 %: its trials at the top are overloaded, and measure it."""
    content = measured(1900, makes=2048)
    assert content["ended"].startswith("capacity known to ")
    (half,) = rates(content, "0.5")
    assert half == pytest.approx(950, rel=0.01)


NEIGHBOURS = ({"idle_busy_near": 1.0}, {"idle_idle_near": 1.0})


def test_the_generators_neighbour_takes_no_trial_from_a_faster_dut():
    """Such a trial near the ceiling has a state of its own, and bounds the DUT all the same."""
    content = measured(5000, makes=1900, states=NEIGHBOURS[:1])
    assert rates(content, CAPACITY) == [1413, *[2048] * 6]
    assert {of["machine"]["judged"] for of in content["tries"][1:7]} == {"generator_shared"}
    own = {"busy_busy_near": 1.0}, {"idle_idle_near": 1.0}
    assert rates(measured(5000, makes=1900, states=own), CAPACITY).count(2048) > 6


@pytest.mark.parametrize("makes", [2048, 1900])
def test_nor_hides_that_the_dut_is_slower(makes):
    """It carries 1700 Mbit/s, whatever the generator makes beyond."""
    content = measured(1700, makes=makes, states=NEIGHBOURS)
    assert content["ended"].startswith("capacity known to ")


def test_a_slow_dut_is_found_too():
    """3 Mbit/s, below by a factor of 500."""
    content = measured(3.0)
    assert rates(content, CAPACITY)[-1] <= 4
    assert rates(content, "0.1") == [pytest.approx(0.3, rel=0.05)]


def test_a_series_ends_with_its_trials():
    """And says how well the capacity is known by then."""
    spent = measured(700, 0.3, settings=LEAGUE | {"find": LEAGUE["find"] | {"max_trials": 9}})
    assert len(rates(spent, CAPACITY)) == 9
    assert "capacity known to" in spent["ended"] or "capacity not known" in spent["ended"]


def test_a_dut_that_does_not_start_ends_its_series_and_nothing_else(monkeypatch):
    """Tried three times; its line stands in the file."""
    said = []

    def measure_point(*about):
        raise DutError("pasta is missing: install passt (envs/apt.txt)")

    monkeypatch.setattr(trial_of_series, "measure_point", measure_point)
    searching = search_settings(LEAGUE, CALIBRATION["ceiling_pps"], 64)
    follow = lambda tries, why: follows(tries, why, LEAGUE, searching)  # noqa: E731 - one line
    cell = {"dut": "pasta", "function": "nat", "frame_size": 64, "flows": 100}
    found = measure_series(cell, LEAGUE["trial"], None, CALIBRATION, follow, say=said.append)
    assert (found["tries"], len(said)) == ([], 3)
    assert found["not_measured"] == "pasta is missing: install passt (envs/apt.txt)"
    assert describe(cell, found).startswith("pasta nat 64 B 100 flows: pasta is missing: ")
    known = measure_series(cell, {}, None, CALIBRATION, follow, unusable="no /dev/net/tun")
    assert (known["tries"], known["not_measured"]) == ([], "no /dev/net/tun")


TRIED = {"not_measured": None, "most_flows": 262144}
SLOW = LEAGUE | {"trial": {"durations": {"window_ms": 100, "learn_pps": 4000}}}


@pytest.mark.parametrize(
    ("tried", "flows", "settings", "why"),
    [
        (TRIED, 100_000, LEAGUE, None),
        (TRIED | {"most_flows": None}, 1_000_000, LEAGUE, None),
        (TRIED | {"not_measured": "no /dev/net/tun"}, 1, LEAGUE, "no /dev/net/tun"),
        (
            TRIED,
            1_000_000,
            LEAGUE,
            "state limit: the DUT tracks 262144 connections at most, 1000000 flows are more",
        ),
        (TRIED, 10_000, SLOW, None),
        (
            TRIED,
            100_000,
            SLOW,
            "100000 flows at 4000 new ones a second are learned for more than 60 s before each "
            "trial",
        ),
    ],
)
def test_more_flows_than_a_dut_has_room_or_time_for_are_not_tried(tried, flows, settings, why):
    """The line names the limit."""
    assert why_not(tried, flows, settings) == why


def test_a_limit_that_is_seen_in_a_trial_ends_its_series():
    """No other rate would change it."""
    (record, *_), fault = measured(700)["tries"], "state limit: port exhaustion: 64512 ports"
    record["state"]["fault"] = fault
    searching = search_settings(LEAGUE, CALIBRATION["ceiling_pps"], 64)
    assert follows([record], [CAPACITY], LEAGUE, searching) == ([], fault)
    record["state"]["fault"] = "ct-get-nconns: no answer"
    assert follows([record], [CAPACITY], LEAGUE, searching).trials


def tries(**states):
    """So many valid trials of each state."""
    return {
        500: [Try("ok", 1.0, 0.0, name) for name, count in states.items() for _ in range(count)]
    }


BOUNDED = Try("generator_limited", 1.0, 0.0, "generator_shared", carried={"shared": 0.9})


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ({}, "alone"),
        (tries(shared=2), "shared"),
        (tries(shared=6, alone=1), "alone"),
        (tries(shared=6, alone=3), "alone"),
        (tries(shared=8, alone=2), "shared"),
        ({500: [Try("disturbed", None, None, "shared")]}, "shared"),
        (tries(not_asked=9), "not_asked"),
        ({500: [BOUNDED] * 2}, "shared"),
    ],
)
def test_a_series_is_of_the_wanted_state_where_that_comes_often_enough(found, state):
    """Of the first few trials one is enough, then a third."""
    assert judged_state_of(found, "alone") == state
