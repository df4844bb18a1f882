"""The capacity of a series, from its points to its cells in series.csv.

A core's clock moves in steps of some percent, from one minute to the next, and with it what a DUT
carries: cycles of the core a packet are the same to 2 % where packets/s alone are 15 % apart.  So
trials are compared as if all had had the clock that the series had in the median, and runs of
other hours by `capacity_cycles`.
"""

import math

import pandas as pd

from middlebench.analysis.bounds import Trial, trial
from middlebench.analysis.capacity import capacity
from middlebench.analysis.knee import counted_loss
from middlebench.units import rate_mbit

CAPACITY_COLUMNS = [
    *("capacity_pps", "capacity_low_pps", "capacity_high_pps", "capacity_level"),
    *("capacity_mbit", "capacity_spread", "capacity_fit", "core_mhz"),
    "capacity_cycles",
]
"""What the DUT carries in half of its trials (C50), its interval and how often such an interval
holds it (0..1); the relative spread from trial to trial; `good`, or what is wrong with the fit.
Packets/s of clean time, at the clock `core_mhz` of the DUT's core: the median of the series,
missing where no probe told it, and then at whatever clock each trial had.  `capacity_cycles`:
cycles of that core a packet at capacity_pps, which another clock leaves as they are.  An end that
is missing is unknown."""


def capacity_cells(
    points: pd.DataFrame, max_loss_ratio: float
) -> dict[str, int | float | str | None]:
    """CAPACITY_COLUMNS of a series; `points` has POINT_COLUMNS, the limit is 0..1."""
    clock = round(points["core_mhz"].median(), 1)
    found = capacity(_trials(points, max_loss_ratio, clock))
    pps = [None if of is None else round(of) for of in (found.middle, found.low, found.high)]
    size = points["frame_size_bytes"].iloc[0]
    return {
        **dict(zip(CAPACITY_COLUMNS, pps, strict=False)),
        "capacity_level": None if found.level is None else round(found.level, 4),
        "capacity_mbit": found.middle and round(rate_mbit(found.middle, size), 1),
        "capacity_spread": None if found.spread is None else round(found.spread, 4),
        "capacity_fit": found.fit,
        "core_mhz": None if math.isnan(clock) else clock,
        "capacity_cycles": (
            None if math.isnan(clock) or not found.middle else round(clock * 1e6 / found.middle, 1)
        ),
    }


def _trials(points: pd.DataFrame, max_loss_ratio: float, clock: float) -> list[Trial]:
    """What the points that count say [packets/s]; at the rate that was put into the DUT.

    By what came back in clean time, whenever it was sent: a DUT does not forward more than it can,
    while what it loses, or what its queues take, may have begun in other time.  As if the clock of
    the DUT's core had been so many MHz.  Where the generator was the limit, as much as that at
    least.
    """
    trials = []
    faster = (clock / points["core_mhz"]).fillna(1)
    columns = ("verdict", "shortfall_ratio", "put_pps", "asked_pps", "at_least_pps")
    cells = (*(points[of] for of in columns), faster)
    for verdict, short, put, asked, least, factor in zip(*cells, strict=True):
        if not math.isnan(least):
            trials.append(Trial(least * factor, None))
        loss = counted_loss(verdict, max(short, 0.0))
        if loss is not None and not math.isnan(loss):
            rate = asked if math.isnan(put) else put
            trials.append(trial(rate * factor, loss, max_loss_ratio))
    return trials
