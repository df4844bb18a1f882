"""What `snakemake -n` costs beside a bare Snakefile with as many jobs: CPU time, in one run.

The bare one is what Snakemake itself takes: as many points with the same inputs, outputs, logs and
params as texts, the same threads, a priority for each, and no Python of ours.
"""

import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from workspace import copy_workflow, edit_config

RATES, REPETITIONS = 1000, 5
"""Most rates of a series, and how often each is measured."""

SETTINGS, MADE_FROM = "s" * 900, "m" * 2500
"""Params as long as those of a point."""

BARE = """
FLOWS, RATES, REPETITIONS = {flows}, {rates}, {repetitions}
RECORDS = expand(
    "results/sandbox/points/ovs-dpdk/nat/64b_{{flows}}flows/{{rate_mbit}}mbit_{{repetition}}.json",
    flows=FLOWS, rate_mbit=RATES, repetition=REPETITIONS,
)
PLAN = "results/sandbox/figures/nat_64b/plan/2.json"
TABLES = ["results/sandbox/figures/nat_64b/points.csv", "results/sandbox/points.csv"]

rule all:
    input: "figures/nat_64b.pdf", TABLES

rule build_program:
    output: "results/software/softgen/softgen"
    script: "any.py"

rule check_function:
    input: "results/software/softgen/softgen", "nat.flows"
    output: "results/sandbox/checks/ovs-dpdk/nat.json"
    script: "any.py"

rule calibrate:
    input: "results/software/softgen/softgen"
    output: "results/sandbox/calibration/64b_{{flows}}flows.json"
    script: "any.py"

rule measure_point:
    input:
        softgen="results/software/softgen/softgen",
        program="nat.flows",
        check="results/sandbox/checks/ovs-dpdk/nat.json",
        calibration="results/sandbox/calibration/64b_{{flows}}flows.json",
    output:
        "results/sandbox/points/ovs-dpdk/nat/64b_{{flows}}flows/{{rate_mbit}}mbit_{{repetition}}.json"
    log:
        "results/sandbox/logs/points/ovs-dpdk/nat/64b_{{flows}}flows/{{rate_mbit}}mbit_{{repetition}}.log"
    priority: lambda wildcards: -hash((wildcards.repetition, wildcards.rate_mbit))
    threads: 1000
    params: settings="{settings}", made_from="{made_from}"
    message: "measuring {{wildcards.flows}} flows, {{wildcards.rate_mbit}} Mbit/s"
    script: "any.py"

rule plan_points:
    input: RECORDS
    output: PLAN
    script: "any.py"

rule aggregate_figure:
    input: PLAN, {after_plan}
    output: TABLES[0]
    script: "any.py"

rule aggregate_testbed:
    input: PLAN, {after_plan}
    output: TABLES[1]
    script: "any.py"

rule plot_series:
    input: TABLES[0]
    output: "figures/nat_64b.pdf"
    script: "any.py"
"""

PROFILE = "scheduler: greedy\nrerun-triggers: [mtime, params, input, software-env]\n"
"""What of our profile a plan depends on."""

MEASURED = """
include: "Snakefile"

from types import SimpleNamespace

from measured_points import lay_plan, lay_record

FIGURES = config["figures"]
needed = [*check_paths(FIGURES), *paths.calibration_paths(config, FIGURES), program_path("softgen")]
for path in needed:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()

for point in grid.grid_points(config):
    settings = MADE_FROM.point_settings(point)
    where = (point.testbed, point.dut, point.function, point.protocol)
    lay_record(point, settings, MADE_FROM.point(settings, *where))
where = SimpleNamespace(testbed="sandbox", figure="nat_64b", round="2")
lay_plan(paths.PLAN.format(**vars(where)), plan_made_from(where), grid.grid_points(config))
"""
"""Lays what a whole run would have made, made from what the rules say that it is."""


def series(points: int) -> dict[str, list[int]]:
    """The flows and rates [Mbit/s] that come to so many points, REPETITIONS each."""
    flows = range(1, max(1, points // (RATES * REPETITIONS)) + 1)
    rates = range(1, points // REPETITIONS // len(flows) + 1)
    assert len(flows) * len(rates) * REPETITIONS == points, f"{points} is no such number"
    return {"flows": [100 * number for number in flows], "rates": list(rates)}


def make_large(config: dict, points: int) -> None:
    """Leave one figure of so many points, planned at once: a change for `edit_config`."""
    asked = series(points)
    config["figures"] = {
        "nat_64b": {
            "function": "nat",
            "frame_size": 64,
            "flows": asked["flows"],
            "rates_mbit": {"from": 1, "to": asked["rates"][-1], "step": 1},
            "repetitions": {"min": REPETITIONS, "max": REPETITIONS, "retries": 0},
        }
    }
    config["cost"] = config["cost_linux"] = config["throughput"] = config["compare"] = None


def large_workflow(folder: Path, points: int) -> Path:
    """A copy of the workflow in `folder` (made) with so many points."""
    copy_workflow(folder)
    edit_config(folder, lambda config: make_large(config, points))
    return folder


def bare_workflow(folder: Path, points: int, measured: bool = False) -> Path:
    """A bare Snakefile in `folder` (made) with so many points.

    `measured`: tables need the records too, as ours do once there is a plan.
    """
    folder.mkdir()
    asked = series(points) | {"repetitions": list(range(1, REPETITIONS + 1))}
    about = {"settings": SETTINGS, "made_from": MADE_FROM}
    text = BARE.format(**asked, **about, after_plan="RECORDS" if measured else "[]")
    (folder / "Snakefile").write_text(text, encoding="utf-8")
    for name in ("any.py", "nat.flows"):
        (folder / name).touch()
    (folder / "profiles/default").mkdir(parents=True)
    (folder / "profiles/default/config.yaml").write_text(PROFILE, encoding="utf-8")
    return folder


def measure_all(folder: Path) -> None:
    """Lay the records of all points of `large_workflow`, and the plan that follows from them."""
    (folder / "measured.smk").write_text(MEASURED, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-m", "snakemake", "-n", "-s", "measured.smk", "prepare"]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if run.returncode:
        raise RuntimeError(run.stderr.decode()[-2000:])


def copy_results(folder: Path, bare: Path) -> None:
    """The same records and plan for the bare Snakefile, older than all that follows from them."""
    shutil.copytree(folder / "results", bare / "results", copy_function=os.link)
    for path in [*(bare / name for name in ("any.py", "nat.flows")), *made_before(bare)]:
        os.utime(path, (0, 0))


def made_before(folder: Path) -> list[Path]:
    """The files of `large_workflow` that are there before any record, but for rules and code."""
    calibrations = (folder / "results/sandbox/calibration").glob("*")
    checks = (folder / "results/sandbox/checks").rglob("*.json")
    return [*calibrations, *checks, folder / "results/software/softgen/softgen"]


def plan_cpu_s(folder: Path, *arguments: str) -> float:
    """CPU time [s] of `snakemake -n` in a folder; ends with what it said when it fails."""
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / ".cache"), "PYTHONUTF8": "1"}
    environment.pop("SNAKEMAKE_PROFILE", None)
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "1", *arguments]
    said = folder / "said.log"
    with said.open("wb") as log:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(said.read_text(encoding="utf-8", errors="replace")[-2000:])
    return used.ru_utime + used.ru_stime


def plan_cost(ours: Path, bare: Path, rounds: int) -> tuple[float, float, float]:
    """CPU time [s] of ours and of the bare one, the best of `rounds` each, and their median ratio.

    In turns, so that what slows the machine falls on both.
    """
    pairs = [(plan_cpu_s(ours), plan_cpu_s(bare)) for _ in range(rounds)]
    ratio = statistics.median(one / other for one, other in pairs)
    return min(one for one, _ in pairs), min(other for _, other in pairs), ratio
