"""Open vSwitch and DPDK really built from the distribution's sources, and measured."""

import hashlib
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from middlebench.errors import DutError
from middlebench.experiment.config import load
from middlebench.experiment.grid import figure_points
from middlebench.experiment.point_settings import PointSettings
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.software import choice as software
from sshd import running_sshd
from workspace import ONCE, REPOSITORY, TINY_FIGURES, copy_workflow, edit_config, snakemake

LOW = {"from": 50, "to": 50, "step": 50}
BUILD_TIMEOUT_S = 3600
pytestmark = pytest.mark.timeout(2 * BUILD_TIMEOUT_S)


def installed(package):
    """The upstream version of a package of this machine, which its source has too."""
    command = ["dpkg-query", "-W", "-f", "${Version}", package]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return said.rpartition("-")[0]


def from_source(package):
    """The configuration of a program that is built as the distribution has it."""
    return {"from": "source_package", "version": installed(package)}


def cell_of(point):
    """A UDP point's identity as its record has it."""
    return {key: value for key, value in vars(point).items() if key != "protocol"}


def measured(folder, dpdk):
    """Build, and measure one NAT point: the folder, its configuration, the point."""

    def change(config):
        config["figures"] = {"nat_64b": TINY_FIGURES["nat_64b"] | {"rates_mbit": LOW}}
        config["defaults"]["repetitions"] |= ONCE
        config["software"] |= {"dpdk": dpdk, "ovs": from_source("openvswitch-source")}

    copy_workflow(folder)
    edit_config(folder, change)
    config = load(folder / "config.yaml")
    (point,) = figure_points(config, "nat_64b")
    run = snakemake(folder, "--cores", "1", point.path, timeout_s=BUILD_TIMEOUT_S)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, config, point


@pytest.fixture(scope="module")
def own_switch(tmp_path_factory):
    """Open vSwitch from source with the distribution's DPDK."""
    return measured(tmp_path_factory.mktemp("switch") / "run", {"from": "distribution"})


@pytest.fixture(scope="module")
def own_both(tmp_path_factory):
    """Open vSwitch and DPDK from source."""
    return measured(tmp_path_factory.mktemp("both") / "run", from_source("dpdk"))


def check_record(folder, config, point):
    """The record is of the built switch, and the traffic was what was asked for."""
    manifest_path = folder / software.prefix(config, "ovs") / "manifest.json"
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    record = json.loads((folder / point.path).read_text(encoding="utf-8"))
    dut = record["software"]["dut"]
    assert dut["version"] == config["software"]["ovs"]["version"]
    assert dut["source"] == manifest["source"]
    assert dut["source"].startswith("package openvswitch-source ")
    assert len(dut["manifest_sha256"]) == 64
    assert "package" not in dut
    assert dut["dpdk"] == f"DPDK {manifest['dpdk']['version']}"
    assert str(folder) not in (folder / point.path).read_text(encoding="utf-8")
    assert record["verdict"]["name"] in ("ok", "disturbed")
    assert record["state"]["found_after_window"] == 10
    assert record["totals"]["switch"]["inside_rx"] == record["totals"]["sent"]
    return manifest


@pytest.mark.slow
def test_a_point_is_measured_on_a_switch_that_was_built(own_switch):
    """With the distribution's DPDK; its manifest names no other."""
    manifest = check_record(*own_switch)
    assert "prefix" not in manifest["dpdk"]
    run = snakemake(own_switch[0], "-n", own_switch[2].path)
    assert "Nothing to be done" in run.stdout + run.stderr


@pytest.mark.slow
def test_a_point_is_measured_on_a_switch_and_a_dpdk_that_were_built(own_both):
    """Only the drivers asked for are there, and the daemon's libraries are the built ones."""
    folder, config, _ = own_both
    manifest = check_record(*own_both)
    dpdk = folder / software.prefix(config, "dpdk")
    assert manifest["dpdk"]["prefix"] == dpdk.name
    drivers = {path.stem for path in (dpdk / "lib/dpdk").glob("pmds-*/*.so")}
    assert drivers == {f"librte_{name.replace('/', '_')}" for name in software.DRIVERS}
    daemon = folder / software.prefix(config, "ovs") / "sbin/ovs-vswitchd"
    listed = subprocess.run(["ldd", daemon], capture_output=True, text=True, check=True).stdout
    used = [line for line in listed.splitlines() if "librte_" in line]
    assert used
    assert all(str(dpdk.resolve()) in line for line in used), listed


@pytest.mark.slow
def test_what_was_built_is_measured_also_where_it_was_moved_to(
    own_both, binary, calibration, tmp_path, monkeypatch
):
    """Nothing is made again, and a new point runs; nothing is left where it was built."""
    folder, config, point = own_both
    moved = tmp_path / "moved"
    folder.rename(moved)
    try:
        run = snakemake(moved, "-n", point.path)
        assert "Nothing to be done" in run.stdout + run.stderr
        monkeypatch.chdir(moved)
        rules = REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows"
        parts = Parts("ovs-dpdk", "nat", rules, binary)
        made = measure_point(cell_of(point), PointSettings(config).of(point), parts, calibration)
        assert made["verdict"]["name"] in ("ok", "disturbed")
        assert "manifest_sha256" in made["software"]["dut"]
    finally:
        moved.rename(folder)


@pytest.mark.slow
def test_a_figure_is_made_over_ssh_with_what_was_built(own_both, tmp_path):
    """The switch and its DPDK are copied to the other side; neither is built again."""
    folder, config, _ = own_both
    with running_sshd(tmp_path / "sshd") as sshd:

        def change(config):
            config["testbeds"]["loopback"] = config["testbeds"]["sandbox"] | {"host": sshd.settings}
            config["defaults"]["testbed"] = "loopback"

        edit_config(folder, change)
        run = snakemake(folder, "--cores", "1", "figures/nat_64b.pdf")
        assert run.returncode == 0, run.stdout + run.stderr
        said = run.stdout + run.stderr
        assert not any(f"building {program}" in said for program in ("DPDK", "Open vSwitch"))
    assert (folder / "figures/nat_64b.pdf").read_bytes().startswith(b"%PDF-")
    manifest = (folder / software.prefix(config, "ovs") / "manifest.json").read_bytes()
    records = list((folder / "results/loopback/points").rglob("*.json"))
    assert records
    for path in records:
        record = json.loads(path.read_text(encoding="utf-8"))
        assert record["settings"]["host"] == "far"
        assert record["software"]["dut"]["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
        assert record["totals"]["switch"]["inside_rx"] == record["totals"]["sent"]


PROGRAMS = {
    "sbin/ovs-vswitchd": ("/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk", 1),
    "sbin/ovsdb-server": ("/usr/sbin/ovsdb-server", 1),
    "bin/ovsdb-tool": ("/usr/bin/ovsdb-tool", 1),
    "bin/ovs-vsctl": ("/usr/bin/ovs-vsctl", 6),  # bridge, version, two ports, their names
    "bin/ovs-ofctl": ("/usr/bin/ovs-ofctl", 2),  # rules, counters
    "bin/ovs-appctl": ("/usr/bin/ovs-appctl", 6),  # version, limit, connections and cycles twice
}
"""What a point runs of a prefix, the distribution's own, and how often."""


def test_a_switch_in_a_prefix_is_run_with_its_own_programs(
    parts, settings, calibration, tmp_path, monkeypatch
):
    """Every call of them, and its schema; the record has its manifest's hash and no path.

    Here its programs are the distribution's, by a detour that writes down their names.
    """
    prefix = tmp_path / "software/ovs/1-a"
    manifest = json.dumps({"source": "a stand-in", "more": ["two", "words"]}, indent=1) + "\n"
    for name, (real, _) in PROGRAMS.items():
        program = prefix / name
        program.parent.mkdir(parents=True, exist_ok=True)
        text = f'#!/bin/sh\necho {name} >> {tmp_path}/called\nexec {real} "$@"\n'
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    (prefix / "manifest.json").write_text(manifest, encoding="utf-8")
    (prefix / "share/openvswitch").mkdir(parents=True)
    schema = shutil.copy("/usr/share/openvswitch/vswitch.ovsschema", prefix / "share/openvswitch")
    monkeypatch.chdir(tmp_path)
    chosen = settings | {"dut": settings["dut"] | {"prefix": "software/ovs/1-a"}}
    cell = cell_of(figure_points(load(REPOSITORY / "config.yaml"), "nat_64b")[0])
    made = measure_point(cell, chosen, parts("nat"), calibration)
    called = Counter((tmp_path / "called").read_text(encoding="utf-8").split())
    assert called == {name: times for name, (_, times) in PROGRAMS.items()}
    dut = made["software"]["dut"]
    assert dut["source"] == "a stand-in"
    assert dut["manifest_sha256"] == hashlib.sha256(manifest.encode()).hexdigest()
    assert str(tmp_path) not in json.dumps(made)
    assert made["state"]["found_after_window"] == cell["flows"]
    Path(schema).unlink()
    with pytest.raises(DutError, match=r"vswitch\.ovsschema"):
        measure_point(cell, chosen, parts("nat"), calibration)
    (prefix / "manifest.json").unlink()
    with pytest.raises(DutError, match=f"no whole Open vSwitch in {prefix}: delete it and run"):
        measure_point(cell, chosen, parts("nat"), calibration)


def test_a_build_that_fails_ends_the_run_with_one_line(tmp_path):
    """Status not 0; the log says why; no folder of a build is left."""
    folder = copy_workflow(tmp_path / "run")
    chosen = {"from": "tarball", "version": "1", "sha256": "0" * 64, "path": "none.tar.gz"}
    edit_config(folder, lambda config: config["software"].update(ovs=chosen))
    target = f"{software.prefix(load(folder / 'config.yaml'), 'ovs')}/manifest.json"
    run = snakemake(folder, "--cores", "1", target)
    assert run.returncode != 0
    said = [line for line in run.stderr.splitlines() if line.startswith("middlebench: none")]
    assert said == ["middlebench: none.tar.gz: no such file; allowed: a tarball (software.*.path)"]
    assert "Traceback" not in run.stderr
    assert not list((folder / "results/software").glob("ovs/*"))
