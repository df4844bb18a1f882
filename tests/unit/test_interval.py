"""The interval of a median between two of its values."""

import math
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import quantile_test

from middlebench.analysis.interval import ends, median_interval


@pytest.mark.parametrize("values", [[], [3.0]])
def test_one_value_has_no_interval(values):
    """What was not repeated says nothing about its spread."""
    assert median_interval(values) is None


def test_few_values_give_their_range():
    """No more can be said, and how sure that is belongs to it."""
    assert median_interval([3.0, 1.0, 2.0]) == (1.0, 3.0, 0.75)
    assert median_interval([5.0, 5.0]) == (5.0, 5.0, 0.5)
    assert median_interval([3.0, 1.0]).width == 2.0


LEVELS = {2: 0.5, 3: 0.75, 4: 0.875, 5: 0.9375, 6: 0.95, 8: 0.95, 9: 0.95, 30: 0.95}


def test_the_level_is_what_so_many_values_give():
    """Known answers: 1 - 2 ** (1 - n) up to five; then 95 %, with the outermost left out from 9."""
    for count, level in LEVELS.items():
        found = median_interval(range(count))
        assert found.level == pytest.approx(level)
        assert (found.low > 0) == (found.high < count - 1) == (count >= 9)


@pytest.mark.parametrize("quantile", [0.25, 0.5])
def test_the_ranks_are_those_of_scipy(quantile):
    """Where scipy's binomial quantile test has an interval, it is the same."""
    for count in range(2, 60):
        test = quantile_test(range(count), p=quantile)
        theirs, ranks = test.confidence_interval(0.95), ends(count, quantile)
        assert math.isnan(theirs.low) or ranks.low == theirs.low
        assert math.isnan(theirs.high) or ranks.high == theirs.high
        assert math.isnan(theirs.low) == (ranks.wrong_low > 0.0251)
        assert math.isnan(theirs.high) == (ranks.wrong_high > 0.0251)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=2, max_size=12))
def test_it_holds_the_median_and_is_always_the_same(values):
    """Low <= median <= high, within the values."""
    found = median_interval(values)
    assert min(values) <= found.low <= median(values) <= found.high <= max(values)
    assert found == median_interval(values)
