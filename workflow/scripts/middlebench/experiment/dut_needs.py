"""Whether a figure's DUT can be had: its software, what preparation gives it, state, ports."""

import math
from collections.abc import Mapping
from ipaddress import IPv4Address

from middlebench.duts.registry import entry, most_connections
from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings, measuring_settings, on_hosts
from middlebench.functions import PORTS, ends_of, how_many, of_configuration
from middlebench.software.choice import is_chosen, variant

PCAP = "pcap"
"""The variant of a program that takes any port of the kernel's, and so runs in a sandbox too."""

SOURCES = "from: git with url and commit, or from: tarball with version, sha256 and url or path"
"""Where a program may come from that no distribution has."""


def without_source(config: Mapping) -> dict[str, list[str]]:
    """Program -> the figures whose DUT needs it, while no source is said for it.

    None where no other figure is left; nothing has to be of the schema's form.
    """
    found: dict[str, list[str]] = {}
    try:
        for figure in config["figures"]:
            program = entry(figure_settings(config, figure)["dut"]).software
            if program and not is_chosen(config, program):
                found.setdefault(program, []).append(figure)
        left = len(config["figures"]) - sum(map(len, found.values()))
    except (AttributeError, KeyError, TypeError):
        return {}  # the schema says what is wrong
    return found if left else {}


def check_dut_software(config: Mapping, figure: str) -> None:
    """ConfigError when the figure's DUT is not there to be had, or lacks what preparation gives."""
    settings = figure_settings(config, figure)
    dut, testbed = settings["dut"], config["testbeds"][settings["testbed"]]
    program = entry(dut).software
    if program and not is_chosen(config, program):
        raise ConfigError(
            f"software.{program}: null; allowed: {SOURCES}, as figures.{figure} measures {dut}"
        )
    pcap = program and variant(config, program) == PCAP
    if not on_hosts(testbed):
        _check_sandbox(config, figure, dut, program)
        return
    least, prepare = entry(dut).hugepages, testbed.get("prepare", {})
    if not pcap and prepare.get("hugepages", least) < least:
        raise ConfigError(
            f"testbeds.{settings['testbed']}.prepare.hugepages: {prepare['hugepages']}; allowed: "
            f"at least {least}, as figures.{figure} measures {dut}"
        )
    if pcap and any("interface" not in port for port in testbed["ports"]):
        raise ConfigError(
            f"testbeds.{settings['testbed']}.ports: without interface; allowed: the kernel's names "
            f"of the ports, as figures.{figure} measures {dut} with pcap"
        )


def _check_sandbox(config: Mapping, figure: str, dut: str, program: str | None) -> None:
    chosen = program and variant(config, program)
    if chosen and chosen != PCAP:
        raise ConfigError(
            f"software.{program}.variant: {chosen}; allowed: {PCAP} in a sandbox, as "
            f"figures.{figure} measures {dut} there"
        )


def check_connections(config: Mapping, figure: str) -> None:
    """ConfigError when the figure's DUT cannot hold as many connections as it has flows."""
    settings = figure_settings(config, figure)
    dut, flows = settings["dut"], max(settings["flows"])
    software = config["software"].get(entry(dut).software) or {}
    limit = most_connections(dut, config["duts"][dut], software)
    if limit and settings["protocol"] == "tcp" and flows > limit[0]:
        raise ConfigError(
            f"figures.{figure}.flows: {flows}; allowed: up to {limit[0]}, as {dut}'s {limit[1]}"
        )


def check_ports(config: Mapping, figure: str) -> None:
    """ConfigError when more of the figure's flows go to one host than its addresses have ports."""
    settings = figure_settings(config, figure)
    does = of_configuration(config)[settings["function"]]
    if not does.translates or config["verdict"]["port_exhaustion"] == "measure":
        return
    addresses = measuring_settings(config, figure)["dut"]["snat_address"]
    flows, ports = max(settings["flows"]), PORTS * how_many(addresses)
    to_one = min(flows, settings["flows_a_destination"])
    if to_one <= ports:
        return
    if does.addresses:
        where, example = f"functions.{settings['function']}.addresses", does.addresses
    else:
        where, example = f"duts.{settings['dut']}.snat_addresses", addresses
    raise ConfigError(
        f"figures.{figure}.flows: {flows}, of which {to_one} go to one host; allowed: up to "
        f"{ports}, the ports of {addresses} towards one host, or {where}: "
        f"{_pool(ends_of(example)[0], to_one)}, or verdict.port_exhaustion: measure"
    )


def _pool(first: str, flows: int) -> str:
    """A pool in which a port is found quickly: a fifth of them stays free."""
    last = IPv4Address(first) + max(math.ceil(flows / (0.8 * PORTS)), 2) - 1
    return f"{first}-{last}"
