"""What mos is measured with: a configuration that it cannot be measured with is one line."""

import copy
import re

import pytest

from configurations import MOS
from middlebench.errors import ConfigError
from middlebench.experiment.config import load, validate
from middlebench.experiment.grid import figure_points, measuring_settings
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


def few_pages(config):
    """Too little memory."""
    config["testbeds"]["tallinn"]["prepare"]["hugepages"] = 512


def without_interfaces(config):
    """pcap on ports that the kernel has no name for."""
    config["software"]["mos"]["variant"] = "pcap"
    for port in config["testbeds"]["tallinn"]["ports"]:
        port.pop("interface", None)


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
            "software.mos: null; allowed: from: git with url and commit, as figures.nat_64b "
            "measures mos",
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


def test_mos_is_none_of_a_sandboxs():
    """It wants ports of its own."""
    config = hardware(testbed="sandbox")
    with pytest.raises(ConfigError, match="mos is none of sandbox's"):
        validate(config)
