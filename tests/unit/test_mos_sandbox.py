"""mOS on the ports of a sandbox, with stand-ins for namespace and program: what it counts."""

import json
import os
from pathlib import Path

import pytest

from configurations import MOS
from middlebench.duts.interface import Counted
from middlebench.duts.mos import sandbox
from middlebench.duts.mos.sandbox import MosInSandbox, turned_away
from mos_standin import RUNNING, Folder
from workspace import REPOSITORY

TEMPLATE = REPOSITORY / "workflow/middleboxes/mos/mos.conf"
COUNTS = {"inside": (100, 4, 40, 0), "outside": (40, 0, 85, 6)}
"""Port -> frames in, dropped at the door, fetched, not fetched in time."""


def listed():
    """As `ip -s -j link show` prints the ports."""
    names = (("rx", "packets"), ("rx", "dropped"), ("tx", "packets"), ("tx", "dropped"))
    devices = []
    for port, counts in COUNTS.items():
        stats = {"rx": {}, "tx": {}}
        for (way, what), count in zip(names, counts, strict=True):
            stats[way][what] = count
        devices.append({"ifname": port, "stats64": stats, "qdisc": "pfifo_fast"})
    return json.dumps(devices)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The DUT in a folder, and what stands for it there."""
    ip, sample = tmp_path / "tools/ip", tmp_path / "prefix/bin/nat"
    for file, text in ((ip, f"#!/bin/sh\ncat <<END\n{listed()}\nEND\n"), (sample, RUNNING)):
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ip.parent}:{os.environ['PATH']}")
    manifest = {"settings": {"variant": "pcap", "commit": "0" * 40}, "source": ""}
    (tmp_path / "prefix/manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (tmp_path / "library").touch()
    monkeypatch.setattr(sandbox.Ports, "__enter__", lambda ports: ports)
    monkeypatch.setattr(MosInSandbox, "within", "")
    place = Folder(tmp_path / "run")
    Path(place.folder).mkdir()
    settings = {"prefix": str(tmp_path / "prefix"), "loaded_first": str(tmp_path / "library")}
    yield MosInSandbox(place, MOS | settings, "nat", TEMPLATE, max(os.sched_getaffinity(0))), place
    place.end()


def test_it_counts_connections_and_the_frames_of_its_ports(made):
    """What came in and was not sent on is the DUT's loss, wherever it was lost."""
    dut, place = made
    with dut:
        (Path(place.folder) / "flows").write_text("20", encoding="utf-8")
        place.run(dut.learned_command)
        place.run(dut.counting_command)
        counted = dut.counted()
        assert dut.facts()["ports"] == "TAP, 1024 frames, pfifo_fast, no offloads"
    assert counted._replace(frames={}) == Counted(10, 10, {})
    assert counted.frames["inside_rx"] == 100
    assert counted.frames["inside_rx_drop"] == 100 - 85 - 6
    assert counted.frames["outside_rx_drop"] == 0
    assert counted.frames["outside_unread"] == 6


def test_its_ports_are_named_in_its_configuration(made):
    """Those of the generator, in the DUT's namespace; none of their addresses is the load's."""
    dut, _ = made
    assert "inside 0x0001" in dut.conf()
    assert dut.attachment == (["tap:/run/netns/dut/inside", "tap:/run/netns/dut/outside"], ":")
    load = {"02:00:00:00:00:01", "02:00:00:00:00:02"}
    assert load.isdisjoint(sandbox.Ports.macs.values())


def test_what_it_makes_itself_is_no_loss():
    """More went out than came in: nothing was turned away."""
    counts = dict.fromkeys((f"{p}_{of}" for p in COUNTS for of in ("rx", "tx", "unread")), 0)
    assert turned_away(counts | {"outside_tx": 3})["inside_rx_drop"] == 0
