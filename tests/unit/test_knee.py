"""The knee of a series and its interval, on synthetic series whose knee is known."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from middlebench.analysis.knee import counted_loss, knee, knee_interval

LIMIT, EXCEED = 0.005, 0.25
RATES = range(100, 901, 50)
KNEE = 500
"""The synthetic series hold up to this rate [Mbit/s]."""


def series(repetitions=3, noise=0.0, knee_at=KNEE, seed=1):
    """Loss ratios by rate: 0 up to the knee, what is above capacity beyond it.

    `noise`: width [Mbit/s] over which the chance to fail rises (logistic, 1/4 just above the knee).
    """
    source = random.Random(seed)
    losses = {}
    for rate in RATES:
        lost = max(1 - knee_at / rate, 0.05)
        if noise:
            chance = 1 / (1 + math.exp(math.log(3) - (rate - knee_at - 1) / noise))
            losses[rate] = [lost * (source.random() < chance) for _ in range(repetitions)]
        else:
            losses[rate] = [lost * (rate > knee_at)] * repetitions
    return losses


def with_spike(losses, rate, failing=1):
    """The series with `failing` of its repetitions at one rate failed."""
    return losses | {rate: [0.3] * failing + losses[rate][failing:]}


CASES = {
    "no noise": (series(), 500),
    "no noise, one repetition": (series(repetitions=1), 500),
    "stray spike at a low rate (thesis, figure 4.7)": (with_spike(series(), 300), 500),
    "the same, one repetition": (with_spike(series(repetitions=1), 300), 500),
    "every repetition of a low rate fails": (with_spike(series(), 300, 3), 250),
    "the spike is at the knee": (with_spike(series(5), 500), 500),
    "a lucky repetition far above": (series() | {850: [0.0, 0.4, 0.4]}, 500),
    "all overloaded": (series(knee_at=50), None),
    "none overloaded": (series(knee_at=900), 900),
    "disturbed points left out": (series() | {450: [], 500: [math.nan, 0.0], 550: [0.1]}, 500),
    "a rate without any valid point": (series() | {500: []}, 450),
    "the limit itself holds": ({100: [LIMIT]}, 100),
    "a quarter fails": ({100: [0, 0, 0, 1.0]}, 100),
    "a third fails": ({100: [0, 0, 1.0]}, None),
    "no point": ({}, None),
    "any order": ({300: [0.0], 100: [0.0]}, 300),
}


@pytest.mark.parametrize("case", CASES)
def test_the_known_knee_is_found(case):
    """Exactly, whatever strays."""
    losses, expected = CASES[case]
    assert knee(losses, LIMIT, EXCEED) == expected


@pytest.mark.parametrize("noise", [5, 20, 40])
def test_noise_moves_the_knee_by_its_own_width_at_most(noise):
    """Of 30 series most have the true knee within a step or the noise's width, none is far."""
    found = [knee(series(5, noise, seed=seed), LIMIT, EXCEED) for seed in range(30)]
    near = [value for value in found if value and abs(value - KNEE) <= max(50, noise)]
    assert len(near) >= 24
    assert all(value and abs(value - KNEE) <= 200 for value in found)


@pytest.mark.parametrize("noise", [5, 20, 40])
def test_the_interval_holds_the_true_knee(noise):
    """Within a step of the sweep, in at least 9 of 10 series; tests/simulation has more."""
    held = 0
    for seed in range(10):
        low, high, _ = knee_interval(series(5, noise, seed=seed), LIMIT, EXCEED)
        held += (low or 0) - 50 <= KNEE <= high + 50
    assert held >= 9


def test_noise_widens_the_interval():
    """No noise: a point. Noise: wider; and the knee lies within."""
    assert knee_interval(series(), LIMIT, EXCEED) == (500, 500, pytest.approx(0.95))
    noisy = series(5, 40)
    low, high, _ = knee_interval(noisy, LIMIT, EXCEED)
    assert low <= knee(noisy, LIMIT, EXCEED) <= high
    assert high - low >= 50


@pytest.mark.parametrize(
    ("losses", "interval"),
    [
        pytest.param({}, None, id="no point"),
        pytest.param(series(repetitions=1), None, id="nothing repeated"),
        pytest.param(series(knee_at=50), (None, None), id="all overloaded"),
        pytest.param(series(knee_at=900), (700, 900), id="none overloaded"),
        pytest.param(series(3) | {100: [0.0]}, (500, 500), id="one rate not repeated"),
        pytest.param({100: [0.0, 0.3, 0.0, 0.0]}, (None, 100), id="the only rate may fail"),
    ],
)
def test_the_ends_of_the_interval(losses, interval):
    """None where no rate holds, and no interval where nothing was repeated."""
    found = knee_interval(losses, LIMIT, EXCEED)
    assert (found and found[:2]) == interval


@pytest.mark.parametrize(
    ("losses", "interval"),
    [
        ({100: [0.0] * 3}, (100, 100, 1 - 0.75**3)),
        ({100: [0.0] * 2}, None),
        ({100: [0.0] * 13}, (100, 100, 0.975)),
        ({100: [0.0] * 3, 200: [0.5] * 3}, (100, 100, 0.975 - 0.75**6)),
        ({100: [0.5] * 3}, (None, None, 0.975 - 0.75**3)),
        ({100: [1.0] * 3}, (None, None, 0.975 - 0.75**3)),
    ],
    ids=["three hold", "two hold", "13 hold", "three and three", "none holds", "three hang"],
)
def test_few_trials_say_how_sure_they_are(losses, interval):
    """The chance that none of so few is below the quantile, 3/4 each, is what the level lacks."""
    found = knee_interval(losses, LIMIT, EXCEED)
    assert found == (interval and (*interval[:2], round(interval[2], 4)))


HUNG = {500: [1.0] * 3, 600: [0.0]}


def test_a_dut_that_hangs_does_not_carry_the_rate():
    """Three stalls at 500 and one survivor at 600 are no knee of 600; what says nothing is none."""
    for rates in ([], [100, 200, 300, 400]):
        losses = {rate: [0.0] * 3 for rate in rates} | HUNG
        assert knee(losses, LIMIT, EXCEED) == max(rates, default=None)
    verdicts = ("ok", "overloaded", "stalled", "failed", "disturbed", "generator_limited")
    found = [counted_loss(name, 0.1) for name in (*verdicts, "above_line_rate")]
    assert found == [0.1, 0.1, 1.0, 1.0, None, None, None]
    assert [counted_loss(name, None) for name in verdicts] == [None, None, 1.0, 1.0, None, None]


LOSS = st.floats(min_value=0, max_value=1)
SERIES = st.dictionaries(
    st.integers(min_value=1, max_value=20000), st.lists(LOSS, max_size=4), max_size=8
)


@given(SERIES, LOSS, LOSS)
def test_a_stricter_limit_never_raises_the_knee(losses, one, other):
    """Less loss allowed, or fewer failing trials: not a higher knee."""
    strict, lax = sorted((one, other))
    assert (knee(losses, strict, EXCEED) or 0) <= (knee(losses, lax, EXCEED) or 0)
    assert (knee(losses, LIMIT, strict) or 0) <= (knee(losses, LIMIT, lax) or 0)


@given(SERIES, LOSS, LOSS)
def test_more_loss_never_raises_the_knee(losses, limit, more):
    """A series that loses at least as much at every rate has no higher knee."""
    worse = {rate: [max(loss, more) for loss in known] for rate, known in losses.items()}
    assert (knee(worse, limit, EXCEED) or 0) <= (knee(losses, limit, EXCEED) or 0)


@settings(max_examples=20, deadline=None)
@given(SERIES)
def test_the_ends_are_measured_rates_in_order(losses):
    """And the same records give the same interval."""
    found = knee_interval(losses, LIMIT, EXCEED)
    assert found == knee_interval(losses, LIMIT, EXCEED)
    if found:
        low, high = (end or 0 for end in found[:2])
        assert low <= (knee(losses, LIMIT, EXCEED) or 0) <= high
        assert 0 < found.level <= 0.975
        assert {low, high} <= {0, *losses}


@pytest.mark.parametrize("loss", [-0.1, 1.1])
def test_impossible_ratios_are_refused(loss):
    """A loss ratio or a limit outside 0..1 is an error."""
    for arguments in (({100: [loss]}, 0, 0), ({100: [0]}, loss, 0), ({100: [0]}, 0, loss)):
        with pytest.raises(ValueError, match="outside 0"):
            knee(*arguments)
