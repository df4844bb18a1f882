"""Trials of a DUT on a machine with states, drift and spikes, some of them disturbed: simulated.

A run lasts from 0 to 1, and each trial has its moment in it: the order is shuffled.
"""

from collections.abc import Iterable

import numpy as np

LIMIT, EXCEED = 0.005, 0.25
MIDDLE = 500.0
"""The capacity [Mbit/s] in the middle of a run, in the better state."""

RATES = range(100, 901, 50)
MACHINES = {
    "quiet": set(),
    "noisy": {"noise"},
    "two states": {"states"},
    "drifting": {"drift"},
    "spikes": {"spikes"},
    "all of it": {"states", "drift", "spikes"},
}
"""Name -> what it does to capacity: 35 % of a run at 0.61 of it, 10 % of drift, 7 % of trials that
lose up to two thirds of it, five times the noise of 1.2 %."""

DISTURBED = 0.15
"""The share of trials that say nothing."""


def capacities(source: np.random.Generator, count: int, does: set[str]) -> np.ndarray:
    """The capacity [Mbit/s] in so many trials."""
    moment = source.random(count)
    spread = source.normal(0, 0.06 if "noise" in does else 0.012, count)
    if "states" in does:
        spread += np.log(0.61) * (moment < 0.35)
    if "drift" in does:
        spread += 0.1 * (moment - 0.5)
    if "spikes" in does:
        spread += np.log(0.33) * (source.random(count) < 0.07) * source.random(count)
    return MIDDLE * np.exp(spread)


def true_quantile(does: set[str], quantile: float) -> float:
    """What an interval has to hold."""
    return float(np.quantile(capacities(np.random.default_rng(7), 400_000, does), quantile))


def losses_at(source: np.random.Generator, rate: float, capacity: np.ndarray) -> np.ndarray:
    """Loss ratios of trials at a rate: what is above capacity, or a few frames."""
    stray = 0.002 * source.random(len(capacity)) * (source.random(len(capacity)) < 0.3)
    return np.maximum(1 - capacity / rate, stray)


def sweep(
    source: np.random.Generator, does: set[str], repetitions: int, rates: Iterable[int] = RATES
) -> dict[int, list[float]]:
    """Loss ratios by rate [Mbit/s] upwards, until three rates in a row fail each time."""
    losses, failed = {}, 0
    for rate in rates:
        capacity = capacities(source, repetitions, does)
        lost = losses_at(source, rate, capacity[source.random(repetitions) >= DISTURBED])
        losses[rate] = lost.tolist()
        failed = failed + 1 if len(lost) and (lost > LIMIT).all() else 0
        if failed == 3:
            break
    return losses
