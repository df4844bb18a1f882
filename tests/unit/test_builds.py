"""Builds from source on small stand-ins: whole or not at all, and each fault in one line."""

import contextlib
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from builders import DPDK, DRIVERS, OVS, Builder, sha256
from workspace import REPOSITORY


def test_a_build_is_installed_with_its_manifest(builder, tarball):
    """The daemon runs; the manifest says from what and how it was made; the log is kept."""
    chosen = tarball(OVS)
    manifest = builder.build(chosen, settings={"options": ["--enable-x"]})
    daemon = builder.prefix() / "sbin/ovs-vswitchd"
    assert subprocess.run([daemon], check=False).returncode == 0
    assert manifest["settings"]["options"] == ["--enable-x"]
    assert manifest["source"] == "program-9.9.tar.gz"
    assert manifest["source_sha256"] == chosen["sha256"]
    assert manifest["compiler"].startswith("gcc")
    assert manifest["sha256"] == sha256(daemon)
    assert manifest["dpdk"]["version"]
    log = builder.log.read_text(encoding="utf-8")
    assert "--with-dpdk=shared" in log
    assert log.index("--enable-x") < log.index("make install")
    assert [path.name for path in builder.prefix().parent.iterdir()] == ["9.9-00000000"]


def test_builds_live_side_by_side_and_one_made_again_replaces_itself(builder, tarball):
    """Another version leaves the first alone; what was in the way of the same one is gone."""
    builder.build(tarball(OVS, "one"), name="1-a")
    builder.build(tarball(OVS, "two"), name="2-b")
    before = (builder.prefix(name="1-a") / "manifest.json").read_text(encoding="utf-8")
    (builder.prefix(name="2-b") / "old").touch()
    builder.build(tarball(OVS, "three"), name="2-b")
    assert (builder.prefix(name="1-a") / "manifest.json").read_text(encoding="utf-8") == before
    assert not (builder.prefix(name="2-b") / "old").exists()


def test_what_the_caller_has_in_the_environment_changes_nothing(builder, tarball, monkeypatch):
    """No manifest would say it."""
    monkeypatch.setenv("CFLAGS", "-broken")
    monkeypatch.setenv("MAKEFLAGS", "-n")
    builder.build(tarball(OVS))
    assert "CFLAGS: \n" in builder.log.read_text(encoding="utf-8")


def test_dpdk_is_built_with_its_drivers_and_open_vswitch_with_that_dpdk(builder, tarball):
    """The switch's prefix links to the DPDK it was built with, by a path that moves with both."""
    made = builder.build(tarball(DPDK, "dpdk"), program="dpdk", name="22-a")
    assert made["version"] == "22.11.9"
    assert made["settings"]["drivers"] == DRIVERS
    dpdk = builder.prefix("dpdk", "22-a")
    manifest = builder.build(tarball(OVS), dpdk=dpdk)
    expected = {"version": "22.11.9", "prefix": "22-a"}
    assert manifest["dpdk"] == expected | {"manifest_sha256": sha256(dpdk / "manifest.json")}
    assert str(dpdk / "lib") in builder.log.read_text(encoding="utf-8")
    moved = builder.software.rename(builder.software.with_name("moved"))
    link = moved / "ovs/9.9-00000000/dpdk"
    assert link.resolve() == moved / "dpdk/22-a"


BROKEN = {
    "configure fails": (
        {"configure": "#!/bin/sh\necho one >&2\necho 'configure: error: no DPDK' >&2\nexit 1\n"},
        "ovs: configure fails: configure: error: no DPDK (all of it: ",
    ),
    "the compiler fails": (
        {"configure": "#!/bin/sh\necho 'all: ; echo bad > m.c; gcc m.c' > Makefile\n"},
        "ovs: make fails: m.c:1:1: error: ",
    ),
    "the disk is full": (
        {"configure": "#!/bin/sh\necho 'all: ; cp Makefile /dev/full' > Makefile\n"},
        "ovs: make fails: No space left on device",
    ),
    "nothing is installed": (
        {"configure": "#!/bin/sh\necho 'all install: ; :' > Makefile\n"},
        "the source installs no sbin/ovs-vswitchd (all of it: ",
    ),
    "it is silent": (
        {"configure": "#!/bin/sh\nexit 3\n"},
        "ovs: configure fails: exit status 3 (all of it: ",
    ),
    "it is no source of Open vSwitch": ({"x": ""}, "./boot.sh is missing"),
}


@pytest.mark.parametrize(("files", "line"), BROKEN.values(), ids=BROKEN)
def test_a_build_that_fails_is_told_with_its_first_error(builder, tarball, files, line):
    """The line has the step and what it said first; the log has all."""
    assert builder.fault(tarball(files)).startswith(line)
    assert builder.log.exists()


def test_a_driver_that_meson_leaves_out_is_told(builder, tarball):
    """DPDK is built without an error when a driver lacks a library: then it would be missing."""
    told = builder.fault(tarball(DPDK), program="dpdk", settings={"drivers": ["net/none"]})
    assert told.startswith("dpdk is built without net/none; why: ")


def test_a_meson_that_fails_is_told(builder, tarball):
    """Its own line."""
    told = builder.fault(tarball(DPDK), program="dpdk", settings={"options": ["-Dnone=1"]})
    assert told.startswith("dpdk: meson setup fails: ")
    assert "none" in told


@pytest.mark.parametrize("missing", ["gcc", "make", "pkg-config"])
def test_a_missing_tool_is_told_with_its_package(builder, tarball, tmp_path, monkeypatch, missing):
    """Before anything is fetched."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"gcc", "make", "pkg-config"} - {missing}:
        (tools / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tools))
    told = builder.fault(tarball(OVS) | {"sha256": "0" * 64})
    assert told == f"{missing} is missing: install {missing} (make setup-extra)"


@pytest.mark.parametrize("name", ["a b", "a$b", "a:b", "a'b"])
def test_a_path_that_cannot_be_built_in_is_told(tmp_path, tarball, name):
    """By configure, make and the shell."""
    told = Builder(tmp_path / name).fault(tarball(OVS))
    assert told.endswith("a path that make splits; allowed: letters, digits, /._+~@-")


ENDLESS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from middlebench.software.builds import workshop
from middlebench.hosts.lock import end_with_owner
end_with_owner()
with workshop(Path(sys.argv[2]), Path(sys.argv[2]).with_suffix(".log")) as at:
    at.commands.run("sh", "-c", "sleep 600 & echo begun; sleep 600")
"""


def names(processes):
    """Of those that run."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(process.name())
    return found


def test_a_build_that_is_broken_off_leaves_nothing(tmp_path):
    """Neither a process nor a folder."""
    prefix = tmp_path / "software/ovs"
    prefix.parent.mkdir()
    scripts = REPOSITORY / "workflow/scripts"
    process = psutil.Popen([sys.executable, "-c", ENDLESS, str(scripts), str(prefix)])
    log = prefix.with_suffix(".log")
    end, children = time.monotonic() + 30, []
    while names(children).count("sleep") < 2:
        assert process.poll() is None
        assert time.monotonic() < end
        children = process.children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    assert list(prefix.parent.iterdir()) == [log]
