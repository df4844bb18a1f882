"""The capacity of a series at one clock: a core whose clock moves carries more or less with it."""

import numpy as np
import pandas as pd
import pytest

from middlebench.analysis.capacity_cells import capacity_cells

CLOCKS = (748, 772, 800, 828, 860)
"""[cycles] of the probe's work: the steps that one machine went through."""

CARRIED = 1_700_000 * 800
"""Packets/s times cycles."""


def points(asked_pps, clocks=CLOCKS, scatter=0.003, known=True):
    """Trials at these rates in turns through the clocks, of a DUT that its clock alone limits."""
    draw = np.random.default_rng(1)
    rows = []
    for number, asked in enumerate(asked_pps):
        clock = clocks[number % len(clocks)]
        capacity = CARRIED / clock * draw.normal(1, scatter)
        loss = max(0.0, 1 - capacity / asked)
        rows.append(
            {
                "verdict": "overloaded" if loss > 0.005 else "ok",
                "loss_ratio": loss,
                "received_pps": asked * (1 - loss),
                "asked_pps": asked,
                "clock_cycles": clock if known else np.nan,
                "frame_size_bytes": 64,
            }
        )
    return pd.DataFrame(rows)


def test_trials_are_compared_as_if_all_had_had_one_clock():
    """Packets/s are 15 % apart, the capacity at 800 cycles is one number."""
    table = points([2_500_000] * 20)
    assert np.ptp(table["received_pps"]) > 0.13 * table["received_pps"].median()
    found = capacity_cells(table, 0.005)
    assert found["clock_cycles"] == 800
    assert found["capacity_pps"] == pytest.approx(1_700_000, rel=0.003)
    assert found["capacity_spread"] < 0.006
    assert found["capacity_high_pps"] - found["capacity_low_pps"] < 0.01 * 1_700_000


def test_what_a_trial_carried_is_more_than_that_at_its_clock_too():
    """At 1.72 Mpps the fast clocks carry all of it: bounds from below, that fit the rest."""
    found = capacity_cells(points([1_720_000] * 20 + [2_500_000] * 5), 0.005)
    assert found["capacity_pps"] == pytest.approx(1_700_000, rel=0.005)


def test_without_a_known_clock_trials_are_as_they_are():
    """A hardware testbed has no probe; a trial that nobody timed is not moved."""
    found = capacity_cells(points([2_500_000] * 20, known=False), 0.005)
    assert found["clock_cycles"] is None
    assert found["capacity_spread"] > 0.03
    mixed = points([2_500_000] * 20, clocks=(800,))
    mixed.loc[::2, "clock_cycles"] = np.nan
    assert capacity_cells(mixed, 0.005)["capacity_pps"] == pytest.approx(1_700_000, rel=0.003)
