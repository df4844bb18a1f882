"""softgen's witness: the hidden state of a slice, and whose fault a silence was, from looks."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

MS = 1000
"""Cycles of a millisecond here: a period between two looks; a cycle is a nanosecond."""
START = 10**6
DUT, GENERATOR = 0, 1
IDLE, BUSY_WORK, LIMIT = 1600, 2600, 1800
NEAR, FAR, FAR_LIMIT = 130, 560, 300
RUNS, WANTS_TO, SLEEPS, IS_STOPPED = b"-", b"R", b"S", b"T"
UNKNOWN = 8
ALL = 511


class Looks:
    """A witness, and the looks that it is told of."""

    def __init__(self, softgen, sees=True, far=FAR_LIMIT, limit=LIMIT):
        self._softgen = softgen
        self.witness = softgen.driver_witness(MS, limit, limit, far, sees)
        self.ran, self.waited = 0, 0

    def look(self, tsc, cpu=DUT, work=IDLE, trip=0, period=MS, state=RUNS):
        """One look; what the thread did so far is what `ran` and `waited` say."""
        times = (self.ran, self.waited, state)
        self._softgen.driver_look(self.witness, cpu, START + tsc, work, trip, period, *times)

    def both(self, works, trip=NEAR):
        """A look a millisecond on both CPUs, of (DUT's work, generator's work)."""
        for number, (dut, generator) in enumerate(works):
            self.look(number * MS, DUT, dut, trip if number % 5 == 0 else 0)
            self.look(number * MS, GENERATOR, generator)

    def state(self, begin, length=MS):
        """Of the slice between two looks, by name."""
        begin += START
        found = self._softgen.witness_state(self.witness, begin, begin + length)
        return self._softgen.driver_state_name(found).decode()

    def fault(self, begin, end):
        """Of a silence, by name."""
        found = self._softgen.witness_fault(self.witness, START + begin, START + end)
        return self._softgen.driver_fault_name(found).decode()


@pytest.fixture
def looks(softgen):
    """As they are, of a thread that is seen."""
    return Looks(softgen)


@pytest.mark.parametrize("dut", [IDLE, BUSY_WORK])
@pytest.mark.parametrize("generator", [IDLE, BUSY_WORK])
@pytest.mark.parametrize("trip", [NEAR, FAR])
def test_a_slice_has_the_state_that_all_looks_around_it_agree_on(looks, dut, generator, trip):
    """Whether each core's sibling works, and how far the CPUs are from each other."""
    looks.both([(dut, generator)] * 40, trip)
    busy = {IDLE: "idle", BUSY_WORK: "busy"}
    where = "near" if trip == NEAR else "far"
    assert looks.state(20 * MS + MS // 2) == f"{busy[dut]}_{busy[generator]}_{where}"


@pytest.mark.parametrize("cpu", [DUT, GENERATOR])
@pytest.mark.parametrize("changed", range(16, 26))
def test_a_slice_is_unknown_where_a_look_in_it_or_beside_it_disagrees(looks, cpu, changed):
    """The slice from 20.5 to 21.5 ms: looks at 20 (before), 21 (in it) and 22 (after it) count."""
    works = [[IDLE, IDLE] for _ in range(40)]
    works[changed][cpu] = BUSY_WORK
    looks.both(works)
    known = changed not in (20, 21, 22)
    assert looks.state(20 * MS + MS // 2) == ("idle_idle_near" if known else "unknown")


def test_a_slice_is_unknown_where_a_look_is_late_or_has_not_come_yet(looks):
    """A CPU that was not there says nothing of its sibling; nor does the future."""
    looks.both([(IDLE, IDLE)] * 20)
    for number in range(23, 40):  # the CPUs stood still for three periods
        looks.look(number * MS, DUT, IDLE, NEAR)
        looks.look(number * MS, GENERATOR, IDLE)
    assert looks.state(18 * MS, MS - 1) == "idle_idle_near"
    assert looks.state(20 * MS) == looks.state(22 * MS - 1) == "unknown"
    assert looks.state(24 * MS) == "idle_idle_near"
    assert looks.state(39 * MS) == "unknown"


def test_rare_looks_that_were_asked_for_are_not_late(looks):
    """Where another program wants the CPU there is a look in five periods."""
    for number in range(0, 100, 5):
        looks.look(number * MS, DUT, IDLE, NEAR, period=5 * MS)
        looks.look(number * MS, GENERATOR, IDLE, period=5 * MS)
    assert looks.state(52 * MS) == "idle_idle_near"


def test_one_wrong_round_trip_does_not_make_the_cpus_far(looks):
    """The median of those around the slice decides."""
    looks.both([(IDLE, IDLE)] * 20)
    looks.look(20 * MS, DUT, IDLE, FAR)
    looks.look(20 * MS, GENERATOR, IDLE)
    for number in range(21, 40):
        looks.look(number * MS, DUT, IDLE, NEAR if number % 5 == 0 else 0)
        looks.look(number * MS, GENERATOR, IDLE)
    assert looks.state(20 * MS) == "idle_idle_near"


def test_without_limits_no_state_is_known_and_without_distance_all_are_near(softgen):
    """A calibration knows none yet; a machine with one distance needs none."""
    unknown, near = Looks(softgen, limit=0), Looks(softgen, far=0)
    for looks in (unknown, near):
        looks.both([(IDLE, IDLE)] * 40, trip=FAR)
    assert unknown.state(20 * MS) == "unknown"
    assert near.state(20 * MS) == "idle_idle_near"


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=40, max_size=80), st.data())
def test_a_known_state_is_that_of_every_look_around(softgen, busy, data):
    """Whatever the looks were: known means that nobody disagreed."""
    looks = Looks(softgen)
    works = [[BUSY_WORK if one else IDLE for one in both] for both in busy]
    looks.both(works)
    slice_ = data.draw(st.integers(1, len(busy) - 3))
    found = looks.state(slice_ * MS + MS // 2)
    around = busy[slice_ : slice_ + 3]
    if len(set(around)) == 1:
        dut, generator = ("busy" if one else "idle" for one in around[0])
        assert found == f"{dut}_{generator}_near"
    else:
        assert found == "unknown"


def silence(looks, length, what, period=MS, begin=20):
    """The DUT polls for 20 ms, then `what(ms)` happens for `length` ms, then it polls again."""
    for now in range(begin + length + 40):
        inside = begin < now <= begin + length
        shown = now % (period // MS) == 0
        if inside:
            shown, state = what(looks, shown)
        else:
            looks.ran += MS
            state = RUNS
        if shown:
            looks.look(now * MS, period=period, state=state)
    return looks.fault(begin * MS + MS // 3, (begin + length) * MS + MS // 3)


def machine(looks, shown):
    """The machine took the CPU: nobody was there to look."""
    looks.ran += MS  # as a guest sees it
    return False, RUNS


def busy(looks, shown):
    """The DUT does something else."""
    looks.ran += MS
    return shown, RUNS


def asleep(looks, shown):
    """It sleeps."""
    return shown, SLEEPS


def stopped(looks, shown):
    """Somebody stopped it."""
    return shown, IS_STOPPED


def preempted(looks, shown):
    """Another program has its CPU."""
    looks.waited += MS
    return shown, WANTS_TO


def starved(looks, shown):
    """The same, and the kernel will count what it has waited when it gets its turn."""
    return shown, WANTS_TO


@pytest.mark.tried("lies")
@pytest.mark.parametrize("what", [machine, busy, asleep, stopped, preempted])
@pytest.mark.parametrize("length", [3, 5, 8, 60])
def test_whose_fault_a_silence_was_is_told_from_the_looks(looks, what, length):
    """The machine's, another program's, or the DUT's own, and how."""
    assert silence(looks, length, what) == what.__name__


@pytest.mark.tried("lies")
@pytest.mark.parametrize("length", [3, 60])
def test_a_thread_that_waits_for_its_turn_does_not_sleep(looks, length):
    """However long it waits, and though nothing of it is counted yet."""
    assert silence(looks, length, starved) == "preempted"


@pytest.mark.parametrize("what", [busy, asleep, stopped])
def test_a_silence_that_is_short_beside_the_looks_is_nobodys(looks, what):
    """Between two looks a stop of the machine looks like a DUT that ran."""
    assert silence(looks, 1, what) == "unseen"


def test_another_program_is_seen_even_so(softgen):
    """The kernel counts what a thread waits, however rarely it is asked."""
    assert silence(Looks(softgen), 1, preempted) == "preempted"
    assert silence(Looks(softgen), 4, preempted, period=5 * MS) == "preempted"
    assert silence(Looks(softgen), 4, busy, period=5 * MS) == "unseen"


def test_a_thread_that_is_not_seen_is_busy_while_its_cpu_was_there(softgen):
    """Whether it slept nobody knows; that it was not the machine is known."""
    assert silence(Looks(softgen, sees=False), 5, asleep) == "busy"
    assert silence(Looks(softgen, sees=False), 5, machine) == "machine"


@given(
    states=st.lists(st.integers(0, 8), min_size=60, max_size=60),
    packets=st.lists(st.tuples(st.integers(0, 59), st.integers(1, 10**6)), max_size=80),
    dirty=st.lists(st.integers(0, 59), max_size=10),
)
def test_what_is_counted_by_state_sums_up_to_what_is_clean(softgen, states, packets, dirty):
    """Each clean slice belongs to one state, with its packets."""
    told = (ctypes.c_uint8 * 60)(*states)
    gate = softgen.driver_states(MS, 60, 60, ALL, 60, told)
    for slice_, latency in packets:
        assert softgen.driver_receive(gate, slice_ * MS, latency, 7) == 1 or slice_ >= 24
    for slice_ in dirty:
        softgen.gate_mark(gate, 1, slice_ * MS, slice_ * MS)
    softgen.gate_close(gate, 60)
    found = {}
    for state in range(9):
        row = (ctypes.c_uint64 * 4)()
        softgen.driver_of_state(gate, state, row)
        found[state] = tuple(row)
        clean = [number for number in range(60) if states[number] == state]
        assert row[0] == len(clean)
        assert row[1] == len(set(clean) - set(dirty))
    assert sum(row[1] for row in found.values()) == softgen.driver_gated_slices(gate)
    assert sum(row[2] for row in found.values()) == softgen.driver_received(gate, 1)
    assert sum(row[3] for row in found.values()) == softgen.driver_due_sum(gate, 1)
    softgen.driver_free(gate)


def test_a_window_ends_with_enough_clean_time_of_the_judged_states_alone(softgen):
    """Of every ten slices three are of a state that is judged."""
    told = (ctypes.c_uint8 * 200)(*([0, 0, 0] + [2] * 7) * 20)
    ends = {}
    for judged in (0b1, 0b100, ALL):
        gate = softgen.driver_states(MS, 200, 30, judged, 200, told)
        ends[judged] = next(
            now for now in range(200) if softgen.driver_advance(gate, now * MS, MS // 5, 0)
        )
        softgen.driver_free(gate)
    assert ends[ALL] < ends[0b100] < ends[0b1]
    assert 93 <= ends[0b1] <= 100  # 30 slices, and the lag until the state is known


def test_a_state_that_does_not_come_is_not_waited_for_to_the_end(softgen):
    """After 50 slices those of any known state end the window; unknown ones never do."""
    for other, ends in ((2, 50), (UNKNOWN, 200)):
        told = (ctypes.c_uint8 * 200)(*[other] * 200)
        gate = softgen.driver_states(MS, 200, 30, 0b1, 50, told)
        over = (softgen.driver_advance(gate, now * MS, MS // 5, 0) for now in range(201))
        assert list(over).index(1) == ends
        softgen.driver_free(gate)


def test_latency_is_counted_from_when_a_packet_was_due_and_from_when_it_was_sent(softgen):
    """A generator that is late by 500 cycles hides nothing of them."""
    told = (ctypes.c_uint8 * 60)()
    gate = softgen.driver_states(MS, 60, 60, ALL, 60, told)
    assert softgen.driver_receive(gate, 5 * MS, 100, 500) == 1
    softgen.gate_close(gate, 60)
    assert softgen.driver_latency_sum(gate, 0) == 100
    assert softgen.driver_due_sum(gate, 0) == 600
    softgen.driver_free(gate)
