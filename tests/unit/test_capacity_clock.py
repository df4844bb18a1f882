"""The capacity of a series at one clock: a core whose clock moves carries more or less with it."""

import numpy as np
import pandas as pd
import pytest

from middlebench.analysis.capacity_cells import capacity_cells

CLOCKS = (3080, 2980, 2880, 2780, 2680)
"""[MHz]: steps of 100 MHz, as one machine went through."""

CYCLES = 1700.0
"""Of the core, that a packet takes."""

CAPACITY = 2880e6 / CYCLES
"""[packets/s] at the middle of the clocks."""


def points(asked_pps, clocks=CLOCKS, scatter=0.003, known=True):
    """Trials at these rates in turns through the clocks, of a DUT that its clock alone limits."""
    draw = np.random.default_rng(1)
    rows = []
    for number, asked in enumerate(asked_pps):
        clock = clocks[number % len(clocks)]
        capacity = clock * 1e6 / CYCLES * draw.normal(1, scatter)
        loss = max(0.0, 1 - capacity / asked)
        rows.append(
            {
                "verdict": "overloaded" if loss > 0.005 else "ok",
                "shortfall_ratio": loss,
                "put_pps": asked,
                "received_pps": asked * (1 - loss),
                "asked_pps": asked,
                "at_least_pps": np.nan,
                "core_mhz": clock if known else np.nan,
                "frame_size_bytes": 64,
            }
        )
    return pd.DataFrame(rows)


def test_trials_are_compared_as_if_all_had_had_one_clock():
    """Packets/s are 15 % apart, the capacity at 2880 MHz is one number."""
    table = points([2_500_000] * 20)
    assert np.ptp(table["received_pps"]) > 0.13 * table["received_pps"].median()
    found = capacity_cells(table, 0.005)
    assert found["core_mhz"] == 2880
    assert found["capacity_cycles"] == pytest.approx(CYCLES, rel=0.003)
    assert found["capacity_pps"] == pytest.approx(CAPACITY, rel=0.003)
    assert found["capacity_spread"] < 0.006
    assert found["capacity_high_pps"] - found["capacity_low_pps"] < 0.01 * CAPACITY


def test_what_a_trial_carried_is_more_than_that_at_its_clock_too():
    """At 1.72 Mpps the fast clocks carry all of it: bounds from below, that fit the rest."""
    found = capacity_cells(points([1_720_000] * 20 + [2_500_000] * 5), 0.005)
    assert found["capacity_pps"] == pytest.approx(CAPACITY, rel=0.005)


def test_without_a_known_clock_trials_are_as_they_are():
    """A hardware testbed has no probe; a trial that nobody timed is not moved."""
    found = capacity_cells(points([2_500_000] * 20, known=False), 0.005)
    assert found["core_mhz"] is None
    assert found["capacity_cycles"] is None
    assert found["capacity_spread"] > 0.03
    mixed = points([2_500_000] * 20, clocks=(2880,))
    mixed.loc[::2, "core_mhz"] = np.nan
    assert capacity_cells(mixed, 0.005)["capacity_pps"] == pytest.approx(CAPACITY, rel=0.003)
