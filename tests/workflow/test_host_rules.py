"""Preparation of a hardware testbed in the plan of jobs: no host is contacted."""

import pytest

from workspace import REPOSITORY, copy_workflow, job_counts, snakemake

TALLINN = ("--configfile", str(REPOSITORY / "testbeds/tallinn.yaml"))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The workflow as it is shipped."""
    return copy_workflow(tmp_path_factory.mktemp("shipped") / "workflow")


@pytest.mark.parametrize(
    ("target", "jobs"),
    [
        ("results/tallinn/hosts/dut.json", {"prepare_dut": 1}),
        ("results/tallinn/hosts/loadgen.json", {"prepare_loadgen": 1}),
        ("prepare", {"prepare_dut": 1, "prepare_loadgen": 1, "prepare": 1}),
        ("release", {"release": 1}),
    ],
)
def test_the_hosts_of_a_testbed_are_targets(shipped, target, jobs):
    """Each host, both, and their release; the hosts of the example are nobody's."""
    assert job_counts(shipped, target, *TALLINN) == jobs


def test_a_sandbox_has_no_hosts_to_prepare(shipped):
    """Its facts file is made by no rule, and `prepare` and `release` find nothing to do."""
    run = snakemake(shipped, "-n", "results/sandbox/hosts/dut.json")
    assert "results/sandbox/hosts/dut.json: no rule makes it" in run.stdout + run.stderr
    assert job_counts(shipped, "prepare") == {"prepare": 1}
    run = snakemake(shipped, "--cores", "1", "release")
    assert run.returncode == 0, run.stderr
    assert (
        "no figure is measured on a hardware testbed (is its --configfile missing?)" in run.stderr
    )
