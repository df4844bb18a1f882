"""The bootstrap interval of a median."""

import random
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from middlebench.analysis.interval import median_interval


@pytest.mark.parametrize("values", [[], [3.0]])
def test_one_value_has_no_interval(values):
    """What was not repeated says nothing about its spread."""
    assert median_interval(values) is None


def test_few_values_give_their_range():
    """Up to five: no more can be said."""
    assert median_interval([3.0, 1.0, 2.0]) == (1.0, 3.0)
    assert median_interval([5.0, 5.0]) == (5.0, 5.0)
    assert median_interval([3.0, 1.0]).width == 2.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=2, max_size=12))
def test_it_holds_the_median_and_is_always_the_same(values):
    """Low <= median <= high, within the values."""
    found = median_interval(values)
    assert min(values) <= found.low <= median(values) <= found.high <= max(values)
    assert found == median_interval(values)


def test_it_covers_the_true_median():
    """Of 100 samples of 15 lognormal values at least 85 intervals hold 1.0, and not all do."""
    source = random.Random(1)
    held = 0
    for _ in range(100):
        low, high = median_interval([source.lognormvariate(0, 0.5) for _ in range(15)])
        held += low <= 1.0 <= high
    assert 85 <= held < 100
