"""What the throughput of a NAT costs by each way to it: traffic and trials, side by side.

MLRsearch as it is shipped; a bisection, which believes each trial; the sweep with fine rates half a
percent apart; the sequential design of `rates_mbit: {find: ...}`.  All four ask for the same
trials, and what was disturbed or of another state counts for none of them.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
sys.path[:0] = [str(REPOSITORY / path) for path in ("workflow/scripts", "tests")]

from middlebench.analysis.main_rows import by_state, main_rows  # noqa: E402 - the paths come first
from middlebench.analysis.sweep import plan  # noqa: E402
from middlebench.analysis.tables import series_table  # noqa: E402
from middlebench.experiment import grid  # noqa: E402
from middlebench.experiment.config import load  # noqa: E402
from middlebench.experiment.throughput import throughput_settings  # noqa: E402
from middlebench.hosts.lock import machine_lock  # noqa: E402
from middlebench.machine.states import NEAR_CEILING, WORDS  # noqa: E402
from middlebench.measuring.calibration import calibrate  # noqa: E402
from middlebench.measuring.parts import Parts  # noqa: E402
from middlebench.measuring.point import measure_point  # noqa: E402
from middlebench.measuring.search import EndedError, Trials, load_of  # noqa: E402
from middlebench.measuring.throughput import measure_series, told, trial_settings  # noqa: E402
from middlebench.records.identity import Point, Rate  # noqa: E402
from middlebench.records.table import records_table  # noqa: E402
from middlebench.units import rate_mbit  # noqa: E402
from records import write_record  # noqa: E402
from workspace import build  # noqa: E402

CELL = {"testbed": "sandbox", "dut": "ovs-dpdk", "function": "nat", "frame_size": 64, "flows": 100}
SWEEP = {"from": 50, "to": 2050, "step": 100, "skip_after": 2}
SWEEP |= {"refine": {"step": 5, "max_points": 20}}
FIND = {"start": 500, "from": 50, "to": 9000}
FIND |= {"half_width": 0.005, "budget_s": 60, "max_trials": 150}

Record = dict[str, Any]
Trial = Callable[[dict, dict], Record]
"""The record of a point, with these settings."""


def side_by_side(parts: Parts) -> None:
    """Print a line for each way; `parts`: a NAT's."""
    config = load(REPOSITORY / "config.yaml")
    how = grid.calibration_settings(config, "sandbox", "vhost-user", "udp")
    calibration = calibrate("wire", 64, CELL["flows"], how, parts.generator)
    settings = throughput_settings(config, "nat")
    print("throughput of nat, 64 B, 100 flows [Mbit/s of frames]:", flush=True)
    content = measure_series(CELL, settings | {"latency": []}, parts, calibration)
    outcome = told(content).outcome
    for name, found in outcome.found.items():
        bounds = " to ".join("?" if of is None else f"{of:.1f}" for of in found[:2])
        through = "not known" if found.throughput is None else f"{found.throughput:.1f}"
        _say(f"MLRsearch, {name.upper()}", f"{through} ({bounds})", outcome.state, content["tries"])
    if outcome.ended:
        print(f"    {outcome.ended}")

    def trial(identity: dict, of_trial: dict) -> Record:
        return measure_point(identity, of_trial, parts, calibration)

    for limit in settings["goals"]["loss_ratios"].values():
        bisection(trial, settings, calibration["ceiling_pps"], limit)
    limits = {key: config["verdict"][key] for key in ("max_loss_ratio", "max_exceed_ratio")}
    repetitions = config["defaults"]["repetitions"]
    for name, rates in (("sweep, knee", SWEEP), ("sequential, capacity", {"find": FIND})):
        of_sweep = {"rates_mbit": rates, "repetitions": repetitions, **limits}
        planned(name, partial(trial, of_trial=settings["trial"]), of_sweep)


def bisection(trial: Trial, settings: dict, ceiling_pps: float, limit: float) -> None:
    """Halve what lies between a load that lost no more than `limit` and one that did."""
    goals, tries = settings["goals"], []

    def ask(rate: Rate, window_ms: int) -> Record:
        identity = CELL | {"rate_mbit": rate, "repetition": len(tries) + 1}
        tries.append(trial(identity, trial_settings(settings, window_ms)))
        return tries[-1]

    trials = Trials(ask, goals["retries"], goals["budget_s"], lambda window_ms: 0)
    low, high = (rate_mbit(pps, 64) for pps in (settings["lowest_pps"], NEAR_CEILING * ceiling_pps))
    try:
        while low < (1 - goals["width"]) * high:
            middle = load_of((low + high) / 2)
            carried = trials.counting(middle, goals["trial_ms"])["gated"]["loss_ratio"] <= limit
            low, high = (middle, high) if carried else (low, middle)
        said = f"{low:.1f} ({low:.1f} to {high:.1f})"
    except EndedError as error:
        said = f"not known ({error})"
    _say(f"bisection, loss up to {limit:.1%}", said, trials.state, tries)


def planned(name: str, trial: Callable[[dict], Record], settings: dict) -> None:
    """A series as its plans go on, with the settings of a figure's sweep."""
    with tempfile.TemporaryDirectory() as folder:
        records, paths = [], []
        # what a sweep begins with is planned from nothing: a low rate, once
        more = [Point(**CELL, rate_mbit=SWEEP["from"], repetition=1).path]
        while more:
            for path in more:
                rate, repetition = Path(path).stem.split("mbit_")
                identity = CELL | {"rate_mbit": int(rate), "repetition": int(repetition)}
                records.append(trial(identity))
                paths.append(write_record(Path(folder), records[-1]))
            more = plan(paths, settings)["more"]
        limits = {key: settings[key] for key in ("max_loss_ratio", "max_exceed_ratio")}
        series = main_rows(series_table(by_state(records_table(paths)), **limits)).iloc[0]
    kind = "capacity" if "find" in settings["rates_mbit"] else "knee"
    middle, low, high = (
        rate_mbit(series[f"capacity{end}_pps"], 64)
        if kind == "capacity"
        else series[f"knee{end}_mbit"]
        for end in ("", "_low", "_high")
    )
    _say(name, f"{middle:.1f} ({low:.1f} to {high:.1f})", series["state"], records)


def _say(name: str, found: str, state: str | None, tries: list[Record]) -> None:
    spent = sum(of["totals"]["traffic_s"] for of in tries)
    judged = WORDS.get(state or "", "in no state")
    print(f"  {name}: {found}, {judged}; {len(tries)} trials, {spent:.1f} s of traffic", flush=True)


def main() -> None:
    """All of it, with the machine to itself."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    rules = REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows"
    with tempfile.TemporaryDirectory() as folder:
        binary = build("loadgens/softgen", Path(folder))
        with machine_lock():
            side_by_side(Parts("ovs-dpdk", "nat", rules, binary))


if __name__ == "__main__":
    main()
