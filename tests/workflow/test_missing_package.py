"""A DUT whose package is missing: said at the start, and the others are measured."""

import pytest

from stand_ins import CHECK, put_stand_ins
from workspace import copy_workflow, snakemake

MINE = """
only: [theirs, ours]
defaults: {repetitions: {min: 1, max: 1, retries: 0}}
figures:
  theirs: {dut: pasta, function: nat, frame_size: 64, flows: [10], rates_mbit: [20]}
  ours: {function: nat, frame_size: 64, flows: [10], rates_mbit: [20]}
"""
REFUSED = 'if snakemake.wildcards.dut == "pasta":\n    raise SystemExit(1)\n'
LINE = (
    "middlebench: pasta cannot be measured: no-pasta is missing: install passt "
    "(envs/apt-extra.txt); the others are measured\n"
)


@pytest.fixture(scope="module")
def lacking_one(tmp_path_factory):
    """A clone on a machine without pasta."""
    clone = copy_workflow(tmp_path_factory.mktemp("lacking") / "workflow")
    put_stand_ins(clone, check_function=REFUSED + CHECK)
    path = clone / "workflow/scripts/middlebench/duts/pasta.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"pasta": "passt"', '"no-pasta": "passt"'), encoding="utf-8")
    (clone / "mine.yaml").write_text(MINE, encoding="utf-8")
    return clone


@pytest.mark.tried("words")
def test_a_package_that_is_missing_is_said_before_anything_runs(lacking_one):
    """Once, in a dry run as well, and only where that DUT is asked for."""
    run = snakemake(lacking_one, "-n", "--configfile", "mine.yaml")
    assert run.returncode == 0, run.stderr
    assert run.stderr.count(LINE) == 1
    run = snakemake(lacking_one, "-n", "figures/ours.pdf", "--configfile", "mine.yaml")
    assert "cannot be measured" not in run.stderr


def test_the_others_are_measured(lacking_one):
    """Their figure is drawn; the run fails, as not all that was asked for is there."""
    run = snakemake(lacking_one, "--cores", "1", "--configfile", "mine.yaml")
    assert run.returncode == 1
    assert run.stderr.count(LINE) == 1
    assert (lacking_one / "figures/ours.pdf").is_file(), run.stderr
    assert not (lacking_one / "figures/theirs.pdf").exists()
