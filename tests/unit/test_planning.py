"""What keeps a plan quick: signatures that are kept, and garbage that is looked for seldom."""

import gc
import inspect

import pytest

from middlebench.planning.speed import asked_often, collect_garbage_seldom


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


@pytest.mark.usefixtures("thresholds")
def test_garbage_is_still_looked_for():
    """Seldom, not never: a run of days would grow."""
    collect_garbage_seldom()
    assert gc.isenabled()
    assert all(0 < threshold <= 100_000 for threshold in gc.get_threshold())
