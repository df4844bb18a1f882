"""Shared: a workflow after a complete run in which nothing was measured, and a Chromium."""

import shutil
from pathlib import Path

import pytest

from browser import chromium, missing
from workspace import copy_workflow, edit_config, make_tiny, snakemake

WRITER = '''"""Write the outputs of a job, whatever they are."""

import json
from pathlib import Path

from middlebench.provenance.keeping import records_digest
from middlebench.files.seal import sealed

made_from = json.loads(getattr(snakemake.params, "made_from", "{}"))
content = {"made_from": made_from}
if snakemake.rule == "plan_points":
    made_from["records"] = records_digest(snakemake.input.records)
    content |= {"more": [], "sweep": []}
for path in snakemake.output:
    Path(path).write_text(sealed(content))
raise SystemExit(0)  # what follows is the script, whose imports are the program of its rule

'''


@pytest.fixture(scope="session", autouse=True)
def every_run_is_forked(forked_runs):
    """These tests are many short runs of Snakemake."""


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A workflow of three points after a complete run."""
    folder = copy_workflow(tmp_path_factory.mktemp("finished") / "workflow")
    for script in (folder / "workflow/scripts").glob("*.py"):
        script.write_text(WRITER + script.read_text(encoding="utf-8"), encoding="utf-8")
    edit_config(folder, make_tiny)
    run = snakemake(folder, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.fixture
def workflow(finished, tmp_path) -> Path:
    """A copy of the finished workflow that a test may change."""
    return Path(shutil.copytree(finished, tmp_path / "workflow", symlinks=True))


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """One Chromium for all tests."""
    if program := missing():
        pytest.skip(f"{program} is missing: install it (envs/apt-extra.txt)")
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started
