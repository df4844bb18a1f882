"""The capacity of a series, from trials whose answer is known."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.analysis.bounds import Trial, quantile_bounds, trial
from middlebench.analysis.capacity import GOOD, capacity
from middlebench.analysis.tables import series_table
from records import make_record, repeated
from tables import table_of

LIMIT = 0.005


def overloaded(*measured, limit=1000.0):
    """Trials that measured the capacity."""
    return [Trial(limit, value) for value in measured]


def carried(*limits):
    """Trials that carried their rate."""
    return [Trial(limit, None) for limit in limits]


def drawn(count, spread=0.02, middle=500.0, limit=1000.0):
    """Overloaded trials of a lognormal capacity, at its quantiles in any order."""
    from scipy.stats import norm

    shares = [(number + 0.5) / count for number in range(count)]
    random.Random(1).shuffle(shares)
    return overloaded(*(middle * math.exp(spread * norm.ppf(p)) for p in shares), limit=limit)


def test_what_a_trial_says():
    """More loss than allowed measures, less does not; all lost is only `less`."""
    assert trial(100, 0.2, LIMIT) == (99.5, 80)
    assert trial(100, LIMIT, LIMIT) == trial(100, 0, LIMIT) == (99.5, None)
    assert trial(100, 1.0, LIMIT) == (99.5, 0)


def test_overloaded_trials_alone_are_a_sample():
    """Nine: C50 and spread of the lognormal; the interval between the second and the eighth."""
    values = sorted(of.measured for of in drawn(9))
    found = capacity(drawn(9))
    assert found.middle == pytest.approx(500, rel=1e-3)
    assert found.spread == pytest.approx(0.02, rel=0.15)
    assert (found.low, found.high, found.level) == (values[1], values[7], pytest.approx(0.95))
    assert found.fit == GOOD


def test_trials_that_carry_their_rate_raise_it():
    """Half of the trials, at 505, carried it: the capacity is that, not the mean of the others."""
    trials = [of if of.measured < 505 else Trial(505.0, None) for of in drawn(40, limit=505.0)]
    found = capacity(trials)
    assert sum(of.measured is None for of in trials) > 10
    assert found.middle == pytest.approx(500, rel=2e-3)
    assert found.spread == pytest.approx(0.02, rel=0.2)
    assert found.low < 500 < found.high
    assert found.fit == GOOD


def test_trials_far_below_say_nothing_of_the_middle():
    """A rate that every trial carries leaves C50 where it is, whatever their number."""
    alone, more = capacity(drawn(12)), capacity(drawn(12) + carried(*[100.0] * 50))
    assert more.middle == alone.middle
    assert (more.low, more.high) == (alone.low, alone.high)


@pytest.mark.parametrize(
    ("trials", "fit"),
    [
        ([], "no trial tells"),
        (carried(100, 200, 300), "too many carry their rate"),
        (overloaded(500), "too few overloaded trials"),
        (overloaded(500, 510, 505), "too few to tell: 3 overloaded"),
        (overloaded(*[500] * 6), GOOD),
        (overloaded(*[500, 501, 502] * 4, *[300, 301, 302] * 3), "bad: not one distribution"),
        (overloaded(*[500 + n for n in range(12)], 100), "bad: not one distribution"),
        ([*drawn(9), Trial(1000, 0)], "bad: 1 stalled or failed"),
        ([Trial(600 + 50 * n, 500 - 10 * n) for n in range(9)], "bad: falls with the load"),
    ],
)
def test_the_fit_is_judged(trials, fit):
    """In a word: that it is good, or why not."""
    found = capacity(trials)
    assert found.fit == fit
    assert (found.middle is None) == (fit.startswith(("no", "too many", "too few over")))


def test_of_two_states_the_middle_is_in_one():
    """Not between both, where no trial ever was."""
    found = capacity(overloaded(*[500, 501, 502] * 4, *[300, 301, 302] * 3))
    assert 500 <= found.middle <= 502


@pytest.mark.parametrize(
    ("trials", "quantile", "bounds"),
    [
        ([], 0.5, None),
        (overloaded(500), 0.5, None),
        (overloaded(500, 510), 0.5, (500, 510, 0.5)),
        (overloaded(*range(500, 506)), 0.5, (500, 505, 0.95)),
        (carried(*[400] * 6), 0.5, (400, None, 0.975)),
        (carried(*[400] * 5), 0.5, (400, None, 1 - 0.5**5)),
        (overloaded(*range(500, 503)) + carried(*[400] * 3), 0.5, (400, 502, 0.85)),
        (overloaded(*range(500, 506)) + carried(*[400] * 9), 0.25, (400, 504, 0.95)),
        (
            overloaded(500, 510, 520) + [Trial(1000, 0)] * 3,
            0.5,
            (None, math.nextafter(1000, 0), 0.95),
        ),
    ],
)
def test_the_interval_of_a_quantile(trials, quantile, bounds):
    """Known answers; an end that nothing is known of is open, and the level says what is left."""
    found = quantile_bounds(trials, quantile)
    assert found == (bounds and (*bounds[:2], pytest.approx(bounds[2])))


TRIALS = st.lists(
    st.builds(
        trial,
        st.sampled_from([100.0, 200.0, 300.0, 400.0]),
        st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 0.9)),
        st.just(LIMIT),
    ),
    max_size=20,
)


@given(TRIALS)
def test_the_middle_is_within_its_interval(trials):
    """And in any order of the trials the same."""
    found = capacity(trials)
    assert found == capacity(sorted(trials, key=str)) or found.spread
    if found.middle is not None:
        assert (found.low or 0) <= found.middle <= (found.high or math.inf)
        assert 0 < found.level <= 1


def test_series_have_their_capacity_in_packets_per_second(tmp_path):
    """From what was received in clean time, which the disturbed ones do not tell."""
    losses = {400: [0.0] * 6, 600: [1 / 6] * 3, 700: [2 / 7] * 3}
    records = [*repeated(losses), make_record(rate_mbit=800, verdict="disturbed", loss_ratio=0.9)]
    row = series_table(table_of(tmp_path, records), LIMIT, 0.25).iloc[0]
    assert row["capacity_pps"] == pytest.approx(976562.5, rel=1e-4)  # 500 Mbit/s of 64 B
    assert row["capacity_mbit"] == pytest.approx(500, abs=0.1)
    assert row["capacity_low_pps"] <= row["capacity_pps"] <= row["capacity_high_pps"]
    assert (row["capacity_level"], row["capacity_fit"]) == (0.95, GOOD)
    assert row["capacity_spread"] == pytest.approx(0, abs=1e-3)


def test_what_the_generator_left_out_was_not_offered(tmp_path):
    """A load of 595 instead of 600 Mbit/s, all of which came back, shows no more than 592."""
    about = {"rate_mbit": 600, "skipped_ratio": 0.008}
    records = [make_record(repetition=number, **about) for number in range(1, 7)]
    row = series_table(table_of(tmp_path, records), LIMIT, 0.25).iloc[0]
    sent = 600e6 / 8 / 64 * (1 - 0.008)
    assert row["capacity_low_pps"] == pytest.approx(sent * (1 - LIMIT), rel=1e-5)


def test_a_series_that_carries_every_rate_has_no_capacity(tmp_path):
    """Only a lower end, and the reason in words."""
    row = series_table(table_of(tmp_path, repeated({400: [0.0] * 7})), LIMIT, 0.25).iloc[0]
    assert row[["capacity_pps", "capacity_high_pps", "capacity_mbit"]].isna().all()
    assert row["capacity_low_pps"] == round(781250 * (1 - LIMIT))
    assert row["capacity_fit"] == "too many carry their rate"
