"""DUTs about as fast as the load that there is, or faster: simulated, with the truth known."""

import math

import numpy as np
import pytest

from middlebench.analysis.capacity import capacity
from middlebench.analysis.repetitions import Try
from middlebench.analysis.sequential import SURE, next_trials, trials_of
from simulated import DISTURBED, LIMIT

CEILING = 240
"""What the generator makes at best [Mbit/s]."""

FIND = {"start": 166, "from": 1, "to": CEILING, "half_width": 0.02, "budget_s": 8}
FIND |= {"max_trials": 16}
SETTINGS = {"rates_mbit": {"find": FIND}, "repetitions": {"min": 1, "retries": 8}}
SETTINGS |= {"max_loss_ratio": LIMIT}
SPREAD = 0.01
"""Of the capacity, from trial to trial."""


def measured(source, rate, truth):
    """A trial; the generator makes up to a tenth less in every other one, and some say nothing."""
    if source.random() < DISTURBED:
        return Try("disturbed", None, 0.0, "alone", 0.5, came=0.7)
    most = CEILING * (1 - 0.1 * source.random() * (source.random() < 0.5))
    made, own = min(rate, most), truth * math.exp(source.normal(0, SPREAD))
    loss = max(0.0, 1 - own / made)
    about = (1.0, loss, "alone", 0.5)
    if made < 0.99 * rate:
        carried = {"alone": made * (1 - loss) / rate} if loss <= LIMIT else {}
        return Try("generator_limited", *about, carried=carried, came=0.99)
    return Try("overloaded" if loss > LIMIT else "ok", *about, came=1 - loss)


def at_its_end(source, truth, measure=measured):
    """(Tries by rate, what is known of the capacity, why the series ended)."""
    tries = {}
    while (step := next_trials(tries, SETTINGS)).chosen:
        for rate, (_, count) in step.chosen.items():
            tries.setdefault(rate, []).extend(measure(source, rate, truth) for _ in range(count))
    return tries, capacity(trials_of(tries, LIMIT)), step.ended


@pytest.mark.parametrize("truth", [1.05 * CEILING, 1.5 * CEILING, 20 * CEILING])
def test_a_faster_dut_ends_early_with_a_lower_end_that_is_true(truth):
    """After one trial on the way and SURE at the top, but for those that say nothing."""
    source = np.random.default_rng(3)
    ends = [at_its_end(source, truth) for _ in range(100)]
    for tries, found, ended in ends:
        assert ended.startswith(("carries all that the generator", "carries the highest"))
        assert found.high is None
        assert 0.9 * CEILING * (1 - 2 * LIMIT) <= found.low <= CEILING
        told = [run for of_rate in tries.values() for run in of_rate if run.verdict != "disturbed"]
        assert len(told) == 1 + SURE


@pytest.mark.parametrize(
    ("share", "often"), [(0.5, 0.9), (0.8, 0.9), (0.9, 0.9), (0.95, 0.9), (0.97, 0.7)]
)
def test_a_slower_one_is_found(share, often):
    """The interval holds its capacity in 93 of 100, and only the nearest is taken for faster."""
    source, truth = np.random.default_rng(4), share * CEILING
    found = [at_its_end(source, truth)[1] for _ in range(100)]
    held = [(of.low or 0) <= truth <= (of.high or math.inf) for of in found]
    assert sum(held) >= 0.93 * len(held)
    assert sum(of.high is not None for of in found) >= often * len(found)
    close = [of.middle and abs(of.middle / truth - 1) <= 0.02 for of in found if of.high]
    assert sum(close) >= often * len(close)


def livelocked(source, rate, truth):
    """Of twice what it carries, or more, a fiftieth of its capacity comes back."""
    told = measured(source, rate, truth)
    if told.verdict != "overloaded" or rate < 2 * truth:
        return told
    lost = 1 - truth / 50 / rate
    return told._replace(loss_ratio=lost, came=1 - lost)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_what_is_carried_is_found_where_overload_brings_back_next_to_nothing(share):
    """The interval holds it in 93 of 100, and it has both ends in most."""
    source, truth = np.random.default_rng(5), share * CEILING
    found = [at_its_end(source, truth, livelocked)[1] for _ in range(100)]
    held = [(of.low or 0) <= truth <= (of.high or math.inf) for of in found]
    assert sum(held) >= 0.93 * len(held)
    close = [of.high and of.middle and abs(of.middle / truth - 1) <= 0.03 for of in found]
    assert sum(map(bool, close)) >= 0.8 * len(close)
