"""What is kept and what is made again: by content, wherever it came from and whatever its date."""

import json
import os
import shutil
from pathlib import Path

import pytest

from changes import configured
from middlebench.files.seal import sealed
from workspace import copy_workflow, counted, edit_config, job_counts, make_tiny, snakemake

pytestmark = pytest.mark.tried("lies")

RECORD = "results/sandbox/points/ovs-dpdk/nat/64b_10flows/100mbit_1.json"
PLAN = "results/sandbox/figures/nat_64b/plan/2.json"
ONE_NAT_FIGURE = {"plan_points": 1, "aggregate_figure": 1, "aggregate_testbed": 1}
ONE_NAT_FIGURE |= {"plot_series": 1, "compare_thesis": 1, "plot_comparison": 1, "plot_machine": 1}
ONE_NAT_FIGURE |= {"describe_figure": 1, "describe_testbed": 1}
ONE_POINT = {"measure_point": 1, **ONE_NAT_FIGURE}
FROM_RECORDS = {"aggregate_figure": 2, "plot_series": 2, "aggregate_testbed": 1}
FROM_RECORDS |= {"compare_thesis": 1, "plot_comparison": 1, "plot_machine": 1}
FROM_RECORDS |= {"describe_figure": 2, "describe_testbed": 1}


def clone_of(finished, folder: Path) -> Path:
    """A new clone, whose sources are newer than all results, without any."""
    clone = copy_workflow(folder)
    edit_config(clone, make_tiny)
    shutil.copytree(finished / "workflow/scripts", clone / "workflow/scripts", dirs_exist_ok=True)
    return clone


def replace_by_an_older(path: Path, text: str) -> None:
    """Another content and a date of long ago, as after `mv` or `rsync -a`."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1e9, 1e9))


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("middleboxes/open_vswitch/nat.flows", "measure_point"),
        ("loadgens/softgen/load.c", "build_program"),
        ("scripts/middlebench/records/verdict.py", "measure_point"),
        ("scripts/middlebench/figures/drawing/style.py", "plot_series"),
        ("reference/thesis.yaml", "plot_series"),
    ],
)
def test_a_source_replaced_by_one_with_an_older_date(workflow, name, rule):
    """What depends on it is made again."""
    path = workflow / "workflow" / name
    replace_by_an_older(path, path.read_text(encoding="utf-8") + "X = 1\n")
    assert rule in job_counts(workflow)


def test_records_of_other_durations_without_snakemakes_memory(workflow):
    """They are measured again, and one line says why."""
    shutil.rmtree(workflow / ".snakemake")
    configured("defaults/durations", window_ms=301)(workflow)
    run = snakemake(workflow, "-n")
    assert counted(run)["measure_point"] == 3
    assert "middlebench: made again: settings" in run.stderr


def test_results_without_snakemakes_memory(workflow):
    """Records that fit are kept; tables and figures are made from them again."""
    shutil.rmtree(workflow / ".snakemake")
    counts = job_counts(workflow)
    assert not {"measure_point", "check_function", "calibrate"} & set(counts)
    assert counts.items() >= FROM_RECORDS.items()


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(shutil.copy, id="new dates"),
        pytest.param(shutil.copy2, id="old dates", marks=pytest.mark.slow),
    ],
)
def test_results_brought_into_a_new_clone(finished, tmp_path, copy):
    """Nothing is measured again, and one run is enough."""
    clone = clone_of(finished, tmp_path / "clone")
    shutil.copytree(finished / "results", clone / "results", copy_function=copy)
    run = snakemake(clone, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "rule measure_point" not in run.stdout + run.stderr
    assert job_counts(clone) == {}
    for record in (finished / "results/sandbox/points").rglob("*.json"):
        same = clone / record.relative_to(finished)
        assert same.read_bytes() == record.read_bytes()


@pytest.mark.slow
def test_a_touch_of_records_that_do_not_fit(workflow):
    """They still do not."""
    configured("defaults/durations", window_ms=301)(workflow)
    wanted = job_counts(workflow)["measure_point"]
    assert snakemake(workflow, "--touch", "--cores", "1").returncode == 0
    assert job_counts(workflow)["measure_point"] == wanted == 3


def test_a_record_that_was_edited(workflow):
    """It is named with the reason, and measured again."""
    text = (workflow / RECORD).read_text(encoding="utf-8")
    replace_by_an_older(workflow / RECORD, text.replace("{", '{\n "rate_mbit": 900,', 1))
    run = snakemake(workflow, "-n")
    assert counted(run) == ONE_POINT
    assert f"made again: {RECORD} was changed after it was written" in run.stderr


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"more": []', '"more": ["x"]', "was changed after it was written (its seal does not fit)"),
        ('"more"', '"mo', "was changed after it was written (its seal does not fit)"),
        ('"seal"', "", "has no seal: it is not whole, or not written by this program"),
    ],
    ids=["edited", "damaged", "cut"],
)
def test_a_plan_that_was_changed(workflow, old, new, words):
    """It is named with the reason, and made again."""
    plan = workflow / PLAN
    plan.write_text(plan.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    run = snakemake(workflow, "-n")
    assert counted(run) == ONE_NAT_FIGURE
    assert f"middlebench: made again: {PLAN} {words}\n" in run.stderr


def test_another_record_of_the_same_point_with_an_older_date(workflow):
    """It fits, so it is kept, and what was made from the other one is made from this."""
    made_from = json.loads((workflow / RECORD).read_text(encoding="utf-8"))["made_from"]
    replace_by_an_older(workflow / RECORD, sealed({"made_from": made_from, "x": 1}))
    assert job_counts(workflow) == ONE_NAT_FIGURE


@pytest.mark.slow
def test_a_dry_run_and_a_run_say_the_same(workflow):
    """The run measures what the dry run lists, for the same reasons; then nothing is left."""
    shutil.rmtree(workflow / ".snakemake")
    configured("duts/ovs-dpdk", memory_mb=600)(workflow)
    dry, run = (snakemake(workflow, *how) for how in (["-n"], ["--cores", "1"]))
    assert counted(dry)["measure_point"] == 3
    reasons = [line for line in dry.stderr.splitlines() if "made again" in line]
    assert reasons
    assert reasons == [line for line in run.stderr.splitlines() if "made again" in line]
    assert job_counts(workflow) == {}


def test_a_plan_deletes_nothing_and_leaves_other_figures_alone(workflow):
    """What another figure's records made is not made again, and no file is gone after a plan."""
    edit_config(
        workflow,
        lambda config: config["figures"]["nat_64b"].update(repetitions={"min": 2, "max": 2}),
    )
    before = {path: path.stat().st_mtime_ns for path in workflow.glob("figures/fw_64b.*")}
    there = {p.relative_to(workflow) for p in workflow.rglob("*") if p.is_file()}
    run = snakemake(workflow, "--cores", "1", "--quiet", "--until", "plan_points")
    assert run.returncode == 0, run.stdout + run.stderr
    left = {p.relative_to(workflow) for p in workflow.rglob("*") if p.is_file()}
    assert not {p for p in there - left if p.parts[0] in ("results", "figures", "report.html")}
    assert snakemake(workflow, "--cores", "1", "--quiet").returncode == 0
    assert {path: path.stat().st_mtime_ns for path in workflow.glob("figures/fw_64b.*")} == before
    assert job_counts(workflow) == {}


def test_figures_alone_without_snakemakes_memory(workflow):
    """Those that need no measurement are drawn again too, also alone."""
    shutil.rmtree(workflow / ".snakemake")
    assert job_counts(workflow, "figures/testbed.pdf") == {"plot_testbed": 1}
