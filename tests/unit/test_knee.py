"""The highest rates that a series holds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.knee import loss_of_rates, no_drop_rate, partial_drop_rate

LOSS = st.floats(min_value=0, max_value=1)
SERIES = st.dictionaries(
    st.integers(min_value=1, max_value=20000), st.lists(LOSS, max_size=4), max_size=8
)


@pytest.mark.parametrize(
    ("losses", "knee", "lossless"),
    [
        pytest.param({100: [0], 200: [0.001], 300: [0.2]}, 200, 100, id="one repetition"),
        pytest.param({100: [0, 0.001], 200: [0, 0, 0.3]}, 100, None, id="every repetition counts"),
        pytest.param({100: [0, 0.01]}, None, None, id="one of two fails"),
        pytest.param({100: [0], 200: [0.3], 300: [0]}, 100, 100, id="load inversion"),
        pytest.param({100: [0.1], 200: [0.2]}, None, None, id="nothing holds"),
        pytest.param({100: [0.005]}, 100, None, id="the limit itself holds"),
        pytest.param({100: [0], 200: []}, 100, 100, id="rate without a repetition"),
        pytest.param({100: [0], 200: [None, math.nan]}, 100, 100, id="no loss ratio known"),
        pytest.param({100: [0], 200: [None, 0.001]}, 200, 100, id="unknown ones are left out"),
        pytest.param({}, None, None, id="no point"),
        pytest.param({300: [0], 100: [0]}, 300, 300, id="any order"),
    ],
)
def test_knee_and_lossless_rate(losses, knee, lossless):
    """The answer is the highest rate that held in every repetition, or none."""
    assert partial_drop_rate(losses, 0.005) == knee
    assert no_drop_rate(losses) == lossless


@given(SERIES, LOSS)
def test_knee_is_a_measured_rate_that_holds(losses, limit):
    """The knee and all rates below it hold, and the next rate above it does not."""
    knee = partial_drop_rate(losses, limit)
    greatest = loss_of_rates(losses)
    above = [rate for rate in greatest if knee is None or rate > knee]
    assert all(loss <= limit for rate, loss in greatest.items() if rate not in above)
    assert not above or greatest[min(above)] > limit


@given(SERIES, LOSS, LOSS)
def test_a_laxer_limit_never_lowers_the_knee(losses, one, other):
    """The knee grows with the allowed loss; the lossless rate is never above it."""
    strict, lax = (partial_drop_rate(losses, limit) or 0 for limit in sorted((one, other)))
    assert (no_drop_rate(losses) or 0) <= strict <= lax


@given(SERIES, LOSS, LOSS)
def test_more_loss_never_raises_the_knee(losses, limit, more):
    """A series that loses at least as much at every rate has no higher knee."""
    worse = {rate: [max(loss, more) for loss in known] for rate, known in losses.items()}
    assert (partial_drop_rate(worse, limit) or 0) <= (partial_drop_rate(losses, limit) or 0)


@pytest.mark.parametrize("loss", [-0.1, 1.1])
def test_impossible_loss_is_refused(loss):
    """A loss ratio or a limit outside 0..1 is an error."""
    with pytest.raises(ValueError, match="outside 0"):
        loss_of_rates({100: [loss]})
    with pytest.raises(ValueError, match="outside 0"):
        partial_drop_rate({100: [0]}, loss)
