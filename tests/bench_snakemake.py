"""`make bench`, without packets: what a plan costs, and tables from ten thousand records.

CPU times of both sides of a ratio are from the same run; absolute ones are this machine's.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measured_points import wide_record
from middlebench.files.seal import sealed
from plan_cost import (
    bare_workflow,
    copy_results,
    large_workflow,
    measure_all,
    plan_cost,
    plan_cpu_s,
)
from records import write_record
from results import IDENTITY, SETTINGS
from workspace import REPOSITORY, copy_workflow

SIZES = {1000: 3, 10_000: 2, 50_000: 1}
"""Points of a plan, and how often each side is timed: what takes long is less often disturbed."""

RECORDS = 10_000
MOST_RATIO, MOST_SHIPPED_S, MOST_TABLES_S, MOST_TABLES_MB = 1.5, 2, 10, 500

READ_ALL = """
import json, sys
from pathlib import Path
for path in Path(sys.argv[1]).rglob("*mbit_*.json"):
    json.loads(path.read_bytes())
"""

TABLES = """
import sys
sys.path[:0] = [{tests!r}, {scripts!r}]
from pathlib import Path
from scripts import Params, run_script
limits = '{{"max_loss_ratio": 0.005, "max_exceed_ratio": 0.25}}'
made = {{name: Path(name + ".csv") for name in {tables}}}
records = sorted(map(str, Path(sys.argv[1]).rglob("*mbit_*.json")))
about = Params(records=records, plan="plan.json")
about = {{"input": about, "params": Params(limits=limits), "output": Params(made)}}
run_script({script!r}, **about, log=["tables.log"])
"""


def plans() -> None:
    """Print what `snakemake -n` takes beside a bare Snakefile with as many jobs."""
    for points, rounds in SIZES.items():
        with tempfile.TemporaryDirectory() as name:
            ours = large_workflow(Path(name) / "ours", points)
            bare = bare_workflow(Path(name) / "bare", points)
            _print_plan(points, "none measured", ours, bare, rounds)
    with tempfile.TemporaryDirectory() as name:
        ours = large_workflow(Path(name) / "ours", RECORDS)
        bare = bare_workflow(Path(name) / "bare", RECORDS, measured=True)
        measure_all(ours)
        copy_results(ours, bare)
        _print_plan(RECORDS, "all measured", ours, bare, SIZES[RECORDS])
    with tempfile.TemporaryDirectory() as name:
        shipped = copy_workflow(Path(name) / "shipped")
        best = min(plan_cpu_s(shipped) for _ in range(5))
    print(f"plan of the shipped configuration: {best:.2f} s; wanted: at most {MOST_SHIPPED_S} s")


def _print_plan(points: int, what: str, ours: Path, bare: Path, rounds: int) -> None:
    ours_s, bare_s, ratio = plan_cost(ours, bare, rounds)
    print(
        f"plan of {points} points, {what}: {ours_s:.1f} s of a CPU, a bare Snakefile "
        f"{bare_s:.1f} s; ratio {ratio:.2f}; wanted: at most {MOST_RATIO}",
        flush=True,
    )


def tables() -> None:
    """Print what the tables of many records take, beside parsing the same files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size_mb = _lay_records(folder) / 1e6
        parsed_s, _ = _used(READ_ALL, folder)
        print(f"{RECORDS} records, {size_mb:.0f} MB: parsing alone {parsed_s:.1f} s of a CPU")
        for script, made in {
            "aggregate_figure": ("points", "series", "rates", "sweep"),
            "aggregate_testbed": ("points", "series", "rates", "disturbance"),
        }.items():
            code = TABLES.format(
                tests=str(REPOSITORY / "tests"),
                scripts=str(REPOSITORY / "workflow/scripts"),
                tables=made,
                script=script,
            )
            took_s, peak_mb = _used(code, folder)
            print(
                f"  {script}: {took_s:.1f} s, {took_s / parsed_s:.1f} times that, and at most "
                f"{peak_mb:.0f} MB; wanted: {MOST_TABLES_S} s and {MOST_TABLES_MB} MB",
                flush=True,
            )


def _lay_records(folder: Path) -> int:
    """Write many records, five of a rate, and a plan; returns the bytes of the records."""
    size = 0
    for number in range(RECORDS):
        rate, repetition = 100 + number // 5, 1 + number % 5
        identity = IDENTITY | {"rate_mbit": rate, "repetition": repetition}
        size += write_record(folder, wide_record(identity, SETTINGS)).stat().st_size
    plan = {"made_from": {}, "more": [], "sweep": []}
    (folder / "plan.json").write_text(sealed(plan), encoding="utf-8")
    return size


def _used(code: str, folder: Path) -> tuple[float, float]:
    """CPU time [s] and highest memory [MB] of a Python program that is given a folder."""
    child = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=folder)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"failed: {code}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
