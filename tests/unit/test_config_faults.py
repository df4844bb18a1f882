"""What cannot be measured: each fault of a configuration has its one line."""

import pytest

from configurations import (
    DEFAULT,
    GIT,
    HARDWARE,
    PCI,
    SOFTGEN,
    TALLINN,
    TARBALL,
    TOKEN_BUCKET,
    VDEV,
    changed,
    fault,
)

FAULTS = [
    (
        "figures/nat_64b/frame_size",
        63,
        "figures.nat_64b.frame_size: 63; allowed: an integer from 64",
    ),
    ("figures/nat_64b/frame_size", 1519, "figures.nat_64b.frame_size: 1519; allowed: an integer"),
    ("figures/nat_64b/frame_size", "64", "figures.nat_64b.frame_size: '64'; allowed: an integer"),
    ("figures/nat_64b/frame_size", 64.0, "figures.nat_64b.frame_size: 64.0; allowed: an integer"),
    ("figures/nat_64b/frame_size", True, "figures.nat_64b.frame_size: true; allowed: an integer"),
    ("figures/nat_64b/frame_size", None, "figures.nat_64b.frame_size: null; allowed: an integer"),
    (
        "figures/nat_64b/frame_size",
        ...,
        "figures.nat_64b.frame_size: is missing; allowed: an integer",
    ),
    (
        "figures/nat_64b/framesize",
        64,
        "figures.nat_64b.framesize: unknown key (did you mean frame_size?); allowed: title, ",
    ),
    ("figures/nat_64b/flows", [], "figures.nat_64b.flows: is empty; allowed: a list of 1 to 16"),
    ("figures/nat_64b/flows", [0], "figures.nat_64b.flows[0]: 0; allowed: an integer from 1 to "),
    ("figures/nat_64b/flows", [9, 9], "figures.nat_64b.flows: has a value twice; allowed: "),
    ("figures/nat_64b/flows", 100, "figures.nat_64b.flows: 100; allowed: a list of 1 to 16"),
    (
        "figures/nat_64b/flows/1",
        16_000_001,
        "figures.nat_64b.flows[1]: 16000001; allowed: an integer from 1 to 16000000",
    ),
    (
        "figures/nat_64b/rates_mbit/from",
        1700,
        "figures.nat_64b.rates_mbit.from: 1700; allowed: at most `to`, 900",
    ),
    (
        "figures/nat_64b/rates_mbit/refine/step",
        15,
        "figures.nat_64b.rates_mbit.refine.step: 15; allowed: a part of `step`, 50, without a",
    ),
    (
        "figures/nat_64b/rates_mbit/refine/step",
        50,
        "figures.nat_64b.rates_mbit.refine.step: 50; allowed: a part of `step`, 50",
    ),
    (
        "figures/nat_64b/rates_mbit/skip_after",
        0,
        "figures.nat_64b.rates_mbit.skip_after: 0; allowed: an integer or null from 1 to 1000",
    ),
    (
        "figures/nat_64b/rates_mbit/step",
        0,
        "figures.nat_64b.rates_mbit.step: 0; allowed: an integer",
    ),
    (
        "figures/nat_64b/rates_mbit",
        {"from": 1, "to": 20000, "step": 1},
        "figures.nat_64b: 280000 points (flows x rates x most repetitions); allowed: at most 10000",
    ),
    (
        "figures/nat_64b/function",
        "natt",
        "figures.nat_64b.function: natt is no function (did you mean nat?); allowed: forward, ",
    ),
    (
        "figures/nat_64b/testbed",
        "sandbx",
        "figures.nat_64b.testbed: sandbx is not under testbeds (did you mean sandbox?); "
        "allowed: sandbox",
    ),
    ("defaults/testbed", "tallinn", "defaults.testbed: tallinn is not under testbeds; allowed: "),
    ("duts", {}, "duts: is empty; allowed: a mapping"),
    (
        "figures/nat_64b/durations",
        {"warmup": 1},
        "figures.nat_64b.durations.warmup: unknown key (did you mean warmup_ms?); allowed: ",
    ),
    ("defaults/durations", ..., "defaults.durations: is missing; allowed: a mapping (times of a"),
    (
        "defaults/durations/window_ms",
        ...,
        "defaults.durations.window_ms: is missing; allowed: an in",
    ),
    ("figures", {}, "figures: is empty; allowed: a mapping"),
    ("figures", None, "figures: null; allowed: a mapping"),
    ("packet_sizes/small_max", 751, "packet_sizes.small_max: 751; allowed: an integer from 64"),
    ("packet_sizes/pcap", "", "packet_sizes.pcap: ''; allowed: a text or null (a capture file"),
    ("figures/NAT", DEFAULT["figures"]["nat_64b"], "figures.NAT: not a good name; allowed: "),
    ("figures/a\n", DEFAULT["figures"]["nat_64b"], "figures.a: not a good name; allowed: "),
    ("style/colour_loss", "red", "style.colour_loss: 'red'; allowed: a text (a colour like"),
    (
        "verdict/max_loss_ratio",
        float("nan"),
        "verdict.max_loss_ratio: nan; allowed: a number from 0 to 1 (lost / sent",
    ),
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
        "figures.fw_1500b.rates_mbit.to: 12000 is above line rate; allowed: at most 9869 [Mbit/s]",
    ),
    (
        "duts/ovs-dpdk/snat_address",
        "10.1.2.3",
        "duts.ovs-dpdk.snat_address: 10.1.2.3 is one of the inside hosts; allowed: an address outs",
    ),
    (
        "duts/ovs-dpdk/snat_address",
        "198.19.255.255",
        "duts.ovs-dpdk.snat_address: 198.19.255.255 is one of the outside hosts; allowed: ",
    ),
    (
        "duts/ovs-dpdk/snat_address",
        "255.255.255.255",
        "duts.ovs-dpdk.snat_address: 255.255.255.255;",
    ),
    ("duts/ovs-dpdk/snat_address", "1.2.3", "duts.ovs-dpdk.snat_address: '1.2.3'; allowed: a text"),
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
    (
        "duts/token-bucket",
        TOKEN_BUCKET | {"pause_share": 1},
        "duts.token-bucket.pause_share: 1; allowed: a number from 0 to 0.9 (share of the time",
    ),
    (
        "figures/nat_64b/repetitions",
        {"min": 6},
        "figures.nat_64b.repetitions.min: 6; allowed: at most `max`, 5",
    ),
    (
        "defaults/repetitions/max",
        2,
        "defaults.repetitions.min: 3; allowed: at most `max`, 2",
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
    (
        "expected_failures/nat_thesys",
        [],
        "expected_failures.nat_thesys: is no function (did you mean nat_thesis?); allowed: ",
    ),
    (
        "figures/again",
        DEFAULT["figures"]["nat_64b"] | {"seed": 2},
        "figures.again.seed: 2 where figures.nat_64b has 1 for the same point results/sandbox/",
    ),
]


@pytest.mark.parametrize(("path", "value", "line"), FAULTS)
def test_a_fault_is_told_in_one_line(path, value, line):
    """The line starts with the key's path, then the value and what is allowed."""
    told = fault(changed(path, value))
    assert told.startswith(line)
    assert "; allowed: " in told
    assert "\n" not in told
