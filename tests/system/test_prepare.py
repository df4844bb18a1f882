"""Preparing and releasing a host over a real SSH connection.

There is no NIC here, and this machine is not to be changed: /sys is a folder that behaves like one,
and apt-get, modprobe, dpdk-devbind.py, ip and ethtool are stand-ins that change it.  The dry mode
also runs against the real /sys of this machine.
"""

import json
import os
import socket
from pathlib import Path

import psutil
import pytest
from machine_tree import DEVICES, DISK, DRIVERS, HUGEPAGES, JOURNAL, PORTS, MachineTree
from sshd import running_sshd

from middlebench.errors import HostError, RecordError
from middlebench.hosts.connect import open_host
from middlebench.preparation import inventory
from middlebench.preparation.facts_hash import facts_hash
from middlebench.preparation.inventory import facts, facts_file
from middlebench.preparation.prepare import prepare, release

FIRST, SECOND = PORTS

SETTINGS = {
    "dry": False,
    "hugepages": 1024,
    "driver": "vfio-pci",
    "governor": "performance",
    "packages": ["dpdk", "libc6"],
    "ports": [{"pci": FIRST, "interface": "eth2"}, {"pci": SECOND, "interface": "eth3"}],
    "bind": True,
    "generator": None,
    "address": "far",
}

INSTALL = ["apt-get -qq update", "apt-get -y -qq -o DPkg::Lock::Timeout=120 install dpdk"]
BIND = [f"dpdk-devbind.py -b vfio-pci {pci}" for pci in PORTS]
UNDO = [*(f"dpdk-devbind.py -b ixgbe {pci}" for pci in (SECOND, FIRST)), "modprobe -r vfio-pci"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A tree, and this machine as its host: the stand-ins are first in PATH."""
    made = MachineTree(tmp_path_factory.mktemp("machine"))
    with pytest.MonkeyPatch.context() as patch, open_host({"address": "local"}) as host:
        patch.setenv("PATH", f"{made.programs}:{os.environ['PATH']}")
        yield made, host


@pytest.fixture
def tree(machine):
    """The tree of a machine that nobody has prepared."""
    return machine[0].fresh()


@pytest.fixture
def host(machine):
    """The tree's host, without SSH: a third of the time of a command."""
    return machine[1]


@pytest.fixture(scope="module")
def far(machine):
    """The same host over SSH."""
    folder, path = machine[0].root.parent / "sshd", machine[0].path
    with running_sshd(folder, path=path) as sshd, open_host(sshd.settings) as host:
        yield host


@pytest.fixture(params=["local", "far"])
def either(request):
    """The host both ways."""
    return request.getfixturevalue("far" if request.param == "far" else "host")


def prepared(host, tree, **changed):
    """What a preparation of the tree did."""
    return prepare(host, SETTINGS | changed, str(tree.root))


def refusal(host, tree, **changed):
    """The one line that a preparation ends with; it changed nothing."""
    before = tree.state()
    with pytest.raises(HostError) as caught:
        prepared(host, tree, **changed)
    assert tree.state() == before
    assert tree.calls() == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_host_is_prepared_in_order(either, tree):
    """Packages first, as others come with them; ports last, once their driver is there."""
    done = prepared(either, tree)
    assert tree.calls() == [*INSTALL, "modprobe vfio-pci", *BIND]
    state = tree.state()
    assert state[HUGEPAGES] == "1024"
    assert {
        state[f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"] for cpu in (0, 1, 2)
    } == {"performance"}
    for pci in PORTS:
        assert state[f"{DEVICES}/{pci}/driver"].endswith("/vfio-pci")
    assert [(entry["kind"], entry["subject"]) for entry in done.changed] == [
        ("packages", ""),
        ("hugepages", ""),
        ("module", "vfio-pci"),
        ("governor", ""),
        ("driver", FIRST),
        ("driver", SECOND),
    ]
    assert done.said[-1] == f"changed driver {SECOND}: ixgbe (eth3) -> vfio-pci"
    assert done.would_change == []


def test_a_second_preparation_changes_nothing_and_says_so(either, tree):
    """What the facts file says is the same, byte by byte."""
    first = prepared(either, tree)
    state = tree.state()
    tree.calls()
    second = prepared(either, tree)
    assert second.said == ["nothing to be changed"]
    assert second.changed == first.changed
    assert tree.calls() == []
    assert tree.state() == state


def test_a_release_undoes_all_in_reverse_order(either, tree):
    """Every file of /sys is as before; packages stay, and it says so; a second one does nothing."""
    before = tree.state()
    prepared(either, tree)
    tree.calls()
    said = release(either, str(tree.root))
    assert tree.calls() == UNDO
    assert said[0] == f"driver {SECOND}: ixgbe (eth3) again"
    assert said[-1] == "packages: dpdk stay installed"
    after = tree.state()
    assert list(json.loads(after.pop(JOURNAL))[0]) == ["kind", "subject", "before", "after", "boot"]
    assert after == before
    assert release(either, str(tree.root)) == [
        "nothing to be undone",
        "packages: dpdk stay installed",
    ]
    assert tree.calls() == []


def test_nothing_is_left_of_a_release_without_packages(host, tree):
    """Not even the journal, nor its folder."""
    before = tree.state()
    prepared(host, tree, packages=["libc6"])
    assert release(host, str(tree.root))[-1] == "hugepages: 2 again"
    assert tree.state() == before
    assert not (tree.root / JOURNAL).parent.exists()
    assert release(host, str(tree.root)) == ["nothing to be undone"]


def test_prepared_after_a_release_it_says_the_same(host, tree):
    """Nothing need be measured again."""
    first = prepared(host, tree)
    release(host, str(tree.root))
    assert prepared(host, tree).changed == first.changed


@pytest.mark.parametrize(
    ("program", "call", "line", "undone"),
    [
        ("apt-get", "-y", "packages dpdk cannot be installed: E: Unable to locate", []),
        ("modprobe", "vfio-pci", "prepare.driver: vfio-pci cannot be loaded: modprobe: FATAL", []),
        (
            "dpdk-devbind.py",
            f"-b vfio-pci {SECOND}",
            f"{SECOND} cannot be bound to vfio-pci: Error: bind failed for {SECOND}",
            UNDO,
        ),
    ],
)
def test_a_preparation_that_failed_half_way_is_released_or_gone_on_with(
    host, tree, program, call, line, undone
):
    """Each change was written down before it was made."""
    before = tree.state()
    tree.fail(program, call)
    for way in ("release", "prepare"):
        with pytest.raises(HostError, match="local: ") as caught:
            prepared(host, tree)
        assert line in str(caught.value)
        tree.calls()
        if way == "release":
            release(host, str(tree.root))
            assert tree.calls() == undone
            after = tree.state()
            after.pop(JOURNAL, None)
            assert after == before
    tree.fail(program, "")
    whole = prepared(host, tree)
    assert [entry["before"] for entry in whole.changed[:2]] == [["libc6"], 2]
    release(host, str(tree.root))
    after = tree.state()
    after.pop(JOURNAL)
    assert after == before


def test_hugepages_that_the_kernel_cannot_find_are_named(host, tree):
    """As with fragmented memory."""
    (tree.root / HUGEPAGES).unlink()
    (tree.root / HUGEPAGES).symlink_to("/dev/null")
    with pytest.raises(HostError, match=r"hugepages: only 0 of 1024 .* kernel's command line"):
        prepared(host, tree)


def test_what_cannot_be_undone_is_named_and_the_rest_is_undone(host, tree):
    """The module still drives a port that somebody else gave it."""
    prepared(host, tree)
    other = tree.root / DRIVERS / "vfio-pci/0000:09:00.0"
    other.symlink_to("../../devices/0000:09:00.0")
    with pytest.raises(HostError, match=r"^local: vfio-pci stays, as it drives 0000:09:00.0$"):
        release(host, str(tree.root))
    assert tree.state()[HUGEPAGES] == "2"
    other.unlink()
    assert release(host, str(tree.root))[0] == "module vfio-pci: not loaded again"


def test_after_a_reboot_what_was_changed_counts_anew(host, tree):
    """What a reboot undid is not undone again; packages are still known."""
    before = tree.state()
    first = prepared(host, tree)
    journal = tree.state()[JOURNAL]
    tree.fresh().reboot("second")
    tree.write("packages", "libc6\ndpdk\n")
    tree.write(HUGEPAGES, "7\n")
    tree.write(JOURNAL, journal)
    assert release(host, str(tree.root)) == [
        "nothing to be undone",
        "packages: dpdk stay installed",
    ]
    again = prepared(host, tree)
    assert [entry["kind"] for entry in again.changed] == [entry["kind"] for entry in first.changed]
    assert again.changed[1]["before"] == 7
    release(host, str(tree.root))
    after = tree.state()
    after.pop(JOURNAL)
    assert after == before | {HUGEPAGES: "7"}


def test_a_damaged_journal_is_named(host, tree):
    """One line says what to do; nothing is changed."""
    tree.write(JOURNAL, "[{")
    assert "prepared.json is damaged" in refusal(host, tree)


def test_dry_mode_changes_nothing_and_says_what_it_would(either, tree):
    """The same changes as the real one makes."""
    before = tree.state()
    dry = prepared(either, tree, dry=True)
    assert tree.state() == before
    assert tree.calls() == []
    assert dry.changed == []
    assert f"would change driver {FIRST}: ixgbe (eth2) -> vfio-pci" in dry.said
    assert dry.would_change == prepared(either, tree).changed
    assert prepared(either, tree, dry=True).said == ["nothing to be changed"]


def in_use(tree, path):
    """A link in the folder of the first port's interface."""
    tree.write(f"sys/class/net/eth2/{path}", "")


@pytest.mark.parametrize(
    ("use", "line"),
    [
        (lambda tree: tree.use_addresses({"eth2": ["192.0.2.1"]}), "(eth2) has the address 192.0."),
        (
            lambda tree: tree.write("ip-route", '[{"dst": "default", "dev": "eth2"}]'),
            "(eth2) is on the default route",
        ),
        (
            lambda tree: tree.write("ip-route", '[{"nexthops": [{"dev": "eth2"}]}]'),
            "(eth2) is on the default route",
        ),
        (lambda tree: in_use(tree, "upper_bond0"), "(eth2) is part of bond0 (a bond, a bridge or"),
        (lambda tree: in_use(tree, "master"), "(eth2) is part of another one"),
        (
            lambda tree: (tree.root / DEVICES / FIRST / "iommu_group").rmdir(),
            "has no IOMMU group, which vfio-pci needs; switch the IOMMU on",
        ),
        (
            lambda tree: tree.write(
                "sys/devices/system/cpu/cpu1/cpufreq/scaling_available_governors", "powersave\n"
            ),
            "prepare.governor: performance; allowed: powersave (cpu1), or null",
        ),
    ],
)
def test_what_must_not_be_changed_is_refused_before_anything_is(host, tree, use, line):
    """An interface that the kernel uses, whatever for; a driver or governor that cannot be."""
    use(tree)
    assert line in refusal(host, tree)


def test_the_interface_of_the_ssh_connection_is_refused(far, tree):
    """The one whose address the connection came to."""
    tree.use_addresses({"eth3": ["192.0.2.1", "127.0.0.1"]})
    line = f"far: {SECOND} (eth3) carries the SSH connection; allowed: a port that is "
    assert refusal(far, tree, dry=True).startswith(line)


@pytest.mark.parametrize(
    ("pci", "what"),
    [("0000:0f:00.0", "is no PCI device"), (DISK, "is no network device (class 0x010601)")],
)
def test_an_address_that_is_no_port_is_named(host, tree, pci, what):
    """With the addresses that there are; also where the kernel keeps the ports."""
    line = f"local: {pci} {what}; allowed: one of its network devices: {FIRST}, {SECOND}"
    assert refusal(host, tree, ports=[{"pci": pci}]) == line
    assert refusal(host, tree, ports=[{"pci": pci, "interface": "eth2"}], bind=False) == line


def test_the_ports_of_a_kernel_dut_stay_with_the_kernel(host, tree):
    """No module, no binding; but the names must be right."""
    done = prepared(host, tree, bind=False)
    assert tree.calls() == INSTALL
    assert [entry["kind"] for entry in done.changed] == ["packages", "hugepages", "governor"]
    tree.use_addresses({"eth2": ["192.0.2.1"]})
    assert f"local: {FIRST} (eth2) has the address" in refusal(host, tree, bind=False)
    line = f"local: {FIRST} has eth2, not eth7; allowed: the kernel's name of the port"
    assert refusal(host, tree, bind=False, ports=[{"pci": FIRST, "interface": "eth7"}]).startswith(
        line
    )


def test_ports_without_hardware_and_null_leave_all_as_it_is(host, tree):
    """A vdev needs no driver, `driver: null` none either, nor `governor: null`."""
    nothing = {"packages": [], "hugepages": 0, "governor": None}
    ports = [{"vdev": "net_af_packet0,iface=veth0"}]
    assert prepared(host, tree, **nothing, ports=ports).said == ["nothing to be changed"]
    assert prepared(host, tree, **nothing, driver=None).said == ["nothing to be changed"]
    assert tree.calls() == []


def test_a_host_without_governors_is_told(host, tree):
    """As a virtual machine: nothing to be done, but people should know."""
    for path in tree.root.glob("sys/devices/system/cpu/cpu*/cpufreq/*"):
        path.unlink()
    nothing = {"packages": [], "hugepages": 0, "driver": None}
    said = prepared(host, tree, **nothing).said
    assert said == ["nothing to be changed", "governor: this host has none to choose"]


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
