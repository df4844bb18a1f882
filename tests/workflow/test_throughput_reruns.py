"""Which searches for throughput are made again after a change, and which are kept."""

import shutil

import pytest

from changes import configured, deleted, edited
from quick_jobs import quick_workflow
from reruns import LIBRARY, RULES, rows
from workspace import TINY_FIGURES, edit_config, job_counts, make_tiny, snakemake

SERIES = "results/sandbox/throughput/ovs-dpdk/{}/64b_10flows.json"
DRAWN = {"tabulate_throughput": 1, "plot_throughput": 1}
ALL = {"measure_throughput": 2, **DRAWN}
ONE = {"measure_throughput": 1, **DRAWN}


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A folder with the throughput of two functions, and nothing else, measured by a stand-in."""

    def change(config):
        section = config["throughput"]
        make_tiny(config)
        config["throughput"] = section | {
            "functions": ["nat", "forward"],
            "frame_sizes": [64],
            "flows": [10],
        }
        config["figures"] = {"nat_64b": TINY_FIGURES["nat_64b"]}

    folder = quick_workflow(tmp_path_factory.mktemp("searched") / "run", change)
    (folder / "rounds").write_text("1", encoding="utf-8")
    run = snakemake(folder, "--cores", "2", "throughput")
    assert run.returncode == 0, run.stderr
    assert "middlebench: throughput of 2 series (sandbox); " in run.stderr
    return folder


def left_out(config):
    """No section: nothing to be made, and nothing to be drawn of what is there."""
    config["throughput"] = None


CASES = {
    "nothing": (lambda folder: None, {}),
    "other goals": (configured("throughput", goals="csit"), ALL),
    "a set of goals that is not asked for": (
        configured("throughput/goal_sets/rfc2544", budget_s=9000),
        {},
    ),
    "one function less": (configured("throughput", functions=["nat"]), DRAWN),
    "one size more": (
        configured("throughput", frame_sizes=[64, 128]),
        {"calibrate": 1, "measure_throughput": 2, **DRAWN},
    ),
    "loads of the latency": (configured("throughput", latency=[0]), ALL),
    "a colour": (configured("style", colour_loss="#000000"), {"plot_throughput": 1}),
    "NAT rules": (edited(f"{RULES}/nat.flows", line="# more"), {"check_function": 1, **ONE}),
    "library: the search": (edited(f"{LIBRARY}/measuring/search.py"), ALL),
    "library: the table": (edited(f"{LIBRARY}/analysis/throughput.py"), DRAWN),
    "library: a point": (edited(f"{LIBRARY}/measuring/point.py"), ALL),
    "library: a sweep": (edited(f"{LIBRARY}/analysis/sweep.py"), {}),
    "one series": (deleted(SERIES.format("nat")), ONE),
    "the table": (deleted("results/sandbox/throughput.csv"), DRAWN),
    "left out": (lambda folder: edit_config(folder, left_out), {}),
}


def test_the_report_has_its_figure_and_its_table(searched):
    """And both are targets of their own."""
    run = snakemake(searched, "-n", "report.html", "--quiet", "progress")
    told = run.stdout + run.stderr
    assert run.returncode == 0, told
    assert "page of the table throughput (sandbox)" in told
    for target in ("figures/throughput.png", "results/sandbox/throughput.csv"):
        assert job_counts(searched, target) == {}


ALIKE = {*CASES} - {"nothing", "other goals", "NAT rules", "one series"}


@pytest.mark.parametrize(("change", "jobs"), rows(CASES, ALIKE))
def test_a_change_searches_again_what_depends_on_it_only(searched, tmp_path, change, jobs):
    """By content, as everything else."""
    folder = tmp_path / "run"
    shutil.copytree(searched, folder, symlinks=True)
    change(folder)
    counts = job_counts(folder, "throughput")
    counts.pop("throughput", None)
    assert counts == jobs
