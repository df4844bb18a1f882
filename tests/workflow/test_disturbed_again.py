"""Points that are disturbed: what a run says of them, and that what it says to do works."""

import json
import shutil

import pytest

from stand_ins import put_stand_ins
from workspace import ONCE, copy_workflow, counted, edit_config, make_tiny, snakemake

pytestmark = pytest.mark.slow  # whole runs, one after the other

FIGURE = "figures/nat_64b.pdf"
FAILS = """import sys
sys.exit("middlebench: fw: nothing passes")
"""


def overlay(retries):
    """One point, which the stand-in finds disturbed."""
    about = {"rates_mbit": 1000, "flows": 10, "repetitions": {**ONCE, "retries": retries}}
    return ["--configfile", "mine.yaml"], json.dumps({"figures": {"nat_64b": about}})


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory):
    """A workflow after a run with one retry, and what it said."""
    folder = copy_workflow(tmp_path_factory.mktemp("disturbed") / "workflow")
    put_stand_ins(folder)
    edit_config(folder, make_tiny)
    words, text = overlay(retries=1)
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    run = snakemake(folder, "--cores", "1", FIGURE, *words)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, run.stderr


def test_they_are_tried_again_as_the_summary_says(disturbed, tmp_path):
    """Typing the line again does nothing, and says so; more retries or deleted records do."""
    finished, said = disturbed
    assert "To try disturbed points again: raise repetitions.retries, or delete" in said
    folder = shutil.copytree(finished, tmp_path / "workflow", symlinks=True)
    words, _ = overlay(retries=1)
    again = snakemake(folder, "-n", FIGURE, *words)
    assert counted(again) == {}
    assert "1 points (nat_64b 1); all is measured, and kept as far as it fits" in again.stderr
    (folder / "mine.yaml").write_text(overlay(retries=2)[1], encoding="utf-8")
    more = snakemake(folder, "-n", FIGURE, *words)
    assert counted(more)["plan_points"] == 1
    assert "middlebench: made again: repetitions.retries (1, now 2) changed" in more.stderr
    (folder / "mine.yaml").write_text(overlay(retries=1)[1], encoding="utf-8")
    for path in folder.glob("results/sandbox/points/*/*/*/*.json"):
        path.unlink()
    assert counted(snakemake(folder, "-n", FIGURE, *words))["measure_point"] >= 1


def test_figures_that_need_no_packets_are_drawn_before_a_check_fails(disturbed, tmp_path):
    """There one sees why it fails."""
    folder = shutil.copytree(disturbed[0], tmp_path / "workflow", symlinks=True)
    put_stand_ins(folder, check_function=FAILS)
    others = ["figures/flow_tables.pdf", "figures/testbed.pdf"]
    run = snakemake(folder, "--cores", "1", "figures/fw_64b.pdf", *others)
    assert run.returncode == 1
    assert all((folder / path).exists() for path in others), run.stderr
