"""Comparisons in turns decide as often right as they say: simulated, with the truth known."""

import numpy as np
import pytest

from compared import MOST_STARTS, SETTINGS, ended, log_ratios, starts_of
from middlebench.analysis.comparing import LEVEL, decision, interval, pairs

RUNS, ROUNDS, LEAST = 1000, SETTINGS["rounds"], SETTINGS["min_starts"]
MARGIN = SETTINGS["margin"]
TRUTHS = {"equal": 1.0, "2 % slower": 0.98, "5 % slower": 0.95}
NOISE = {"half": 0.5, "as seen": 1, "twice": 2}
RIGHT = {"equal": "not slower", "2 % slower": "slower", "5 % slower": "slower"}
LATEST = {"half": 8, "as seen": 14, "twice": MOST_STARTS - 2}
"""Starts until it is decided, in the mean, at most."""


def simulated(truth, noise, seed=1, spoilt=0.0):
    """Decisions of RUNS comparisons, whether their interval holds the truth, ratios, starts."""
    source = np.random.default_rng(seed)
    means = log_ratios(source, truth, noise, (RUNS, MOST_STARTS, ROUNDS)).mean(-1)
    means += (source.random(means.shape) < spoilt) * source.normal(0, 0.1, means.shape)
    said = np.full(RUNS, "undecided", dtype=object)
    held, found, starts = np.zeros(RUNS, bool), np.ones(RUNS), np.full(RUNS, MOST_STARTS)
    for count in range(LEAST, MOST_STARTS + 1, 2):
        of = interval(means[:, :count])
        now = decision(of.low, of.high, MARGIN)
        open_ = said == "undecided"
        held[open_] = ((of.low <= truth) & (truth <= of.high))[open_]
        found[open_] = of.ratio[open_]
        starts[open_] = count
        said[open_] = now[open_]
    return said, held, found, starts


@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("truth", TRUTHS)
def test_comparisons_decide_right_as_often_as_they_say(truth, noise):
    """2 % are found in 38 of 40, 5 % always; noisier ones are undecided before they are wrong."""
    said, held, found, starts = simulated(TRUTHS[truth], NOISE[noise])
    share = {name: np.mean(said == name) for name in ("slower", "not slower", "undecided")}
    wrong = share["slower" if truth == "equal" else "not slower"]
    assert wrong <= {"equal": 1 / 60, "2 % slower": 1 / 40, "5 % slower": 0}[truth]
    assert share[RIGHT[truth]] >= (0.98 if noise != "twice" or truth == "5 % slower" else 0.5)
    assert held.mean() >= 0.975 > LEVEL
    # who stops when it is clear stops at far ones: less true the later it is clear
    stopped_early = noise == "twice" and truth != "equal"
    assert abs(found.mean() / TRUTHS[truth] - 1) < (0.004 if stopped_early else 0.002)
    assert np.mean(starts) < LATEST[noise]


def test_a_machine_too_noisy_leaves_it_undecided():
    """At five times the spread two minutes do not tell; who says something is not wrong."""
    for truth, wrong, most in ((1.0, "slower", 1 / 60), (0.98, "not slower", 1 / 40)):
        said, *_ = simulated(truth, 5)
        assert np.mean(said == "undecided") > 0.8
        assert np.mean(said == wrong) <= most


def test_starts_that_are_spoilt_are_not_waited_for():
    """One of ten is 10 % off: 2 % are found as without them, and equal ones are not slower."""
    for truth, right in ((1.0, "not slower"), (0.98, "slower")):
        said, held, *_ = simulated(truth, 1, spoilt=0.1)
        assert np.mean(said == right) >= 0.95
        assert held.mean() >= 0.975


def test_rounds_are_no_independent_units():
    """Where starts differ by 2 %, the interval of all rounds as one sample would be too narrow."""
    source = np.random.default_rng(3)
    of_starts = source.normal(0, 0.02, (RUNS, 6, 1))
    logs = of_starts + source.normal(0, 0.001, (RUNS, 6, 4))
    held = {}
    for name, sample in (("rounds", logs.reshape(RUNS, -1)), ("starts", logs.mean(-1))):
        of = interval(sample)
        held[name] = np.mean((of.low <= 1) & (of.high >= 1))
    assert held["starts"] >= 0.99
    assert held["rounds"] < 0.9


def whole(truth, runs, noise=0.5):
    """Decisions on capacity from files of comparisons, states and lost rounds and all."""
    source = np.random.default_rng(5)
    said = []
    for logs in log_ratios(source, truth, noise, (runs, MOST_STARTS, ROUNDS)):
        decide = lambda starts: pairs(starts, ["base", "other"], SETTINGS)  # noqa: E731
        capacity = ended(starts_of(logs, source), ["base", "other"], decide)[0]
        said.append((capacity["decision"], capacity["ratio"]))
    return said


@pytest.mark.parametrize("runs", [40, pytest.param(1000, marks=pytest.mark.slow)])
def test_so_do_whole_comparisons(runs):
    """Of rates that move by a third, in two states, with a fifth of the rounds lost."""
    equal, slower, slowest = (whole(truth, runs) for truth in (1.0, 0.98, 0.95))
    assert sum(said == "slower" for said, _ in equal) <= runs / 60
    assert sum(said == "slower" for said, _ in slower) >= 0.95 * runs
    assert all(said == "slower" for said, _ in slowest)
    assert abs(np.mean([ratio for _, ratio in equal]) - 1) < 0.002
