"""softgen's watch with a witness: a silence is judged by whose fault it was, not by its length."""

import ctypes

import pytest

MS, SLICES, START, TURN = 1000, 300, 10**7, 50
GAP_OVER, SILENCE_OVER, STOP_OVER = 100, 200, 50_000
FAULTS = ("machine", "preempted", "busy", "asleep", "stopped", "unseen")
OWN = ("busy", "asleep", "stopped")
SILENCE = 2


class Scene:
    """A loop under watch and a witness, on one clock."""

    def __init__(self, softgen, sees=1):
        self._softgen = softgen
        self._watch = softgen.driver_watch(MS, SLICES, START, GAP_OVER, SILENCE_OVER, STOP_OVER)
        self._witness = softgen.driver_witness(MS, 1800, 1800, 0, sees)
        softgen.driver_watch_by(self._watch, self._witness)
        self.now, self._ran, self._waited = 0, 0, 0

    def run(self, ms, heard=True, ran=True, waited=False, looks=True, state=b"-"):
        """So many ms in which the DUT is heard or not, its thread ran or not, and we looked."""
        for _ in range(ms * MS // TURN):
            self.now += TURN
            if self.now % MS == 0:
                self._ran += MS * ran
                self._waited += MS * waited
                if looks:
                    times = (self._ran, self._waited, state)
                    look = (START + self.now, 1600, 0, MS, *times)
                    self._softgen.driver_look(self._witness, 0, *look)
                self._softgen.driver_settle(self._watch, START + self.now)
            self._softgen.driver_turn(self._watch, START + self.now, True, heard)

    def end(self):
        """Faults (count), (silences, stops), and the slices that are left out."""
        self._softgen.driver_load_end(self._watch, START + self.now)
        self._softgen.driver_watch_end(self._watch)
        faults, marks = (ctypes.c_uint64 * 12)(), (ctypes.c_uint64 * 9)()
        self._softgen.driver_faults(self._watch, faults)
        self._softgen.driver_marks(self._watch, marks)
        left_out = [n for n in range(SLICES) if self._softgen.driver_causes(self._watch, n)]
        self._softgen.driver_watch_free(self._watch)
        self._softgen.driver_witness_free(self._witness)
        found = {name: faults[2 * place] for place, name in enumerate(FAULTS)}
        return {name: count for name, count in found.items() if count}, marks[3], marks[6], left_out


WAYS = {
    "machine": {"looks": False},
    "preempted": {"ran": False, "waited": True},
    "busy": {},
    "asleep": {"ran": False, "state": b"S"},
    "stopped": {"ran": False, "state": b"T"},
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("fault", WAYS)
@pytest.mark.parametrize("ms", [4, 8, 30])
def test_a_silence_is_left_out_unless_it_is_the_duts_own(softgen, fault, ms):
    """A short stop of the DUT is judged; a machine's is not, however much of the time it takes."""
    scene = Scene(softgen)
    scene.run(20)
    scene.run(ms, heard=False, **WAYS[fault])
    scene.run(40)
    faults, silences, stops, left_out = scene.end()
    assert faults == {fault: 1}
    assert (silences, stops) == ((0, 1) if fault in OWN else (1, 0))
    assert bool(left_out) == (fault not in OWN)


@pytest.mark.tried("lies")
def test_a_long_stop_of_the_machine_is_not_taken_for_the_duts(softgen):
    """Longer than dut_stop_us: without a witness it would be judged."""
    scene = Scene(softgen)
    scene.run(20)
    scene.run(120, heard=False, looks=False)
    scene.run(40)
    faults, silences, stops, left_out = scene.end()
    assert (faults, silences, stops) == ({"machine": 1}, 1, 0)
    assert len(left_out) >= 119


def test_a_silence_until_the_end_is_nobodys_unless_it_was_known_before(softgen):
    """The last frames may be lost; a DUT that stood still for longer than that is known."""
    for ms, stopped in ((10, 0), (120, 1)):
        scene = Scene(softgen)
        scene.run(20)
        scene.run(ms, heard=False)
        _, silences, stops, _ = scene.end()
        assert (silences, stops) == (1 - stopped, stopped)


KERNEL = 2
"""A witness of a DUT that is the kernel: `sees` of driver_witness."""


@pytest.mark.tried("lies")
@pytest.mark.parametrize("fault", WAYS)
@pytest.mark.parametrize("ms", [4, 30])
def test_of_a_dut_without_a_thread_only_the_machines_stops_are_told(softgen, fault, ms):
    """Whether the kernel or a program had its CPU nobody knows: it is left out, and bounded."""
    scene = Scene(softgen, KERNEL)
    scene.run(20)
    scene.run(ms, heard=False, **WAYS[fault])
    scene.run(40)
    faults, silences, stops, left_out = scene.end()
    assert faults == {"machine" if fault == "machine" else "unseen": 1}
    assert (silences, stops) == (1, 0)
    assert left_out


@pytest.mark.parametrize(("looks", "judged"), [(True, True), (False, False)])
def test_a_long_silence_of_a_dut_without_a_thread_is_its_own_if_its_cpu_was_there(
    softgen, looks, judged
):
    """Longer than any program takes: it hangs, and is judged."""
    scene = Scene(softgen, KERNEL)
    scene.run(20)
    scene.run(80, heard=False, looks=looks)
    scene.run(40)
    _, silences, stops, left_out = scene.end()
    assert (silences, stops) == ((0, 1) if judged else (1, 0))
    assert bool(left_out) != judged
