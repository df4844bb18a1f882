"""Simulated series of the league: DUTs of known capacity, with whole records."""

import random
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from middlebench.analysis.league_series import follows, search_settings
from middlebench.frame_mix import mean_bytes
from middlebench.measuring import series, trial_of_series
from middlebench.records.record import write
from records import make_record
from results import ALONE, IDENTITY, SETTINGS

LEAGUE: dict[str, Any] = {
    "trial": SETTINGS,
    "find": {"half_width": 0.02, "budget_s": 60, "max_trials": 30},
    "repetitions": {"min": 1, "retries": 2},
    "latency": [0.1, 0.5, 0.9],
}
"""What `league_settings` gives."""

CALIBRATION = {"ceiling_pps": 4e6, "floor_ns": 600.0, "machine": None}
CELL = {key: of for key, of in IDENTITY.items() if key not in ("rate_mbit", "repetition")}
PASSED = {"name": "outbound_passed", "passed": True, "detail": "seen", "failure_expected": False}


def measured(
    capacity: float,
    spread: float = 0.005,
    seed: int = 1,
    settings: Mapping = LEAGUE,
    makes: float = 2020,
    states: Sequence[Mapping[str, float]] = (ALONE,),
    **cell: Any,
) -> dict[str, Any]:
    """The content of a series' file of a DUT of a capacity [Mbit/s], whose trials spread so.

    The generator `makes` so much [Mbit/s] of 64 B frames and no more; the machine is in each of
    `states` in turn, a trial each.
    """
    source, identity, given = random.Random(seed), CELL | cell, cycle(states)

    def measure_point(point, of_trial, parts, calibration, host, prepared, made_from):
        own, rate = capacity * source.lognormvariate(0, spread), point["rate_mbit"]
        made = min(rate, makes * max(1, mean_bytes(point["frame_size"]) / 64))
        return make_record(
            **point,
            settings=of_trial,
            loss_ratio=max(0.0, made - own) / rate,
            skipped_ratio=1 - made / rate,
            median_ns=1000.0 + rate,
            states=next(given),
            made_from=made_from,
            ceiling_pps=calibration["ceiling_pps"],
        )

    searching = search_settings(settings, CALIBRATION["ceiling_pps"], identity["frame_size"])
    follow = partial(follows, settings=settings, searching=searching)
    real, trial_of_series.measure_point = trial_of_series.measure_point, measure_point
    try:
        found = series.measure_series(identity, settings["trial"], None, CALIBRATION, follow)
    finally:
        trial_of_series.measure_point = real
    about = {"schema": series.SCHEMA, "made_from": {}, "identity": identity}
    return about | {"settings": settings, "calibration": {"ceiling_pps": 4e6}, **found}


def tried(failed: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """What was found out about a DUT of CELL; `more`: its cell, and keys of the file."""
    cell = {key: more.pop(key, CELL[key]) for key in ("testbed", "dut", "function")}
    items = [PASSED, *({**PASSED, "name": name, "passed": False} for name in failed)]
    found = {"check": {"items": items}, "starts_s": [0.5, 0.4, 0.9], "memory": {}}
    about = {"schema": series.SCHEMA, "made_from": {}, "identity": cell, "not_measured": None}
    return about | found | more


def write_files(folder: Path, *contents: dict[str, Any]) -> list[Path]:
    """Write each into a folder; returns where."""
    paths = [folder / f"{number}_{len(contents)}.json" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        write(content, path)
    return paths
