"""What a preparation refuses before anything is changed, and what it leaves as it is."""

import pytest
from machine_tree import DEVICES, DISK, JOURNAL
from preparing import FIRST, INSTALL, SECOND, prepared, refusal


def test_a_damaged_journal_is_named(host, tree):
    """One line says what to do; nothing is changed."""
    tree.write(JOURNAL, "[{")
    assert "prepared.json is damaged" in refusal(host, tree)


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


@pytest.mark.tried("starts")
def test_vfio_without_an_iommu_where_the_kernel_is_told_to(host, tree):
    """By a parameter of the module vfio, or of modprobe.d while that is not loaded yet.

    The parameter is a bool, which the kernel writes as Y or N; modprobe(8) of kmod 30: -c dumps the
    effective configuration, lines as in modprobe.d(5), `options vfio <name>=1`.
    """
    for pci in (FIRST, SECOND):
        (tree.root / DEVICES / pci / "iommu_group").rmdir()
    name = "enable_unsafe_noiommu_mode"
    tree.write("modprobe.d", f"blacklist vfio\noptions vfio {name}=0\n")
    assert "has no IOMMU group" in refusal(host, tree)
    tree.write("modprobe.d", f"options vfio_pci ids=8086:1528\noptions vfio {name}=1\n")
    assert prepared(host, tree, dry=True).would_change
    tree.write(f"sys/module/vfio/parameters/{name}", "N\n")
    assert "has no IOMMU group" in refusal(host, tree)
    tree.write(f"sys/module/vfio/parameters/{name}", "Y\n")
    assert prepared(host, tree, dry=True).would_change
