"""Does a whole run of nat_64b repeat?  Knees and capacity of several, side by side."""

import sys
import tempfile
from itertools import combinations
from pathlib import Path

import pandas as pd

from middlebench.analysis.main_rows import main_rows
from middlebench.records.table import STATE_KEYS
from middlebench.records.verdict import VALID_VERDICTS
from workspace import copy_workflow, snakemake

RUN_TIMEOUT_S = 3600


def whole_run(number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(Series, points) of nat_64b, measured from nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = copy_workflow(Path(name) / "run")
        run = snakemake(folder, "--cores", "1", "figures/nat_64b.pdf", timeout_s=RUN_TIMEOUT_S)
        if run.returncode:
            sys.exit(f"run {number}: {run.stderr}")
        tables = folder / "results/sandbox/figures/nat_64b"
        series = pd.read_csv(tables / "series.csv")
        return series, pd.read_csv(tables / "points.csv")


def repeated_runs(count: int) -> None:
    """Print the knees and the capacity of whole runs of nat_64b side by side, with intervals."""
    print(f"nat_64b, {count} whole runs: knee [Mbit/s] with its interval, and what holds")
    capacities = []
    for number in range(1, count + 1):
        every, points = whole_run(number)
        capacities.append(every.assign(run=number))
        series = main_rows(every)
        knees = "; ".join(
            f"{row.flows} flows: {'at least ' if row.knee_at_least else ''}{row.knee_mbit:.0f} "
            f"({row.knee_low_mbit:.0f} to {'at least ' if row.knee_high_at_least else ''}"
            f"{row.knee_high_mbit:.0f}) of at most {row.ceiling_mbit:.0f}"
            for row in series.itertuples()
        )
        held = points["verdict"].isin(VALID_VERDICTS).sum()
        low = points.merge(series, on=STATE_KEYS, suffixes=("", "_of_series"))
        low = low[low["rate_mbit"] <= low["knee_mbit"] / 2]
        print(
            f"  run {number}: {knees}; {held} of {len(points)} points hold; "
            f"disturbed share of time: median {points['disturbed_share'].median():.0%}; "
            f"loss up to half the knee: at most {low['loss_ratio'].max():.4%} "
            f"(raw {low['raw_loss_ratio'].max():.2%})",
            flush=True,
        )
    for (flows, state), runs in pd.concat(capacities).groupby(["flows", "state"]):
        print(f"  {flows} flows, {state}: {same_capacity(runs)}")


def same_capacity(runs: pd.DataFrame) -> str:
    """What the capacity of one series in one state was in each run, at one clock.

    Cycles of the DUT's core a packet; an interval is that of packets/s at the run's own clock.
    """
    runs = runs.dropna(subset=["capacity_cycles", "capacity_low_pps", "capacity_high_pps"])
    cycles = runs["capacity_cycles"]
    if cycles.empty:
        return "no capacity"
    low = cycles * runs["capacity_pps"] / runs["capacity_high_pps"]
    high = cycles * runs["capacity_pps"] / runs["capacity_low_pps"]
    ends = list(combinations(zip(low, high, strict=True), 2))
    meet = sum(one[0] <= other[1] and other[0] <= one[1] for one, other in ends)
    said = ", ".join(
        f"{middle:.0f} ({least:.0f} to {most:.0f})"
        for middle, least, most in zip(cycles, low, high, strict=True)
    )
    apart = (cycles / cycles.median() - 1).abs().max()
    return (
        f"cycles a packet {said}; at most {apart:.2%} from their median; "
        f"{meet} of {len(ends)} pairs of intervals meet"
    )
