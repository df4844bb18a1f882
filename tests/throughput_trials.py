"""Simulated trials for the search: of a DUT of known capacity, on a machine with states."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from middlebench.measuring import throughput, trial_of_series
from middlebench.records.record import write
from middlebench.units import packets_per_second
from records import make_record
from results import IDENTITY, SETTINGS

GOALS = {
    "loss_ratios": {"ndr": 0.0, "pdr": 0.005},
    "first_trial_ms": 100,
    "trial_ms": 100,
    "sum_ms": 500,
    "exceed_ratio": 0.5,
    "width": 0.005,
    "max_windows": 10,
    "retries": 20,
    "budget_s": 60,
}
CAPACITY = 700.0
"""[Mbit/s] in the wanted state."""

CEILING = 2000.0


def trial(
    rate: float,
    window_ms: int,
    capacity: float = CAPACITY,
    verdict: str | None = None,
    judged: str = "alone",
    clean: float = 1.0,
    size: int = 64,
) -> dict[str, Any]:
    """What a search looks at in the record of a trial; all above `capacity` [Mbit/s] is lost."""
    seconds = clean * window_ms / 1000
    sent = round(packets_per_second(rate, size) * seconds)
    lost = max(0, sent - round(packets_per_second(capacity, size) * seconds))
    ratio = lost / sent if sent else None
    name = verdict or ("overloaded" if ratio and ratio > 0.005 else "ok")
    return {
        "identity": {"rate_mbit": rate},
        "settings": {
            "durations": {"window_ms": window_ms},
            "verdict": {"min_clean_ratio": 0.5},
        },
        "verdict": {"name": name, "reason": "simulated"},
        "machine": {"wanted": "alone", "judged": judged},
        "raw": {"duration_s": 1.5 * seconds},
        "totals": {"traffic_s": 0.3 + 1.5 * seconds},
        "gated": {
            "duration_s": seconds,
            "received": sent - lost,
            "lost": lost,
            "loss_ratio": ratio,
            "latency": {"p50_ns": 1000 + rate, "p99_ns": 2000 + rate},
        },
    }


def machine(
    seed: int = 1, capacity: float = CAPACITY, disturbed: float = 0.0, shared: float = 0.0
) -> Callable[..., dict[str, Any]]:
    """Trials on a machine that disturbs a share of them, and gives another state in a share.

    Disturbed trials lose a tenth at any rate, those beside a busy sibling carry 0.6 of the
    capacity, which itself differs by 0.1 % from trial to trial.
    """
    source = random.Random(seed)

    def ask(rate: float, window_ms: int) -> dict[str, Any]:
        drawn, own = source.random(), capacity * source.gauss(1, 0.001)
        if drawn < disturbed:
            return trial(rate, window_ms, 0.9 * min(rate, own), "disturbed", clean=0.45)
        if drawn < disturbed + shared:
            return trial(rate, window_ms, 0.6 * own, judged="shared")
        return trial(rate, window_ms, own)

    return ask


SERIES: dict[str, Any] = {
    "trial": SETTINGS,
    "goals": GOALS | {"name": "sandbox"},
    "latency": [0, 0.1, 0.5, 0.9],
    "lowest_pps": 10000,
}
"""What `throughput_settings` gives."""

CELL = {key: of for key, of in IDENTITY.items() if key not in ("rate_mbit", "repetition")}
CALIBRATION = {"ceiling_pps": 4e6, "floor_ns": 600.0, "machine": None}


def measured(
    monkeypatch,
    capacity: float = CAPACITY,
    every: int = 0,
    settings: dict[str, Any] = SERIES,
    **cell: Any,
) -> dict[str, Any]:
    """The content of a series' file, with whole records; each `every`-th trial is disturbed."""
    simulate(monkeypatch, capacity, every)
    about = (CELL | cell, settings, None, CALIBRATION)
    return throughput.measure_series(*about, made_from={"code": "any"})


def simulate(monkeypatch, capacity: float = CAPACITY, every: int = 0) -> None:
    """Have a search's trials simulated, with whole records."""
    made: list[dict[str, Any]] = []

    def measure_point(identity, of_trial, parts, calibration, host, prepared, made_from):
        disturbed = every and not (len(made) + 1) % every
        loss = max(0.0, 1 - capacity / identity["rate_mbit"])
        made.append(
            make_record(
                **identity,
                settings=of_trial,
                loss_ratio=0.1 if disturbed else loss,
                median_ns=1000.0 + identity["rate_mbit"],
                share=0.99 if disturbed else 0.3,
                made_from=made_from,
                ceiling_pps=calibration["ceiling_pps"],
            )
        )
        return made[-1]

    monkeypatch.setattr(trial_of_series, "measure_point", measure_point)


def write_series(folder: Path, content: dict[str, Any]) -> Path:
    """Write a series' file into a folder; returns where."""
    cell = content["identity"]
    path = folder / f"{cell['function']}_{cell['frame_size']}b_{cell['flows']}flows.json"
    write(content, path)
    return path
