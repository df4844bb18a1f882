"""What these tests rely on: a forked run of Snakemake is as one that is started anew."""

import re
import subprocess

import pytest

import workspace
from workspace import copy_workflow, edit_config, make_tiny, snakemake

OF_A_RUN = r"\d\d:\d\d:\d\d|Workflow ID: \S+"
"""What no two runs say alike."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The workflow with three points."""
    folder = copy_workflow(tmp_path_factory.mktemp("forking") / "workflow")
    edit_config(folder, make_tiny)
    return folder


def words(run):
    """What it said; files of a set have any order."""
    said = re.sub(OF_A_RUN, "", run.stdout + run.stderr)
    return sorted(re.split(r"[\s,;]+", said))


@pytest.mark.parametrize("target", ["figures/nat_64b.pdf", "figures/none.pdf"])
def test_a_forked_run_says_and_ends_as_a_plain_one(tiny, target, monkeypatch):
    """A plan, and a target that no rule makes."""
    forked = snakemake(tiny, "-n", target)
    with monkeypatch.context() as plain:
        plain.setattr(workspace, "RUN", subprocess.run)
        started = snakemake(tiny, "-n", target)
    assert forked.returncode == started.returncode == (target == "figures/none.pdf")
    assert words(forked) == words(started)


@pytest.fixture
def library(tiny):
    """`library(line)`: a line more in a module that every run imports."""
    errors = tiny / "workflow/scripts/middlebench/errors.py"
    text = errors.read_text(encoding="utf-8")
    yield lambda line: errors.write_text(f"{text}\n{line}\n", encoding="utf-8")
    errors.write_text(text, encoding="utf-8")


def test_a_forked_run_has_the_library_of_its_own_folder(tiny, library):
    """Not the one that the tests themselves import."""
    library("raise SystemExit('another library')")
    assert "another library" in snakemake(tiny, "-n").stderr


def test_a_forked_run_that_takes_too_long_is_ended(tiny, library):
    """As subprocess.run does it."""
    library("import time; time.sleep(600)")
    with pytest.raises(subprocess.TimeoutExpired):
        snakemake(tiny, "-n", timeout_s=2)
