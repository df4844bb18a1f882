"""What this machine lacks for a DUT is said before anything is measured."""

import pytest

from configurations import DEFAULT, changed
from middlebench.duts.linux.nftables import NftRouter
from middlebench.duts.ovs.sandbox import OvsDpdk
from middlebench.duts.pasta import Pasta
from middlebench.files.strict_yaml import read_yaml
from middlebench.planning.configuration import complete
from middlebench.planning.lacking import lacking, lacking_lines, without_ladder
from workspace import REPOSITORY

FILE = read_yaml(REPOSITORY / "config.yaml")


def with_pasta(**settings):
    """The shipped configuration with pasta in one of its figures."""
    return changed("figures/nat_64b/dut", "pasta") | settings


def test_nothing_is_said_where_all_is_there():
    """The machine of the tests has all of both lists of packages."""
    assert lacking(with_pasta(), DEFAULT["figures"]) == {}
    assert lacking_lines({}, 3) == []


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("figures", "rest"),
    [
        (["fw_64b", "nat_64b"], "the others are measured"),
        (["nat_64b"], "nothing else is asked for"),
    ],
)
def test_a_missing_package_is_one_line(monkeypatch, figures, rest):
    """With its name and the list that it is in; and what becomes of the others."""
    monkeypatch.setattr(Pasta, "tools", {"pasta-of-another-name": "passt"})
    missing = lacking(with_pasta(), figures)
    (line,) = lacking_lines(missing, len(figures) - 1)
    why = "pasta-of-another-name is missing: install passt (envs/apt-extra.txt)"
    assert line == f"middlebench: pasta cannot be measured: {why}; {rest}"


@pytest.mark.tried("words")
def test_a_missing_device_is_one_line(monkeypatch):
    """Without it no kernel has a port for the DUT."""
    monkeypatch.setattr(Pasta, "devices", {"/dev/net/no-tun": "no tun: modprobe tun"})
    assert lacking(with_pasta(), ["nat_64b"]) == {"pasta": "no tun: modprobe tun"}


def test_only_what_is_asked_for_of_this_machine_has_to_be_there(monkeypatch):
    """Not what another figure measures, nor what runs on another host, nor what is built."""
    monkeypatch.setattr(Pasta, "tools", {"pasta-of-another-name": "passt"})
    monkeypatch.setattr(OvsDpdk, "tools", {"/no/vswitchd": "openvswitch-switch-dpdk"})
    config = with_pasta()
    assert list(lacking(config, ["fw_64b"])) == ["ovs-dpdk"]
    built = {"ovs": {"from": "tarball"}}
    assert lacking(config | {"software": built}, ["fw_64b"]) == {}
    elsewhere = {"sandbox": config["testbeds"]["sandbox"] | {"host": {"address": "lab1"}}}
    assert lacking(config | {"testbeds": elsewhere}, ["fw_64b", "nat_64b"]) == {}


@pytest.mark.tried("words")
def test_the_kernels_ladder_is_left_out_where_it_cannot_be_measured(monkeypatch):
    """As it is part of every run: one line, and no job of it; asked for by name it stays."""
    assert without_ladder(DEFAULT) is None
    gone = {"/proc/sys/net/core/no_such_mask": "the kernel has no such mask"}
    monkeypatch.setattr(NftRouter, "kernel_parts", gone)
    line = "middlebench: cost_linux left out: linux cannot be measured: the kernel has no such mask"
    assert without_ladder(DEFAULT) == line
    config: dict = {}
    assert complete(config, FILE, []) == [line]
    assert config["cost_linux"] is None
    assert not [name for name in config["figures"] if name.startswith("cost_linux")]
    assert complete(config, FILE, [{"only": ["nat_64b", "nat_cost_linux"]}]) == []
    assert complete(config, FILE, [{"cost_linux": None}]) == []
    assert lacking(changed("figures/nat_64b/dut", "linux"), ["nat_64b"]) == {
        "linux": "the kernel has no such mask"
    }
