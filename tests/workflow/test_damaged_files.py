"""Files between jobs that were edited or damaged: Snakemake says so in one line."""

import pytest
from test_reruns import WRITER

from workspace import copy_workflow, edit_config, make_tiny, snakemake

pytestmark = pytest.mark.tried("lies")
PLAN = "results/sandbox/figures/nat_64b/plan/2.json"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"more": []', '"more": ["x"]', "was changed after it was written (its seal does not fit)"),
        ('"more"', '"mo', "truncated or not JSON ("),
    ],
    ids=["edited", "damaged"],
)
def test_a_plan_was_changed(tmp_path, old, new, words):
    """The next run ends at once with the file, the reason, and what to do."""
    folder = copy_workflow(tmp_path / "workflow")
    for script in (folder / "workflow/scripts").glob("*.py"):
        script.write_text(WRITER, encoding="utf-8")
    edit_config(folder, make_tiny)
    target = "results/sandbox/figures/nat_64b/points.csv"
    assert snakemake(folder, "--cores", "1", target).returncode == 0
    plan = folder / PLAN
    plan.write_text(plan.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    run = snakemake(folder, "-n", target)
    said = (run.stdout + run.stderr).splitlines()
    assert run.returncode != 0
    assert "Traceback" not in run.stdout + run.stderr
    (line,) = [text for text in said if PLAN in text]
    assert line.startswith(f"middlebench: {PLAN}: {words}")
    assert line.endswith("delete the file to plan again")
