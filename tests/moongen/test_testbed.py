"""MoonGen as the generator of a two-host testbed: a whole point, its program being the stand-in."""

import hashlib
import json
import shlex
import subprocess
import sys

import pytest

from middlebench.duts.interface import Counted
from middlebench.errors import DutError, GeneratorError
from middlebench.functions import Makes
from middlebench.hosts.connect import open_host
from middlebench.loadgens.moongen import MODULES
from middlebench.measuring import on_hosts as assembly_hosts
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.records import record
from middlebench.testbeds.places import TwoHosts
from moongen.standin import HERE
from results import SETTINGS

IDENTITY = {
    "testbed": "tallinn", "dut": "ovs-dpdk", "function": "nat", "repetition": 1,
    "frame_size": 64, "flows": 10, "rate_mbit": 100,
}  # fmt: skip
DURATIONS = {"warmup_ms": 10, "window_ms": 40, "drain_ms": 20, "stall_ms": 20, "max_windows": 1}


class Switch:
    """A DUT that knows ten connections; what it is asked for on its host is written down there."""

    most_flows = None

    def __init__(self, place, settings, function, program, cpu, ports):
        del settings, function, program, cpu
        self._place = place
        self.ports = ports

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    makes = Makes()
    learned_command = property(lambda self: f"echo learned >> {self._place.folder}/asked")
    counting_command = property(lambda self: f"echo end >> {self._place.folder}/asked")

    def counted(self):
        """Ten, if it was asked at both moments."""
        asked = self._place.run(f"cat {self._place.folder}/asked").stdout.split()
        assert asked == ["learned", "end"]
        return Counted(10, 10, {})

    def expected_entries(self, flows):
        """One a flow."""
        return flows

    def facts(self):
        """As little as a record wants."""
        return {"name": "ten", "version": "1"}


class Mute(Switch):
    """It cannot be asked."""

    learned_command = "echo no such switch >&2; exit 1"


@pytest.fixture
def checkout(tmp_path):
    """A built checkout of what is not MoonGen."""
    path = tmp_path / "MoonGen"
    program = path / "build/MoonGen"
    program.parent.mkdir(parents=True)
    words = shlex.join([sys.executable, str(HERE / "standin.py")])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
    program.chmod(0o755)
    git = ["git", "-C", path, "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    return path


@pytest.fixture
def measure(checkout, tmp_path, monkeypatch):
    """Measure a point in a world of the stand-in's."""
    (tmp_path / "softgen").write_bytes(b"")
    monkeypatch.setenv("PYTHONPATH", str(HERE))

    def start(world=None, switch=Switch):
        monkeypatch.setattr(assembly_hosts, "dut_class", lambda *_, **__: switch)
        asked = {"frame_size": 64, "pps": 1e8 / 8 / 64} | (world or {})
        monkeypatch.setenv("STANDIN_WORLD", json.dumps(asked))
        loadgen = {
            "generator": "moongen",
            "ports": [{"pci": f"0000:04:00.{n}"} for n in (0, 1)],
            "moongen": {"path": str(checkout), "pacing": "hardware", "stamps": "hardware"},
        }
        settings = SETTINGS | {"durations": DURATIONS, "dut": {}, "gating": None}
        settings |= {"virtual": False, "link_mbit": 10000, "loadgen": loadgen}
        settings |= {"seed": 1, "flow_order": "round_robin"}
        bounds = {"ceiling_pps": 14.88e6, "floor_ns": None, "measured": False}
        parts = Parts("ovs-dpdk", "nat", tmp_path / "nat.flows", tmp_path / "softgen")
        with open_host({"address": "local"}) as host:
            where = TwoHosts(host, host, {"ports": [], "loadgen": loadgen})
            return measure_point(IDENTITY, settings, parts, bounds, where)

    return start


def test_a_point_is_a_whole_record(measure, checkout):
    """Commit and scripts are named; what MoonGen cannot know is null; the DUT was asked twice."""
    point = measure()
    record.check(point)
    assert point["verdict"]["name"] == "ok", point["verdict"]["reason"]
    commit = subprocess.run(
        ["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in MODULES)).hexdigest()
    assert point["software"]["generator"] == {"name": "moongen", "commit": commit, "sha256": digest}
    assert point["disturbance"] is None
    assert point["raw"]["duplicated"] is point["raw"]["out_of_order"] is None
    assert point["load_check"] is point["stall"]["probes_refused"] is None
    assert point["state"]["found_after_warmup"] == 10
    assert point["state"]["read"].startswith("on the DUT's host")


def test_a_dut_that_cannot_be_asked_ends_the_trial(measure):
    """MoonGen does not wait for an answer that will not come."""
    with pytest.raises(DutError, match="the DUT does not tell its state: no such switch"):
        measure(switch=Mute)


def test_what_moongen_says_is_what_is_said(measure):
    """Its own line, with its exit status."""
    with pytest.raises(GeneratorError, match=r"^moongen: task load crashed"):
        measure({"crash": "mb_load"})
