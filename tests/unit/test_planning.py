"""What keeps a plan quick: what is kept, and garbage that is looked for seldom."""

import gc
import inspect

import pytest

from middlebench.planning.speed import asked_often, collect_garbage_seldom, kept


@pytest.fixture
def thresholds():
    """The collector's settings, as they were after the test."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_a_function_that_is_asked_often_keeps_its_signature():
    """Snakemake looks at the same one each time, and calls the same function."""

    def named(wildcards, output):
        return wildcards

    true = inspect.signature(named)
    assert asked_often(named) is named
    assert inspect.signature(named) is inspect.signature(named)
    assert inspect.signature(named) == true


class Adder:
    """Adds to a number of its own, and counts how often."""

    def __init__(self, number):
        self.number, self.calls = number, 0

    @kept
    def plus(self, other, more=0):
        """The sum."""
        self.calls += 1
        return self.number + other + more


def test_an_object_keeps_the_answers_of_a_method():
    """Its own, for each set of arguments."""
    one, two = Adder(1), Adder(2)
    assert [one.plus(1), one.plus(1), one.plus(1, more=2), two.plus(1)] == [2, 2, 4, 3]
    assert (one.calls, two.calls) == (2, 1)


@pytest.mark.usefixtures("thresholds")
def test_garbage_is_still_looked_for():
    """Seldom, not never: a run of days would grow."""
    collect_garbage_seldom()
    assert gc.isenabled()
    assert all(0 < threshold <= 100_000 for threshold in gc.get_threshold())
