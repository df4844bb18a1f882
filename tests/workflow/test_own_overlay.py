"""The overlay that docs/extending.md shows, as a user would write it."""

import pytest

from extending import follow
from middlebench.experiment.config import load
from stand_ins import put_stand_ins
from workspace import copy_workflow, counted, job_counts, snakemake

MINE = ["--configfile", "mine.yaml"]
JOBS = {"build_program": 1, "calibrate": 1, "check_function": 1, "measure_point": 12}
JOBS |= {"plan_points": 1, "aggregate_figure": 1, "aggregate_testbed": 1, "plot_series": 1}
JOBS |= {"plot_machine": 1, "describe_figure": 1, "describe_testbed": 1}
"""Four rates, each three times, and what is made of them: nothing of the shipped figures."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clone with the overlay."""
    clone = copy_workflow(tmp_path_factory.mktemp("own") / "workflow")
    put_stand_ins(clone)
    assert follow(clone, "An overlay of one's own") == {"mine.yaml"}
    return clone


def test_it_leaves_only_its_own_figure(folder):
    """The plan has its jobs, and its line counts its points."""
    run = snakemake(folder, "-n", *MINE)
    assert counted(run) == JOBS
    assert "middlebench: 12 points (mine 12); more where repetitions differ; " in run.stderr
    assert list(load(folder / "config.yaml", folder / "mine.yaml")["figures"]) == ["mine"]


@pytest.mark.slow  # half a minute
def test_it_is_measured_with_its_fraction_and_drawn(folder):
    """Records, tables and captions have the rate 0.5; one run is enough, and a report is made."""
    run = snakemake(folder, "--cores", "1", "report.html", *MINE)
    assert run.returncode == 0, run.stdout + run.stderr
    records = sorted(path.name for path in folder.glob("results/sandbox/points/*/*/*/*_1.json"))
    assert records == ["0.5mbit_1.json", "100mbit_1.json", "200mbit_1.json", "400mbit_1.json"]
    lines = (folder / "results/sandbox/figures/mine/rates.csv").read_text("utf-8").splitlines()
    assert {line.split(",")[7] for line in lines} == {"rate_mbit", "0.5", "100.0", "200.0", "400.0"}
    report = (folder / "report.html").read_text("utf-8")
    assert "is 0.5, 100, 200, 400 Mbit/s" in report
    assert job_counts(folder, "report.html", *MINE) == {}
    assert job_counts(folder, "--config", "figures={fw_64b: null}", *MINE) == {}
