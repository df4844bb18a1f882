"""What is built and made again with a switch and a DPDK of one's own."""

import shutil
from pathlib import Path

import pytest

from changes import configured, edited, touched
from reruns import CHECKS, GIT, LIBRARY, SOFTGEN, SWITCH, SWITCH_AND_DPDK, TARBALL, rows
from workspace import job_counts, snakemake

DISTRIBUTION = {"from": "distribution"}

CASES = {
    "nothing changed": (lambda folder: None, {}),
    "sources newer, same content": (touched, {}),
    "the distribution's again": (
        configured("software", ovs=DISTRIBUTION, dpdk=DISTRIBUTION),
        CHECKS,
    ),
    "version of Open vSwitch": (configured("software/ovs", version="3.1.1"), SWITCH),
    "hash of Open vSwitch": (configured("software/ovs", sha256="1" * 64), SWITCH),
    "option of Open vSwitch": (configured("software/ovs", options=["CFLAGS=-O3"]), SWITCH),
    "commit of DPDK": (configured("software/dpdk", commit="1" * 40), SWITCH_AND_DPDK),
    "drivers of DPDK": (configured("software/dpdk", drivers=["net/vhost"]), SWITCH_AND_DPDK),
    "another place of the same sources": (
        lambda folder: (
            configured("software/ovs", path="y.tar.gz")(folder),
            configured("software/dpdk", url="https://example.org/y")(folder),
        ),
        {},
    ),
    "library: builds": (edited(f"{LIBRARY}/software/builds.py"), SWITCH_AND_DPDK),
    "script of Open vSwitch's build": (edited("workflow/scripts/build_ovs.py"), SWITCH),
    "library: this DUT": (edited(f"{LIBRARY}/duts/ovs/sandbox.py"), CHECKS),
    "softgen source": (edited("workflow/loadgens/softgen/main.c"), SOFTGEN),
}

ALIKE = {"hash of Open vSwitch", "option of Open vSwitch", "drivers of DPDK"}


@pytest.fixture(scope="module")
def finished_built(finished, tmp_path_factory) -> Path:
    """The same after a complete run with an Open vSwitch and a DPDK that were built."""
    folder = tmp_path_factory.mktemp("built") / "workflow"
    shutil.copytree(finished, folder, symlinks=True)
    configured("software", ovs=TARBALL, dpdk=GIT)(folder)
    run = snakemake(folder, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.mark.parametrize(("change", "jobs"), rows(CASES, ALIKE))
def test_a_change_rebuilds_what_depends_on_it_only(finished_built, tmp_path, change, jobs):
    """With built software: the same, in a folder that has moved."""
    folder = Path(shutil.copytree(finished_built, tmp_path / "moved", symlinks=True))
    change(folder)
    assert job_counts(folder) == jobs


@pytest.mark.slow
def test_builds_live_side_by_side(finished_built, tmp_path):
    """Another version is built beside the first; going back builds nothing."""
    folder = Path(shutil.copytree(finished_built, tmp_path / "workflow", symlinks=True))
    configured("software/ovs", version="3.1.1")(folder)
    run = snakemake(folder, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(list((folder / "results/software/ovs").iterdir())) == 2
    configured("software/ovs", version="3.1.0")(folder)
    assert job_counts(folder) == CHECKS


def test_a_build_that_the_configuration_does_not_name_is_no_target(finished):
    """Its name says the options, so these cannot be others."""
    target = "results/software/ovs/3.1.0-00000000/manifest.json"
    run = snakemake(finished, "-n", target)
    assert run.returncode != 0
    assert f"middlebench: {target}: no rule makes it; allowed: all, " in run.stderr
