"""What tells a machine's states apart is found in what its probe saw: mixtures of known answers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.machine.clusters import MIN_PROBES, thresholds

STEPS = (1550, 1602, 1665, 1730)
"""Idle times of a core that changes its frequency."""


def histogram(samples):
    """Buckets of 0.5 %, by their lower bounds, as the probe writes them."""
    buckets = np.floor(np.log(np.asarray(samples, dtype=float)) / np.log(1.005))
    return [[round(1.005**key, 2), count] for key, count in sorted(Counter(buckets).items())]


def probe(dut, generator=None, trips=()):
    """The section of a trial with these samples [cycles]."""
    work = {"dut": dut, "generator": dut if generator is None else generator}
    of = {
        cpu: {"work_cycles": histogram(samples), "core_mhz": 2900.0}
        for cpu, samples in work.items()
    }
    return of | {"trip_cycles": histogram(trips) if len(trips) else []}


def source(seed=1):
    """Random numbers, the same each time."""
    return np.random.default_rng(seed)


def idle(count, *modes, seed=1):
    """Work on an idle core: 0.3 % around modes that are as frequent as each other."""
    drawn = source(seed)
    return drawn.choice(modes or (1600,), count) * drawn.lognormal(0, 0.003, count)


def busy(count, low=1800, high=3450, seed=2):
    """Work beside a busy sibling: anything in between, denser above."""
    return source(seed).triangular(low, high, high, count)


MIXTURES = {
    "AMD": (idle(2000, 1586, 1612), busy(1500, 2300, 2950)),
    "Intel": (idle(4000), busy(4000)),
    "Intel, mostly busy": (idle(700, 1665, 1730), busy(9000)),
    "Intel, mostly idle": (idle(9000), busy(300)),
    "steps of frequency": (idle(6000, *STEPS[:3]), busy(4000)),
    "all of them": (idle(6000, *STEPS), busy(4000, 1850)),
    "little time": (idle(200), busy(200)),
    "only halves the window": (idle(4000, *STEPS[:3]), busy(4000, 2390, 2900)),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_idle_and_busy_are_told_apart(name):
    """At most one in 100 of either is taken for the other, and both CPUs have their own limit."""
    quiet, shared = MIXTURES[name]
    other = 1.3 * quiet
    found = thresholds([probe(np.concatenate([quiet, shared]), other)])
    assert np.mean(quiet >= found["busy_dut"]) < 0.01
    assert np.mean(shared < found["busy_dut"]) < 0.01
    assert found["busy_dut"] <= 1.3 * quiet.min()
    assert found["idle_dut_cycles"] == pytest.approx(np.median(quiet), rel=0.02)
    share = len(shared) / (len(shared) + len(quiet))
    assert f"({share:.0%} of the time)" in found["found"][0]


def test_one_state_is_said_to_be_one():
    """Bare metal: a limit all the same, 13 to 25 % above, and words that say what it is.

    A slower clock, by 13 %, was seen in another hour; a busy sibling from 50 % on.
    """
    found = thresholds([probe(idle(3000))])
    assert 1.13 * 1600 < found["busy_dut"] < 1.25 * 1600
    assert found["busy_generator"] == found["busy_dut"]
    assert found["found"][0].startswith("dut's CPU: one state only: bare metal, siblings avoided")


def test_a_core_that_was_never_idle_is_all_shared():
    """No tight mode on either CPU: every probe is past the limit, and it is not 0 (unknown)."""
    beside = busy(9000)
    beside[:900] = 2675 * source(3).lognormal(0, 0.003, 900)  # one steady neighbour for a while
    found = thresholds([probe(beside)])
    assert 0 < found["busy_dut"] < beside.min()
    assert found["idle_dut_cycles"] is None
    assert "its sibling was never idle" in found["found"][0]


@pytest.mark.parametrize("shared", [busy(5000), idle(5000, 2900)], ids=["any", "steady"])
def test_the_other_cpu_says_what_idle_is(shared):
    """Where a sibling was always busy, even in one tight mode, the limit is that of the other."""
    found = thresholds([probe(shared, idle(5000))])
    assert found["busy_dut"] == found["busy_generator"]
    assert found["idle_dut_cycles"] is None
    assert "never idle" in found["found"][0]
    assert found["idle_generator_cycles"] == pytest.approx(1600, rel=0.01)


@pytest.mark.parametrize("count", [0, 1, MIN_PROBES - 1])
def test_few_probes_say_nothing(count):
    """No limit is known then: its states are unknown, not idle; trips are all near."""
    found = thresholds([probe(idle(count), trips=idle(count, 120))])
    assert {found[key] for key in ("busy_dut", "busy_generator", "far")} == {0}
    assert f"{count} probes are too few" in found["found"][0]
    assert f"{count} round trips are too few" in found["found"][2]


def test_without_trials_nothing_is_known():
    """All limits are 0."""
    found = thresholds([])
    assert [found[key] for key in ("busy_dut", "busy_generator", "far")] == [0, 0, 0]


def amd(count, far_share, seed):
    """Trips on that machine, in steps of 26 cycles."""
    drawn = source(seed)
    far = drawn.choice([208, 520, 546, 572, 598, 624], count, p=[0.05, 0.2, 0.3, 0.25, 0.15, 0.05])
    return np.where(drawn.random(count) < far_share, far, drawn.choice([104, 130, 156], count))


def test_near_and_far_trials_are_told_apart():
    """Between the clusters, wherever the steps of the clock lie; also when few are near."""
    for shares in ([0, 0, 1], [1, 1, 0, 1, 1]):
        trips = [amd(400, share, seed) for seed, share in enumerate(shares)]
        found = thresholds([probe(idle(400), trips=of) for of in trips])
        assert 160 < found["far"] < 520
        assert "CPUs near at 1" in found["found"][2]


DISTANCES = {
    "one": [source(4).lognormal(np.log(300), 0.12, 900)],
    "less than 1.5 apart": [idle(900, 300), idle(900, 400)],
    "rarely far": [amd(900, 0, 1), amd(50, 1, 2)],
    "on one core for moments": [np.concatenate([idle(700, 300), idle(160, 75)])] * 3,
}


@pytest.mark.parametrize("name", DISTANCES)
def test_one_distance_is_near(name):
    """Where there are no two that a trial can be at, all is near, and words say so."""
    found = thresholds([probe(idle(400), trips=of) for of in DISTANCES[name]])
    assert found["far"] == 0
    assert "one distance between the CPUs" in found["found"][2]


PAIRS = st.lists(st.tuples(st.floats(0, 1e7), st.integers(0, 10**6)).map(list), max_size=20)


@given(st.lists(st.tuples(PAIRS, PAIRS, PAIRS), max_size=4))
def test_any_histogram_gives_limits(trials):
    """Whatever was seen, limits are numbers, not below 0, and words are there for each."""
    sections = [
        {
            "dut": {"work_cycles": a, "core_mhz": None},
            "generator": {"work_cycles": b, "core_mhz": 2900.0},
            "trip_cycles": c,
        }
        for a, b, c in trials
    ]
    found = thresholds(sections)
    for key in ("busy_dut", "busy_generator", "far"):
        assert np.isfinite(found[key])
        assert found[key] >= 0
    assert len(found["found"]) == 3
