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


def steps_of(softgen, gaps, width, drain=COUNT, silences=()):
    """(Clean slices, what came back) of each step; packet n of a slice number n comes in it."""
    gate = softgen.driver_make(SLICE, COUNT, COUNT, drain, BEFORE, AFTER, 1)
    softgen.driver_long(gate, LONG, 0)
    softgen.driver_steps(gate, width)
    softgen.gate_start(gate, 10**9)
    for cause, marks in ((GAP, gaps), (2, silences)):
        for first, length in marks:
            begin = 10**9 + first * SLICE
            softgen.gate_mark(gate, cause, begin, begin + length)
    for number in range(COUNT):
        for _ in range(number):
            softgen.driver_arrive(gate, 10**9 + number * SLICE)
    softgen.gate_close(gate, COUNT)
    found = []
    for step in range(COUNT):
        row = (ctypes.c_uint64 * 2)()
        softgen.driver_step(gate, step, row)
        found.append(tuple(row))
    softgen.driver_free(gate)
    return [row for row in found if row[0]]


def test_what_comes_back_is_told_by_time_since_others_turn(softgen):
    """Of slices 14 to 27 and 34 to 49, by how far each is from the turn; before it nobody knows."""
    turns = ((10, 3500), (30, 3500))  # 30: two slices of guard before it
    found = steps_of(softgen, turns, 1)
    assert [slices for slices, _ in found] == [2] * 14 + [1] * 2
    assert [came for _, came in found] == [14 + 34 + 2 * at for at in range(14)] + [48, 49]
    wide = steps_of(softgen, turns, 4)
    assert wide == [(8, sum(came for _, came in found[at : at + 4])) for at in (0, 4, 8)] + [
        (6, sum(came for _, came in found[12:]))
    ]


@pytest.mark.parametrize(("cause", "length"), [("gaps", 500), ("silences", 3500)])
def test_a_hiccup_within_a_turn_is_left_out_of_its_steps(softgen, cause, length):
    """It begins no turn of its own, also where it is a silence as long as one."""
    hiccup = {"gaps": (), "silences": ()} | {cause: ((40, length),)}
    gaps = ((10, 3500), *hiccup["gaps"])
    found = steps_of(softgen, gaps, 1, silences=hiccup["silences"])
    assert found[0] == (1, 14)
    assert found[-1] == (1, 49)
    left_out = {38, 39, 40, 41} if cause == "gaps" else set(range(38, 44))
    assert {came for _, came in found} == set(range(14, COUNT)) - left_out


def test_nobody_asks_for_steps_by_default(softgen):
    """A trial without turns counts none."""
    assert steps_of(softgen, ((10, 3500),), 0) == []
