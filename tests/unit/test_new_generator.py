"""The load generator of docs/extending.md, without packets."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from extending import follow
from middlebench.generators import GENERATORS
from records import SETTINGS
from results import make_result
from workspace import REPOSITORY, copy_workflow, snakemake

TRIAL = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from middlebench.loadgens.interface import LoadGenerator, generator_class

asked = []
place = SimpleNamespace(folder="run", path=str)
place.run = lambda command: asked.append(command) or SimpleNamespace(stdout=sys.argv[1])
made = generator_class("toygen")
assert all(hasattr(made, part) for part in vars(LoadGenerator) if part[0] != "_")
cards = ["0000:04:00.0", "0000:04:00.1"]
generator = made(place, Path("softgen"), 0, cards, settings={"path": "/opt/toygen"})
result = generator.run_trial(500, 64, 100, json.loads(sys.argv[2]), 7)
print(*asked, generator.facts(result)["sha256"])
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """A copy of the workflow with it."""
    folder = copy_workflow(tmp_path_factory.mktemp("extending") / "workflow")
    shutil.copytree(REPOSITORY / "testbeds", folder / "testbeds")
    assert len(follow(folder, "A load generator")) == 3
    return folder


def test_its_trial_is_asked_for_and_checked(extended):
    """Its program is called, and its result has the keys of its entry."""
    result = make_result() | {"generator": "toygen", "program_sha256": "cd" * 32}
    for key in GENERATORS["softgen"].result:
        del result[key]
    run = subprocess.run(
        [sys.executable, "-c", TRIAL, json.dumps(result), json.dumps(SETTINGS)],
        env=os.environ | {"PYTHONPATH": str(extended / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("/opt/toygen/toygen --rate-pps 976562.500 ")
    assert run.stdout.endswith(f" {'cd' * 32}\n")


def test_a_testbed_may_name_it(extended):
    """The overlays of the text are planned."""
    overlays = ("testbeds/tallinn.yaml", "testbeds/toygen.yaml")
    run = snakemake(extended, "-n", "figures/nat_64b.pdf", "--configfile", *overlays)
    assert run.returncode == 0, run.stderr
    assert "measure_point" in run.stdout + run.stderr
