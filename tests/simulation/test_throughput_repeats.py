"""How well a search repeats, by simulation: what config.yaml says of the shipped goals."""

import random
from statistics import mean, stdev

import pytest

from configurations import DEFAULT
from middlebench.measuring.search import Trials, search
from throughput_trials import CAPACITY, trial

GOALS = DEFAULT["throughput"]["goal_sets"]["sandbox"]
SPREAD = 0.012
"""From trial to trial of a DUT alone on its core, as was measured."""

RUNS = 60


def ndr(seed, sum_ms):
    """(NDR over the capacity, traffic [s]) of one search."""
    source = random.Random(seed)

    def ask(rate, window_ms):
        return trial(rate, window_ms, CAPACITY * source.gauss(1, SPREAD))

    trials = Trials(ask, GOALS["retries"], GOALS["budget_s"], lambda window_ms: 0)
    outcome = search(GOALS | {"sum_ms": sum_ms}, 5.0, 2000.0, True, trials)
    assert outcome.ended == ""
    return outcome.found["ndr"].lower / CAPACITY, trials.spent_s


@pytest.mark.parametrize(
    ("sum_ms", "spread"),
    [(GOALS["sum_ms"], 0.005), pytest.param(2100, 0.003, marks=pytest.mark.slow)],
)
def test_a_search_repeats_as_well_as_is_said(sum_ms, spread):
    """Its mean is the capacity within half a percent, and its spread what config.yaml says."""
    found, traffic_s = zip(*(ndr(seed, sum_ms) for seed in range(RUNS)), strict=True)
    assert mean(found) == pytest.approx(1, abs=0.005)
    assert stdev(found) == pytest.approx(spread, abs=0.001)
    assert max(traffic_s) <= GOALS["budget_s"]
