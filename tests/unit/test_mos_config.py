"""What mos is measured with: a configuration that it cannot be measured with is one line."""

import copy
import re

import pytest

from configurations import FILE, MOS
from middlebench.errors import ConfigError
from middlebench.experiment.config import load, validate
from middlebench.experiment.grid import check_settings, figure_points, measuring_settings
from middlebench.files.strict_yaml import read_yaml
from middlebench.planning.cells import ports_of
from middlebench.planning.configuration import complete
from workspace import REPOSITORY

COMMIT = "0be44444b000f663b3f945e25218e015f2863a9f"


def hardware(**changes):
    """The shipped testbed, with one figure of mOS's."""
    config = copy.deepcopy(load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml"))
    config["software"]["mos"] = {"from": "git", "url": "https://mos/", "commit": COMMIT}
    config["duts"]["mos"] = dict(MOS)
    one = config["figures"]["nat_64b"] | {"dut": "mos", "protocol": "tcp"} | changes
    config["figures"] = {"nat_64b": one}
    return config


def test_a_figure_of_mos_is_measured_with_tcp():
    """Its points lie apart from those of UDP, and know which build they are of."""
    config = hardware()
    validate(config)
    assert "/mos/nat/64b_100flows_tcp/" in figure_points(config, "nat_64b")[0].path
    prefix = measuring_settings(config, "nat_64b")["dut"]["prefix"]
    assert re.fullmatch(rf"results/software/mos/{COMMIT[:12]}-[0-9a-f]{{8}}", prefix)
    config["software"]["mos"]["variant"] = "pcap"
    assert measuring_settings(config, "nat_64b")["dut"]["prefix"] != prefix


def test_mos_forwards_udp_too():
    """midstat only watches."""
    validate(hardware(function="forward", protocol="udp"))


def without_software(config):
    """No mOS to be had."""
    config["software"]["mos"] = None


def little_memory(config):
    """For half as many connections as the figure has."""
    config["duts"]["mos"] |= {"cores": 2, "max_concurrency": 5000}


def without_a_hash(config):
    """A tarball needs one."""
    config["software"]["mos"] = {"from": "tarball", "version": "0.4", "path": "/mos.tar"}


def with_options(config):
    """What others take, and mOS does not."""
    config["software"]["mos"]["version"] = "0.4"


def few_pages(config):
    """Too little memory."""
    config["testbeds"]["tallinn"]["prepare"]["hugepages"] = 512


def without_interfaces(config):
    """pcap on ports that the kernel has no name for."""
    config["software"]["mos"]["variant"] = "pcap"
    for port in config["testbeds"]["tallinn"]["ports"]:
        port.pop("interface", None)


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("changes", "change", "said"),
    [
        (
            {"protocol": "udp"},
            None,
            "figures.nat_64b.protocol: udp; allowed: tcp for nat of mos (figures.nat_64b), as mos "
            "hands only TCP to its applications and forwards UDP untouched",
        ),
        (
            {},
            without_software,
            "software.mos: null; allowed: from: git with url and commit, or from: tarball with "
            "version, sha256 and url or path, as figures.nat_64b measures mos",
        ),
        (
            {},
            little_memory,
            "figures.nat_64b.flows: 10000; allowed: up to 5000, as mos's max_concurrency: 5000 is "
            "2500 connections of two streams on a core, and it has 2",
        ),
        (
            {},
            without_a_hash,
            "software.mos.sha256: is missing; allowed: from: tarball with version, sha256, url or "
            "path",
        ),
        (
            {},
            with_options,
            "software.mos.version: says nothing with from: git; allowed: url, commit, variant, "
            "compiler",
        ),
        (
            {},
            few_pages,
            "testbeds.tallinn.prepare.hugepages: 512; allowed: at least 1024, as figures.nat_64b "
            "measures mos",
        ),
        (
            {},
            without_interfaces,
            "testbeds.tallinn.ports: without interface; allowed: the kernel's names of the ports, "
            "as figures.nat_64b measures mos with pcap",
        ),
    ],
)
def test_what_mos_cannot_be_measured_with_is_one_line(changes, change, said):
    """Before anything runs."""
    config = hardware(**changes)
    if change:
        change(config)
    with pytest.raises(ConfigError) as caught:
        validate(config)
    assert str(caught.value) == said


def test_flows_beyond_its_streams_are_no_matter_under_udp():
    """It keeps streams of TCP alone."""
    config = hardware(function="forward", protocol="udp")
    little_memory(config)
    validate(config)


@pytest.mark.parametrize(
    ("compiler", "taken"),
    [("gcc-6", True), ("gcc -fcommon", True), ("gcc -fcommon -O2 -march=x86-64-v2", True),
     ("gcc; rm -rf /", False), ("gcc $(true)", False), ("gcc  -O2", False), ("/bin/gcc", False)],
)  # fmt: skip
def test_a_compiler_has_options(compiler, taken):
    """And nothing that a shell would take for more."""
    config = hardware()
    config["software"]["mos"]["compiler"] = compiler
    if taken:
        validate(config)
    else:
        with pytest.raises(ConfigError, match=r"software\.mos\.compiler: "):
            validate(config)


KNOWN_OF_MOS = ["unsolicited_dropped", "untranslated_dropped"]


def test_nat_of_mos_is_known_to_be_no_firewall():
    """A stranger's SYN goes in, and a flow without memory out: of mOS's, and no other DUT's nat."""
    config = hardware()
    for dut, expected in (("mos", KNOWN_OF_MOS), ("ovs-dpdk", [])):
        found = check_settings(config, "tallinn", dut, "nat", "tcp")
        assert found["expected_failures"] == expected
    config["expected_failures"] = {"mus.nat": []}
    with pytest.raises(ConfigError, match=r"mus\.nat: mus is no DUT \(did you mean mos\?\)"):
        validate(config)
    config["expected_failures"] = {"mos.nut": []}
    with pytest.raises(ConfigError, match=r"mos\.nut: is no function"):
        validate(config)


def test_in_a_sandbox_mos_is_its_pcap_variant():
    """DPDK's wants cards; what is loaded before the other is one of its settings."""
    config = hardware(testbed="sandbox", rates_mbit=10)
    with pytest.raises(ConfigError) as caught:
        validate(config)
    assert str(caught.value) == (
        "software.mos.variant: dpdk; allowed: pcap in a sandbox, as figures.nat_64b measures mos "
        "there"
    )
    config["software"]["mos"]["variant"] = "pcap"
    validate(config)
    settings = measuring_settings(config, "nat_64b")
    assert settings["dut"]["loaded_first"] == "results/software/pcap_polled/pcap_polled"
    assert (
        settings["gating"]["dut_silence_us"] == config["gating"]["ports"]["tap"]["dut_silence_us"]
    )
    assert ports_of(config, "sandbox", "mos") == "tap"
    assert "loaded_first" not in measuring_settings(hardware(), "nat_64b")["dut"]


def test_figures_without_a_source_are_left_out_and_the_others_stay():
    """One line says which and how to have them; what stands beside goes too."""
    mos = {"snat_address": "200.200.200.200", "cores": 1, "memory_channels": 1}
    overlay = {
        "duts": {"mos": mos | {"max_concurrency": 2000}},
        "figures": {
            "nat_of_mos": {
                "dut": "mos",
                "function": "nat",
                "protocol": "tcp",
                "frame_size": 64,
                "flows": [100],
                "rates_mbit": 10,
            }
        },
        "side_by_side": ["nat_64b", "nat_of_mos"],
    }
    config: dict = {}
    assert complete(config, FILE, [overlay]) == [
        "middlebench: figures left out: nat_of_mos, as software.mos is null; allowed: from: git "
        "with url and commit, or from: tarball with version, sha256 and url or path"
    ]
    assert "nat_64b" in config["figures"]
    assert "nat_of_mos" not in config["figures"]
    assert config["side_by_side"] == ["nat_64b"]
    with pytest.raises(ConfigError, match=r"^software\.mos: null; allowed: from: git with url"):
        complete({}, FILE, [overlay, {"only": ["nat_of_mos"]}])
    source = {"from": "git", "url": "https://mos/", "commit": COMMIT, "variant": "pcap"}
    overlay["side_by_side"] = ["nat_of_mos"]
    assert complete(config, FILE, [overlay, {"software": {"mos": source}}]) == []
    assert "nat_of_mos" in config["figures"]


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("beside", "said"),
    [
        (
            ["nat_64"],
            "side_by_side: nat_64 is no figure (did you mean nat_64b?); allowed: fw_1500b",
        ),
        (
            ["fw_64b", "other"],
            "side_by_side: other has protocol tcp; allowed: figures with udp, as",
        ),
        ([], "side_by_side: is empty; allowed: a list or null"),
    ],
)
def test_what_cannot_stand_side_by_side_is_one_line(beside, said):
    """A name with a letter missing, another load, nothing."""
    other = FILE["figures"]["nat_64b"] | {"protocol": "tcp"}
    with pytest.raises(ConfigError) as caught:
        complete({}, FILE, [{"figures": {"other": other}, "side_by_side": beside}])
    assert str(caught.value).startswith(said)


def example():
    """The overlay that docs/mos.md begins with."""
    text = (REPOSITORY / "docs/mos.md").read_text(encoding="utf-8")
    return text.split("```yaml\n")[1].split("```")[0]


def test_the_example_of_the_documentation_is_measured_as_it_stands(tmp_path):
    """Four figures and what they are drawn in; without its source those of the other DUT."""
    overlay = tmp_path / "mos.yaml"
    overlay.write_text(example(), encoding="utf-8")
    config = load(REPOSITORY / "config.yaml", overlay)
    assert set(config["figures"]) == {"nat_of_mos", "nat_of_ovs", "fw_of_mos", "fw_of_ovs"}
    assert measuring_settings(config, "fw_of_mos")["dut"]["prefix"].startswith("results/software/")
    given = read_yaml(overlay) | {"software": {}}
    config = {}
    assert len(complete(config, FILE, [given])) == 1
    assert set(config["figures"]) == set(config["side_by_side"]) == {"nat_of_ovs", "fw_of_ovs"}


def test_the_ladder_is_measured_without_the_rung_that_mos_has_not():
    """Forwarding and what the NAT adds, in the sandbox."""
    source = {"from": "git", "url": "https://mos/", "commit": COMMIT, "variant": "pcap"}
    cost = {"functions": ["forward", "firewall", "nat"], "flows": [1000]}
    cost["sizes"] = [{"frame_size": 64, "rates_mbit": {"from": 10, "to": 100, "step": 10}}]
    overlay = {"defaults": {"dut": "mos", "protocol": "tcp"}, "software": {"mos": source}}
    overlay |= {
        "duts": {"mos": MOS},
        "throughput": None,
        "cost": cost,
        "only": ["fw_64b", "nat_cost"],
    }
    config: dict = {}
    assert complete(config, FILE, [overlay]) == []
    assert {f"cost_{function}_64b" for function in cost["functions"]} <= set(config["figures"])
