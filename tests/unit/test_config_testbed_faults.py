"""Testbeds and software that cannot be used: each fault has its one line."""

import pytest

from configurations import (
    GIT,
    HARDWARE,
    PCI,
    SOFTGEN,
    TALLINN,
    TARBALL,
    VDEV,
    check_refused,
)

FAULTS = [
    (
        "testbeds/sandbox",
        HARDWARE | {"gate": True},
        "testbeds.sandbox.gate: true; allowed: false, as gating is for a virtual testbed only",
    ),
    (
        "testbeds/sandbox",
        HARDWARE | {"link_mbit": None},
        "testbeds.sandbox.link_mbit: null; allowed: the speed of its link [Mbit/s]",
    ),
    *(
        (
            "testbeds/lab",
            {name: value for name, value in TALLINN.items() if name != key},
            f"testbeds.lab.{key}: is missing; allowed: {meaning}",
        )
        for key, meaning in (
            ("ports", "the DUT's two ports, as loadgen is there"),
            ("loadgen", "the load generator's host and ports, as ports is there"),
            ("prepare", "what preparation sets on both hosts, as ports is there"),
        )
    ),
    (
        "testbeds/lab",
        {"virtual": False, "link_mbit": 10, "gate": False},
        "testbeds.lab.ports: is missing; allowed: the DUT's two ports, as virtual is false",
    ),
    (
        "testbeds/lab",
        {"virtual": True, "link_mbit": None, "gate": True, "ports": VDEV},
        "testbeds.lab.loadgen: is missing; allowed: the load generator's host and ports, as ports",
    ),
    (
        "testbeds/lab",
        TALLINN | {"ports": PCI[:1]},
        "testbeds.lab.ports: has too few; allowed: a list of 2",
    ),
    (
        "testbeds/lab",
        TALLINN | {"ports": [PCI[0] | VDEV[0], PCI[1]]},
        "testbeds.lab.ports[0]: pci and vdev are both given; allowed: one of them",
    ),
    (
        "testbeds/lab",
        TALLINN | {"ports": [PCI[0], {"interface": "eth3"}]},
        "testbeds.lab.ports[1]: no pci and no vdev; allowed: one of them",
    ),
    (
        "testbeds/lab",
        TALLINN | {"ports": [PCI[0], PCI[0]]},
        "testbeds.lab.ports[1].pci: 0000:05:00.0 is testbeds.lab.ports[0] too; allowed: another ",
    ),
    (
        "testbeds/lab",
        TALLINN | {"ports": PCI, "loadgen": SOFTGEN | {"ports": PCI, "host": TALLINN["host"]}},
        "testbeds.lab.loadgen.ports[0].pci: 0000:05:00.0 is testbeds.lab.ports[0] too; allowed: ",
    ),
    (
        "testbeds/lab",
        TALLINN | {"ports": [{"pci": "03:00.0"}, PCI[1]]},
        "testbeds.lab.ports[0].pci: '03:00.0'; allowed: a text (a PCI address like 0000:03:00.0)",
    ),
    (
        "testbeds/lab",
        TALLINN | {"loadgen": {"generator": "moongen", "ports": PCI}},
        "testbeds.lab.loadgen.moongen: is missing; allowed: path, pacing, stamps, as generator is",
    ),
    (
        "testbeds/lab",
        TALLINN | {"loadgen": TALLINN["loadgen"] | {"ports": VDEV}},
        "testbeds.lab.loadgen.ports[0]: net_af_packet0,iface=veth0; allowed: pci, as MoonGen needs",
    ),
    (
        "testbeds/lab",
        TALLINN | {"host": {"address": "local"}, "clean_slate": "reboot"},
        "testbeds.lab.clean_slate: reboot; allowed: null, as the DUT's host is this machine",
    ),
    (
        "testbeds/sandbox/link_mbit",
        10000,
        "testbeds.sandbox.link_mbit: 10000; allowed: null, as a virtual testbed has no link",
    ),
    (
        "testbeds/sandbox",
        HARDWARE,
        "figures.fw_1500b.rates_mbit.to: 20000 is above line rate; allowed: at most 9869 [Mbit/s]",
    ),
    (
        "testbeds/sandbox/host",
        {"address": "lab 1; reboot"},
        "testbeds.sandbox.host.address: 'lab 1; reboot'; allowed: a text (a name as in ~/.ssh",
    ),
    (
        "testbeds/sandbox/host",
        {"address": "lab1", "password": "secret"},
        "testbeds.sandbox.host.password: unknown key; allowed: address, become, ",
    ),
    ("software/ovs", {}, "software.ovs.from: is missing; allowed: distribution, source_package, "),
    ("software/ovs/from", "apt", "software.ovs.from: 'apt'; allowed: distribution, source_package"),
    (
        "software/ovs/version",
        "3.1.0",
        "software.ovs.version: says nothing with from: distribution; allowed: no other key",
    ),
    (
        "software/ovs",
        {"from": "source_package"},
        "software.ovs.version: is missing; allowed: from: source_package with version",
    ),
    (
        "software/ovs",
        {"from": "tarball", "version": "3.1.0", "url": "https://example.org/x"},
        "software.ovs.sha256: is missing; allowed: from: tarball with version, sha256, url or path",
    ),
    (
        "software/ovs",
        {"from": "tarball", "version": "3.1.0", "sha256": "0" * 64},
        "software.ovs: url and path are both missing; allowed: one of them",
    ),
    (
        "software/ovs",
        TARBALL | {"path": "x.tar.gz", "url": "https://example.org/x"},
        "software.ovs: url and path are both given; allowed: one of them",
    ),
    (
        "software/ovs",
        GIT | {"version": "3.1.0"},
        "software.ovs.version: says nothing with from: git; allowed: url, commit, drivers, options",
    ),
    (
        "software/ovs",
        GIT | {"commit": "v3.1.0"},
        "software.ovs.commit: 'v3.1.0'; allowed: a text (a commit, 40 small hexadecimal digits)",
    ),
    ("software/ovs", GIT | {"url": "git:x"}, "software.ovs.url: 'git:x'; allowed: a text (an addr"),
    ("software/ovs", TARBALL | {"version": 3.1}, "software.ovs.version: 3.1; allowed: a text (a v"),
    (
        "software/ovs",
        TARBALL | {"drivers": ["net/vhost"]},
        "software.ovs.drivers: unknown key; allowed: from, version, sha256, url, path, commit, ",
    ),
    (
        "software/ovs",
        TARBALL | {"options": ["CFLAGS=-O2 -g"]},
        "software.ovs.options[0]: 'CFLAGS=-O2 -g'; allowed: a text (an option like -Dplatform",
    ),
    (
        "software/dpdk",
        TARBALL | {"drivers": ["vhost"]},
        "software.dpdk.drivers[0]: 'vhost'; allowed: a text (a driver like net/vhost)",
    ),
    (
        "software/dpdk",
        TARBALL,
        "software.dpdk.from: tarball; allowed: distribution, as the distribution's Open vSwitch "
        "(software.ovs) uses no other",
    ),
]


@pytest.mark.parametrize(("path", "value", "line"), FAULTS)
def test_a_fault_of_a_testbed_or_of_software_is_told_in_one_line(path, value, line):
    """The line starts with the key's path, then the value and what is allowed."""
    check_refused(path, value, line)
