"""softgen's watch: what stands still, whose fault it is, and what of it is judged."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

SLICE, SLICES = 1000, 400
START = 10**7
GAP_OVER, SILENCE_OVER, STOP_OVER = 100, 200, 50_000
TURN = 50
"""Cycles of a turn of the loop that goes on as it should: 1000 cycles stand for a millisecond."""
GAP, SILENCE = 1, 2
NOTHING = (0, 0, 0)


class Watched:
    """A loop that turns, under watch; times are cycles since the window's start."""

    def __init__(self, softgen):
        self._softgen = softgen
        limits = (GAP_OVER, SILENCE_OVER, STOP_OVER)
        self._watch = softgen.driver_watch(SLICE, SLICES, START, *limits)
        self.now = 0

    def turn(self, cycles=TURN, heard=True, outstanding=True):
        """One turn that takes so long."""
        self.now += cycles
        self._softgen.driver_turn(self._watch, START + self.now, outstanding, heard)

    def run(self, cycles, **how):
        """Turns as they should be for so long."""
        for _ in range(cycles // TURN):
            self.turn(**how)

    def silent(self, cycles):
        """The DUT is not heard for so long, then it is."""
        self.run(cycles, heard=False)
        self.turn()
        self.turn()

    def stand_still_then_hear(self, cycles):
        """Within a turn the loop stands still for so long, and then takes what lies in the ring."""
        self.now += cycles
        self._softgen.driver_hear(self._watch, START + self.now)

    def load_over(self):
        """The window is over; frames may still come."""
        self._softgen.driver_load_end(self._watch, START + self.now)

    def end(self):
        """(gaps, silences, stops), each (count, cycles, longest), and the slices by their cause."""
        self._softgen.driver_watch_end(self._watch)
        found = (ctypes.c_uint64 * 9)()
        self._softgen.driver_marks(self._watch, found)
        causes = [self._softgen.driver_causes(self._watch, number) for number in range(SLICES)]
        self._softgen.driver_watch_free(self._watch)
        slices = {
            cause: [number for number, found in enumerate(causes) if found & cause]
            for cause in (GAP, SILENCE)
        }
        assert all(cause <= GAP | SILENCE for cause in causes)  # nothing is left open
        return [tuple(found[at : at + 3]) for at in (0, 3, 6)], slices


@pytest.fixture
def loop(softgen):
    """A loop that has turned for ten slices."""
    watched = Watched(softgen)
    watched.run(10 * SLICE)
    return watched


def close(marks, count, cycles):
    """So many marks of so many cycles in all, to a few turns."""
    return marks[0] == count and abs(marks[1] - cycles) <= 6 * TURN * count


@pytest.mark.tried("lies")
def test_a_stop_of_the_generator_is_counted_once(loop):
    """Frames lie in the ring meanwhile: that none came back says nothing about the DUT."""
    loop.turn(8 * SLICE)
    loop.turn()
    (gaps, silences, stops), slices = loop.end()
    assert close(gaps, 1, 8 * SLICE)
    assert silences == stops == NOTHING
    assert slices == {GAP: list(range(10, 19)), SILENCE: []}


def test_a_short_silence_is_left_out(loop):
    """As long as a machine stops a core."""
    loop.silent(8 * SLICE)
    (gaps, silences, stops), slices = loop.end()
    assert close(silences, 1, 8 * SLICE)
    assert gaps == stops == NOTHING
    assert slices == {GAP: [], SILENCE: list(range(10, 19))}


@pytest.mark.tried("lies")
def test_a_long_silence_is_the_duts_stop_and_is_judged(loop):
    """No slice of it is left out; it is not among the silences."""
    loop.silent(120 * SLICE)
    (gaps, silences, stops), slices = loop.end()
    assert close(stops, 1, 120 * SLICE)
    assert gaps == silences == NOTHING
    assert slices == {GAP: [], SILENCE: []}


def test_within_the_duts_stop_the_generators_own_is_left_out(loop):
    """Causes are kept apart: a slice in which the loop stood still too says nothing."""
    loop.run(30 * SLICE, heard=False)
    loop.turn(5 * SLICE, heard=False)
    loop.silent(60 * SLICE)
    (gaps, silences, stops), slices = loop.end()
    assert close(gaps, 1, 5 * SLICE)
    assert close(stops, 1, 90 * SLICE)
    assert silences == NOTHING
    assert slices == {GAP: list(range(40, 46)), SILENCE: []}


def test_a_silence_that_the_generators_own_stops_explain_is_no_stop_of_the_dut(loop):
    """60 ms in which the loop stood still for 40: the machine's."""
    loop.run(10 * SLICE, heard=False)
    for _ in range(4):
        loop.turn(10 * SLICE, heard=False)
        loop.turn(heard=False)
    loop.silent(10 * SLICE)
    (gaps, silences, stops), slices = loop.end()
    assert close(gaps, 4, 40 * SLICE)
    assert close(silences, 1, 20 * SLICE)
    assert stops == NOTHING
    assert slices[SILENCE] == list(range(10, 71))


@pytest.mark.tried("lies")
def test_a_stop_of_the_generator_hides_no_silence_that_comes_after_it(loop):
    """Once more was heard, what is not heard from there on is the DUT's own, all of it."""
    loop.stand_still_then_hear(30 * SLICE)
    loop.run(60 * SLICE, heard=False)
    loop.turn()
    loop.turn()
    (gaps, silences, stops), _ = loop.end()
    assert close(gaps, 1, 30 * SLICE)
    assert close(stops, 1, 60 * SLICE)
    assert silences == NOTHING


def test_without_packets_outstanding_nobody_is_silent(loop):
    """Nothing is to come back."""
    loop.run(100 * SLICE, heard=False, outstanding=False)
    marks, slices = loop.end()
    assert marks == [NOTHING] * 3
    assert slices == {GAP: [], SILENCE: []}


def test_the_last_frames_lost_are_no_stop(loop):
    """An overloaded DUT drops them, and nothing comes after them: probes tell whether it lives."""
    loop.load_over()
    loop.run(100 * SLICE, heard=False)
    (_, silences, stops), _ = loop.end()
    assert silences == stops == NOTHING


@pytest.mark.tried("lies")
@pytest.mark.parametrize("comes_back", [True, False])
def test_a_stop_at_the_end_of_the_load_counts_as_far_as_there_was_load(loop, comes_back):
    """When it comes back it is known to have stood still; else that is a matter of the probes."""
    loop.run(30 * SLICE, heard=False)
    loop.load_over()
    loop.run(40 * SLICE, heard=False)
    if comes_back:
        loop.turn()
        loop.turn()
    (_, silences, stops), slices = loop.end()
    assert close(stops if comes_back else silences, 1, 30 * SLICE)
    assert (silences if comes_back else stops) == NOTHING
    assert bool(slices[SILENCE]) is not comes_back


def test_what_began_before_the_window_counts_from_its_start(softgen):
    """Shares of the window cannot exceed it."""
    watched = Watched(softgen)
    watched.now = -50 * SLICE
    softgen.driver_turn(watched._watch, START + watched.now, 1, 1)
    watched.silent(90 * SLICE)
    (_, _, stops), _ = watched.end()
    assert close(stops, 1, 40 * SLICE)


turns = st.tuples(
    st.sampled_from([TURN, TURN, 3 * GAP_OVER, 20 * SLICE, 60 * SLICE]),
    st.integers(1, 20),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(turns, max_size=30), st.integers(0, 30))
def test_no_time_is_counted_twice_and_none_beyond_the_window(softgen, told, over_at):
    """Gaps, silences and stops together never exceed the time that there was load."""
    watched = Watched(softgen)
    window = None
    for number, (cycles, count, heard, outstanding) in enumerate(told):
        if number == over_at:
            watched.load_over()
            window = watched.now
        for _ in range(count):
            # the first packet that is outstanding counts as heard, and nothing else ends that state
            watched.turn(cycles, heard or not outstanding, outstanding)
    window = watched.now if window is None else window
    marks, _ = watched.end()
    assert sum(cycles for _, cycles, _ in marks) <= window
    assert all(longest <= cycles for _, cycles, longest in marks)
    assert all(longest > GAP_OVER or window <= GAP_OVER for count, _, longest in marks if count)
