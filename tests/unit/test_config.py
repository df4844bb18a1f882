"""The configuration: what is accepted, and the one line for what is not."""

import copy
import re
import subprocess
import sys

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from middlebench.config import SCHEMA_PATH, load, read_yaml, retyped, validate
from middlebench.errors import ConfigError
from middlebench.testbeds import check_figure_ports, hardware_testbeds, prepare_settings
from workspace import REPOSITORY

FILE = read_yaml(REPOSITORY / "config.yaml")
DEFAULT = load(REPOSITORY / "config.yaml")
SCHEMA = yaml.safe_load(SCHEMA_PATH.read_text(encoding="utf-8"))


def changed(path: str, value) -> dict:
    """The default configuration with one value set (or, with `...`, removed) at a path a/b/0."""
    config = copy.deepcopy(DEFAULT)
    *parents, last = path.split("/")
    node = config
    for part in parents:
        node = node[int(part) if isinstance(node, list) else part]
    last = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return config


def fault(config) -> str:
    """The line that validate() ends with."""
    with pytest.raises(ConfigError) as caught:
        validate(config)
    return str(caught.value)


def outcome(function, argument) -> str | None:
    """The line of a ConfigError, None when there was none; any other exception passes through."""
    try:
        function(argument)
    except ConfigError as error:
        return str(error)
    return None


HARDWARE = {
    "virtual": False,
    "link_mbit": 10000,
    "gate": False,
    "ports": [{"pci": f"0000:03:00.{n}", "interface": f"eth{n + 2}"} for n in (0, 1)],
    "loadgen": {
        "host": {"address": "riga"},
        "generator": "softgen",
        "ports": [{"pci": f"0000:04:00.{n}"} for n in (0, 1)],
    },
    "prepare": {"dry": True, "hugepages": 0, "driver": None, "governor": None, "packages": []},
}
TOKEN_BUCKET = {
    "capacity_pps": 500000,
    "bucket_packets": 32,
    "queue_packets": 512,
    "delay_us": 50,
    "pause_share": 0.3,
    "seed": 1,
}
TARBALL = {"from": "tarball", "version": "3.1.0", "sha256": "0" * 64, "path": "x.tar.gz"}
GIT = {"from": "git", "url": "https://example.org/x", "commit": "0" * 40}
TALLINN = yaml.safe_load((REPOSITORY / "testbeds/tallinn.yaml").read_text(encoding="utf-8"))[
    "testbeds"
]["tallinn"]
PCI = [{"pci": "0000:05:00.0"}, {"pci": "0000:05:00.1"}]
VDEV = [{"vdev": "net_af_packet0,iface=veth0"}, {"vdev": "net_af_packet1,iface=veth1"}]
SOFTGEN = TALLINN["loadgen"] | {"generator": "softgen"}

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
        "figures.nat_64b.function: 'natt'; allowed: forward, stateless_firewall, firewall, nat, ",
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
    (
        "figures/testbed",
        DEFAULT["figures"]["nat_64b"],
        "figures.testbed: the name is taken; allowed: any but flow_tables, packet_sizes, testbed",
    ),
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
        "expected_failures.nat_thesys: unknown key (did you mean nat_thesis?); allowed: forward, ",
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


GOOD = [
    ("figures/nat_64b/frame_size", 1518),
    ("figures/nat_64b/flows", [16_000_000]),
    ("figures/nat_64b/title", "NAT"),
    ("figures/nat_64b/durations", {"warmup_ms": 0}),
    ("figures/again", DEFAULT["figures"]["nat_64b"] | {"repetitions": {"max": 9}}),
    ("figures/again", DEFAULT["figures"]["nat_64b"] | {"flows": [7], "seed": 2}),
    ("verdict/max_loss_ratio", 0),
    ("figures/nat_64b/repetitions", {"min": 5}),
    ("duts/token-bucket", TOKEN_BUCKET),
    ("testbeds/tallinn", HARDWARE),
    ("testbeds/tallinn", TALLINN | {"ports": VDEV, "loadgen": SOFTGEN | {"ports": VDEV}}),
    ("testbeds/tallinn", TALLINN | {"clean_slate": "reboot"}),
    ("testbeds/sandbox/host", {"address": "me@lab1:2222", "become": "sudo"}),
    ("software/ovs", {"from": "source_package", "version": "3.1.0-2+deb12u1"}),
    ("software/ovs", TARBALL | {"options": ["CFLAGS=-O3", "--enable-shared"]}),
    ("software/ovs", GIT),
    ("software", {"ovs": TARBALL, "dpdk": GIT | {"drivers": ["net/vhost"]}, "mos": None}),
    ("software/mos", GIT | {"variant": "pcap", "compiler": "gcc-6"}),
    ("expected_failures", {}),
]


@pytest.mark.parametrize(("path", "value"), GOOD)
def test_what_can_be_measured_is_accepted(path, value):
    """Limits themselves, overrides of a figure, and points shared by two figures that agree."""
    validate(changed(path, value))


def test_a_dut_is_asked_only_for_what_it_does():
    """A token bucket is no NAT."""
    config = changed("duts/token-bucket", TOKEN_BUCKET)
    config["figures"]["nat_64b"]["dut"] = "token-bucket"
    assert fault(config).startswith(
        "figures.nat_64b.function: nat is not one of token-bucket's; allowed: forward"
    )
    config["figures"]["nat_64b"]["function"] = "forward"
    validate(config)


def test_rates_above_line_rate_can_be_marked_instead():
    """As the thesis's 9880 Mbit/s of 1518 B frames: the points get their verdict without a run."""
    config = changed("testbeds/sandbox", HARDWARE)
    assert "or verdict.above_line_rate: mark" in fault(config)
    config["verdict"]["above_line_rate"] = "mark"
    validate(config)


@pytest.mark.parametrize(
    ("frame_size", "limit"), [(64, 7619), (1518, 9869)], ids=["64 B", "1518 B"]
)
def test_line_rate_is_the_limit(frame_size, limit):
    """10GbE carries 7619 Mbit/s of 64 B frames and not 9870 of 1518 B frames (9869.96)."""
    config = changed("testbeds/sandbox", HARDWARE) | {"cost": None}
    figure = config["figures"]["nat_64b"] | {"frame_size": frame_size}
    config["figures"] = {"one": figure | {"rates_mbit": {"from": limit, "to": limit, "step": 1}}}
    validate(config)
    config["figures"]["one"]["rates_mbit"] = {"from": limit, "to": limit + 1, "step": 1}
    assert f"allowed: at most {limit} " in fault(config)


def leaves(node, path=()):
    """Every path to a value in a nested mapping; lists are values."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key), value
            yield from leaves(value, (*path, key))


def schema_of(path) -> dict:
    """The part of the schema that describes the value at a path."""
    schema = SCHEMA
    for key in path:
        schema = schema.get("properties", {}).get(key) or schema["additionalProperties"]
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")] | schema
    return schema


@pytest.mark.parametrize("path", [path for path, _ in leaves(FILE)], ids=".".join)
def test_every_key_of_the_default_is_described_in_the_schema(path):
    """Schema and default stay in step: a description, and the unit where there is one."""
    schema = schema_of(path)
    assert schema["description"]
    unit = re.search(r"_(ms|us|mbit|mb|mm|pt)$", path[-1])
    if unit and schema.get("type") == "integer":
        spelt = {"mbit": "Mbit/s", "mb": "MiB"}.get(unit.group(1), unit.group(1))
        assert f"[{spelt}" in schema["description"]


OVERRIDDEN = {*DEFAULT["defaults"]}.union(
    *map(DEFAULT["defaults"].get, ("repetitions", "durations"))
)
"""Keys of `defaults` that a figure, or the ladder, may say for itself."""


@pytest.mark.parametrize("path", [path for path, _ in leaves(FILE)], ids=".".join)
def test_every_key_of_the_default_is_needed_or_overrides_something(path):
    """A key is required, unless it names a figure, its heading, or overrides a default."""
    config = changed("/".join(path), ...)
    overrides = path[0] in ("figures", "cost") and path[-1] in OVERRIDDEN
    optional = ("title", "skip_after", "refine")
    chosen = path[0] == "expected_failures" or path[-1] in optional or overrides
    named = len(path) == 2 and path[0] == "figures"
    if (chosen and len(path) > 1) or named:
        validate(config)
    else:
        assert fault(config)


@pytest.mark.parametrize(
    "key", ["warmup_ms", "rates_mbit", "snat_address", "link_mbit", "height_mm"]
)
def test_units_are_told_beside_the_key(key):
    """config.yaml has a comment with the unit or the reason beside its keys."""
    text = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    assert re.search(rf"{key}:.*#|#.*Mbit/s.*\n(.*\n)*.*{key}:", text)


def test_expected_failures_are_items_of_the_functional_check():
    """The schema knows exactly the names that the check gives its items."""
    from middlebench.check import Observation, judge

    functions = SCHEMA["properties"]["expected_failures"]["properties"]
    made = {
        item.name
        for function in functions
        for item in judge(function, Observation({}, {}), "200.200.200.200")
    }
    assert made == set(SCHEMA["$defs"]["check"]["enum"])
    assert set(functions) == set(SCHEMA["$defs"]["function"]["enum"])


def test_ports_are_of_dpdk_or_of_the_kernel():
    """DUTs that share a testbed's ports take them the same way, and the kernel's have names."""
    config = changed("testbeds/lab", TALLINN)
    config["defaults"]["testbed"] = "lab"
    config["defaults"]["dut"] = "ovs-kernel"
    check_figure_ports(config)
    config["figures"]["nat_64b"]["dut"] = "ovs-dpdk"
    with pytest.raises(ConfigError, match=r"^figures\.nat_64b\.dut: ovs-dpdk where figures\.fw_"):
        check_figure_ports(config)
    del config["figures"]["nat_64b"]["dut"]
    config["testbeds"]["lab"] = TALLINN | {"ports": PCI}
    with pytest.raises(
        ConfigError, match=r"^testbeds\.lab\.ports\[0\]\.interface: is missing; all"
    ):
        check_figure_ports(config)


def test_what_preparation_is_told():
    """The ports of each side, and who has them; MoonGen only where it makes the load."""
    config = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
    assert hardware_testbeds(config) == ["tallinn"]
    assert hardware_testbeds(DEFAULT) == []
    dut, loadgen = (prepare_settings(config, "tallinn", role) for role in ("dut", "loadgen"))
    assert (dut["ports"], dut["bind"], dut["moongen"]) == (TALLINN["ports"], True, None)
    assert (loadgen["ports"], loadgen["bind"]) == (TALLINN["loadgen"]["ports"], True)
    assert (dut["address"], loadgen["address"]) == ("tallinn", "riga")
    assert loadgen["moongen"] == "/opt/MoonGen"
    config["defaults"]["dut"] = "ovs-kernel"
    config["testbeds"]["tallinn"] = TALLINN | {"loadgen": SOFTGEN}
    dut, loadgen = (prepare_settings(config, "tallinn", role) for role in ("dut", "loadgen"))
    assert (dut["bind"], loadgen["bind"], loadgen["moongen"]) == (False, True, None)


YAML_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**10)
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.binary(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.none(), children, max_size=3)
    ),
    max_leaves=6,
)


@given(
    path=st.sampled_from([path for path, _ in leaves(FILE)]),
    value=YAML_VALUES,
    key=st.text(max_size=12) | st.none() | st.integers(),
)
@example(path=("figures", "nat_64b", "flows"), value=[[1]], key=None)
@example(path=("testbeds", "sandbox"), value=HARDWARE | {"link_mbit": 10**6}, key=None)
def test_any_mutation_is_valid_or_told_in_one_line(path, value, key):
    """Whatever stands anywhere: ConfigError in one line or a configuration that can be measured."""
    config = changed("/".join(path), value)
    if key is not None:
        config[key] = value
    told = outcome(validate, config)
    assert told is None or ("\n" not in told and "; allowed: " in told)


@given(path=st.sampled_from([path for path, _ in leaves(TALLINN)]), value=YAML_VALUES)
@example(path=("ports",), value=[{}, {}])
@example(path=("loadgen", "ports"), value=[{"interface": "x"}, {"interface": "x"}])
def test_any_mutation_of_a_hardware_testbed_is_valid_or_told_in_one_line(path, value):
    """The same of two servers."""
    config = changed("testbeds/lab", copy.deepcopy(TALLINN))
    *parents, last = path
    node = config["testbeds"]["lab"]
    for part in parents:
        node = node[part]
    node[last] = value
    told = outcome(validate, config)
    assert told is None or ("\n" not in told and "; allowed: " in told)


@given(document=YAML_VALUES)
def test_any_document_is_valid_or_told_in_one_line(document):
    """The same when the whole document is something else."""
    with pytest.raises(ConfigError, match="; allowed: "):
        validate(document)


def test_a_mapping_that_contains_itself_is_told(tmp_path):
    """YAML can write such a thing with an alias."""
    path = tmp_path / "loop.yaml"
    path.write_text("figures: &a\n  b: *a\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="nested too deeply"):
        load(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "c.yaml: is empty"),
        ("just a text", "c.yaml: holds 'just a text'"),
        ("a: [1\n", "c.yaml, line 2, column 1: not YAML"),
        ("a:\n\t- 1\n", "c.yaml, line 2, column 1: not YAML"),
        ("a: {b: 1, b: 2}\n", "c.yaml, line 1, column 11: not YAML: the key b stands here twice"),
        ("a: 2026-13-01\n", "c.yaml: not YAML: ValueError('month must be in 1..12')"),
        ("a: !!python/object:os.system x\n", "c.yaml, line 1, column 4: not YAML: could not"),
        ("[a]: 1\n", "c.yaml, line 1, column 1: not YAML: found unhashable key"),
    ],
)
def test_a_file_that_is_no_configuration_is_told_with_its_line(tmp_path, text, line):
    """File, line and column of what YAML stumbles over."""
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(str(path.parent / line))
    assert "\n" not in str(caught.value)


@given(text=st.text(st.sampled_from("ab:-[]{}!&*<>|'\"#? \n\t1.0xe,\x00\x85\ufeff"), max_size=30))
@example(text="a: !!bool x")
@example(text="a: !!timestamp x")
@example(text="a: !!int x")
@example(text="a: " + "[" * 2000)
def test_any_text_is_a_mapping_or_told_in_one_line(text, tmp_path_factory):
    """Nothing that can stand in a file ends with another exception."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    told = outcome(read_yaml, path)
    assert told is None or (told.startswith(str(path)) and "\n" not in told)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    """Missing, a folder, or not a text."""
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff\xfe")
    for name in ("missing.yaml", ".", "binary.yaml"):
        with pytest.raises(ConfigError):
            read_yaml(tmp_path / name)


def test_merge_keys_of_yaml_are_no_duplicates(tmp_path):
    """`<<: *anchor` may be overridden beside it: that is what it is for."""
    path = tmp_path / "c.yaml"
    path.write_text("a: &x {k: 1, m: 2}\nb:\n  <<: *x\n  k: 3\n", encoding="utf-8")
    assert read_yaml(path)["b"] == {"k": 3, "m": 2}


def test_overlays_are_laid_over_each_other(tmp_path):
    """Later files win, key by key."""
    for name, repetitions in (("one", 2), ("two", 3)):
        text = f"defaults: {{repetitions: {{min: {repetitions}}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    config = load(REPOSITORY / "config.yaml", tmp_path / "one.yaml", tmp_path / "two.yaml")
    assert config == changed("defaults/repetitions/min", 3)


def test_values_of_the_command_line_get_their_types_back():
    """Numbers, booleans and null; texts stay texts, whatever brackets they hold."""
    given_as_texts = {"a": {"n": "3", "b": "true", "z": "null", "t": "[x", "l": ["1", "x"]}, "k": 1}
    assert retyped(given_as_texts) == {
        "a": {"n": 3, "b": True, "z": None, "t": "[x", "l": [1, "x"]},
        "k": 1,
    }


def test_the_rule_files_import_nothing_slow():
    """Snakemake reads these modules on every call: no pandas, no jsonschema, no yaml at import."""
    code = (
        "import sys, middlebench.config, middlebench.grid;"
        "print([m for m in ('pandas', 'numpy', 'jsonschema', 'yaml') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY / "workflow/scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"
