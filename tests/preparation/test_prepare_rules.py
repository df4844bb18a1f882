"""The rules prepare_dut, prepare_loadgen and release over a real SSH connection, in dry mode."""

import json

import pytest

from sshd import running_sshd
from workspace import copy_workflow, edit_config, make_tiny, snakemake

pytestmark = pytest.mark.usefixtures("forked_runs")

FILES = [f"results/lab/hosts/{role}.json" for role in ("dut", "loadgen")]


def laboratory(host):
    """A change of config.yaml: a testbed whose two hosts are both `host`, without a NIC."""

    def change(config):
        ports = [{"vdev": f"net_af_packet{number},iface=veth{number}"} for number in range(4)]
        config["testbeds"]["lab"] = {
            "virtual": False,
            "link_mbit": 10000,
            "gate": False,
            "host": host,
            "ports": ports[:2],
            "loadgen": {"host": host, "generator": "softgen", "ports": ports[2:]},
            "prepare": {
                "dry": True,
                "hugepages": 1048576,
                "driver": "vfio-pci",
                "governor": None,
                "packages": ["libc6", "a-package-that-nobody-has"],
            },
        }
        config["defaults"] |= {"testbed": "lab"}
        make_tiny(config)

    return change


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A workflow with this laboratory; its sshd runs."""
    place = tmp_path_factory.mktemp("lab")
    made = copy_workflow(place / "run")
    with running_sshd(place / "sshd") as sshd:
        edit_config(made, laboratory(sshd.settings))
        yield made
        assert not sshd.sessions()


def test_hosts_are_prepared_and_released(folder):
    """Facts files are here, the same again; after the release they are gone."""
    run = snakemake(folder, "--cores", "1", "prepare")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "far: would change packages: libc6 -> a-package-that-nobody-has, libc6" in run.stderr
    first = [(folder / path).read_bytes() for path in FILES]
    dut, loadgen = map(json.loads, first)
    assert (dut["role"], dut["host"], dut["dry"]) == ("dut", "far", True)
    assert dut["changed"] == []
    assert {change["kind"] for change in dut["would_change"]} >= {"packages"}
    assert dut["facts"]["packages"]["libc6"]
    assert (loadgen["role"], loadgen["facts"]["generator"]) == ("loadgen", None)
    again = snakemake(folder, "--cores", "1", "--force", *FILES)
    assert again.returncode == 0, again.stderr
    assert [(folder / path).read_bytes() for path in FILES] == first
    run = snakemake(folder, "--cores", "1", "release")
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("far: nothing to be undone") == 2
    assert not [path for path in FILES if (folder / path).exists()]


def test_a_missing_moongen_is_one_line(folder):
    """It says which guide to follow; no facts file is made."""

    def change(config):
        side = config["testbeds"]["lab"]["loadgen"]
        side["generator"] = "moongen"
        side["moongen"] = {"path": "/no/MoonGen", "pacing": "software", "stamps": "software"}
        side["ports"] = [{"pci": "0000:0f:00.0"}, {"pci": "0000:0f:00.1"}]

    edit_config(folder, change)
    run = snakemake(folder, "--cores", "1", FILES[1])
    assert run.returncode != 0
    line = (
        "middlebench: moongen.path: /no/MoonGen on far: no such folder; allowed: a built checkout"
    )
    assert line in run.stderr
    assert "Traceback" not in run.stderr
    assert not (folder / FILES[1]).exists()
