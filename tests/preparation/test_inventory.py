"""The facts of a host, and the dry mode on this very machine."""

import json
import os
import socket
from pathlib import Path

import psutil
import pytest
from machine_tree import JOURNAL
from preparing import FIRST, SETTINGS, prepared

from middlebench.errors import HostError, RecordError
from middlebench.hosts.connect import open_host
from middlebench.preparation import inventory
from middlebench.preparation.facts_hash import facts_hash
from middlebench.preparation.inventory import facts, facts_file
from middlebench.preparation.prepare import prepare, release
from sshd import running_sshd


def facts_path(host, tree, folder, done):
    """A facts file of the tree."""
    found = facts(host, SETTINGS, done.changed, str(tree.root))
    path = folder / "dut.json"
    identity = {"testbed": "lab", "role": "dut"}
    path.write_text(json.dumps(facts_file(identity, SETTINGS, found, done)), encoding="utf-8")
    return path


def test_the_facts_are_what_the_host_is(host, tree, tmp_path):
    """Also the firmware of a port that DPDK has by now, which can no longer be asked."""
    path = facts_path(host, tree, tmp_path, prepared(host, tree))
    found = json.loads(path.read_text(encoding="utf-8"))["facts"]
    assert found["cpu"] == {
        "model": "Intel(R) Xeon(R) CPU E31230 @ 3.20GHz",
        "stepping": "7",
        "microcode": "0x2f",
        "sockets": 1,
        "cores": 2,
        "threads": 4,
    }
    assert inventory.describe(found).endswith("isolated CPUs: 1-2; governor: performance")
    assert found["memory_kib"] == 16318228
    assert found["hugepages"] == {"2048kB": 1024}
    assert found["governors"] == ["performance"]
    assert (found["isolated_cpus"], found["bios"]) == ("1-2", "2.0a")
    assert found["kernel_command_line"] == "ro isolcpus=1-2"
    assert found["packages"] == {"dpdk": "1.0-1", "libc6": "1.0-1"}
    assert found["ports"][FIRST] == {
        "vendor": "0x8086",
        "driver": "vfio-pci",
        "kernel_driver": "ixgbe",
        "interface": "eth2",
        "firmware": "0x800005b6, 1.2028.0",
    }


def test_the_facts_of_an_unchanged_host_are_the_same_bytes(host, tree, tmp_path):
    """Whatever the machine does meanwhile, after a release, and after a reboot too."""
    path = facts_path(host, tree, tmp_path, prepared(host, tree))
    first, digest = path.read_bytes(), facts_hash(path)
    tree.load(3200)
    facts_path(host, tree, tmp_path, prepared(host, tree))
    assert path.read_bytes() == first
    release(host, str(tree.root))
    facts_path(host, tree, tmp_path, prepared(host, tree))
    assert path.read_bytes() == first
    journal = tree.state()[JOURNAL]
    tree.fresh().reboot("second")
    tree.write("packages", "libc6\ndpdk\n")
    tree.write(JOURNAL, journal)
    facts_path(host, tree, tmp_path, prepared(host, tree))
    assert path.read_bytes() == first
    tree.write("proc/cmdline", "ro\n")
    facts_path(host, tree, tmp_path, prepared(host, tree))
    assert facts_hash(path) != digest


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", "1"])
def test_a_file_without_facts_is_named(tmp_path, text):
    """Missing, truncated, or something else."""
    path = tmp_path / "dut.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match=r"dut.json: .*; allowed: a facts file"):
        facts_hash(path)


@pytest.fixture
def this_machine(tmp_path):
    """This machine over SSH, with its own programs."""
    with running_sshd(tmp_path / "sshd") as sshd, open_host(sshd.settings) as opened:
        yield opened


def test_dry_mode_and_facts_of_this_machine(this_machine):
    """The real /sys over a real connection: nothing is changed, facts are the same twice."""
    count = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
    if not count.exists():
        pytest.skip("this kernel has no hugepages")
    before = count.read_text(encoding="ascii")
    settings = SETTINGS | {"dry": True, "ports": [], "hugepages": 1048576, "governor": None}
    done = prepare(this_machine, settings)
    assert f"would change hugepages: {before.strip()} -> 1048576" in done.said
    assert count.read_text(encoding="ascii") == before
    found = facts(this_machine, settings, done.changed)
    assert found == facts(this_machine, settings, done.changed)
    assert found["kernel"] == os.uname().release
    assert found["cpu"]["threads"] >= 1


def test_the_interface_that_this_machine_needs_is_refused(this_machine):
    """A real NIC with a real address, if there is one: the dry mode ends there."""
    devices = Path("/sys/bus/pci/devices")
    links = [*devices.glob("*/net/*"), *devices.glob("*/virtio*/net/*")]
    addresses = psutil.net_if_addrs()
    used = [
        (link.relative_to(devices).parts[0], link.name)
        for link in links
        if any(address.family == socket.AF_INET for address in addresses.get(link.name, []))
    ]
    if not used:
        pytest.skip("this machine has no NIC on PCI with an address")
    pci, name = used[0]
    with pytest.raises(HostError, match=rf"^far: {pci} \({name}\) has the address "):
        prepare(this_machine, SETTINGS | {"dry": True, "ports": [{"pci": pci}]})
