"""What softgen makes of others' turns: stops of its own that are long."""

import ctypes

import pytest

SLICE, COUNT, GAP = 1000, 50, 1
BEGIN, BEFORE, AFTER, LONG, GUARD_LONG = 20, 2, 1, 3000, 6
"""A mark's first slice, the guards, from which length [cycles] there is another one, and that."""


def clean_slices(softgen, length, drain):
    """Of COUNT, when a mark of this length begins in slice BEGIN."""
    gate = softgen.driver_make(SLICE, COUNT, COUNT, drain, BEFORE, AFTER, 1)
    softgen.driver_long(gate, LONG, GUARD_LONG)
    softgen.gate_start(gate, 10**9)
    begin = 10**9 + BEGIN * SLICE
    softgen.gate_mark(gate, GAP, begin, begin + length)
    softgen.gate_close(gate, COUNT)
    clean = softgen.driver_gated_slices(gate)
    softgen.driver_free(gate)
    return clean


@pytest.mark.parametrize(("length", "guard"), [(2999, 1), (3000, 6), (20_000, 6)])
def test_after_a_long_mark_more_slices_are_left_out(softgen, length, guard):
    """A turn of others is told from a hiccup by its length; before it nothing changes."""
    touched = length // SLICE + 1
    assert clean_slices(softgen, length, COUNT) == COUNT - BEFORE - touched - guard


@pytest.mark.parametrize(("length", "before"), [(10_000, 2), (10_001, 8)])
def test_before_what_lasts_longer_than_packets_are_waited_for_more_is_left_out(
    softgen, length, before
):
    """What was on its way then counts as lost, though it may have come back."""
    assert clean_slices(softgen, length, 10) == COUNT - before - 11 - GUARD_LONG


@pytest.mark.parametrize(("long_cycles", "passed"), [(0, 5530), (1001, 1528), (1002, 2529)])
def test_no_limit_of_time_counts_while_others_live(softgen, long_cycles, passed):
    """Between two looks at the clock that lie far apart it stands still."""
    stamps = [10**9 + at for at in (0, 500, 1499, 2500, 5501, 5530)]
    taken = (ctypes.c_uint64 * len(stamps))(*stamps)
    assert softgen.driver_own_time(long_cycles, taken, len(stamps)) == passed
