"""Whether a DUT can be measured as a figure asks for it; ConfigError with one line when not."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path

from middlebench.addresses import host_settings
from middlebench.duts.registry import available, entry
from middlebench.duts.rule_lists import count_of
from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings, on_hosts
from middlebench.files.schema_errors import suggestion
from middlebench.functions import KNOWN, ends_of, of_configuration

REPOSITORY = Path(__file__).parents[4]

INSIDE_NETWORK = ipaddress.ip_network("10.0.0.0/8")
OUTSIDE_NETWORK = ipaddress.ip_network("198.18.0.0/15")  # RFC 2544, appendix C.2.2: for benchmarks


def check_names(config: Mapping, figure: str) -> None:
    """ConfigError unless the figure's testbed and DUT are there."""
    own = config["figures"][figure]
    for key, section in (("testbed", "testbeds"), ("dut", "duts")):
        name = figure_settings(config, figure)[key]
        if name not in config[section]:
            where = f"figures.{figure}.{key}" if key in own else f"defaults.{key}"
            hint = suggestion(name, config[section])
            known = ", ".join(config[section])
            raise ConfigError(f"{where}: {name} is not under {section}{hint}; allowed: {known}")


def check_dut_and_function(config: Mapping, figure: str) -> None:
    """ConfigError unless the figure's testbed has its DUT, and that does its function."""
    settings = figure_settings(config, figure)
    testbed = config["testbeds"][settings["testbed"]]
    where = f"figures.{figure}.dut" if "dut" in config["figures"][figure] else "defaults.dut"
    check_dut(where, settings["dut"], settings["testbed"], testbed)
    check_function(f"figures.{figure}.function", config, settings["dut"], settings["function"])


def check_dut(where: str, name: str, testbed_name: str, testbed: Mapping) -> None:
    """One DUT on one testbed; `where` is the figure's key that names the DUT."""
    known = available(on_hosts(testbed))
    if name not in known:
        there = ", ".join(known)
        raise ConfigError(f"{where}: {name} is none of {testbed_name}'s; allowed there: {there}")
    if not on_hosts(testbed):
        return
    _check_order(f"testbeds.{testbed_name}.loadgen.ports", testbed["loadgen"]["ports"])
    _check_clean_slate(f"testbeds.{testbed_name}.clean_slate", testbed)


def _check_order(where: str, ports: list[Mapping]) -> None:
    """DPDK numbers cards by address, and softgen, in every functional check, sends from the first.

    An address has a fixed width, so that its text sorts as it does.
    """
    cards = [port["pci"] for port in ports if "pci" in port]
    if cards != sorted(cards):
        raise ConfigError(
            f"{where}: {', '.join(cards)}; allowed: the lower PCI address first, and the cable to "
            "the DUT's inside in that port"
        )


def _check_clean_slate(where: str, testbed: Mapping) -> None:
    sides = [host_settings(testbed, role)["address"] for role in ("dut", "loadgen")]
    if testbed.get("clean_slate") and sides[0] == sides[1]:
        raise ConfigError(
            f"{where}: {testbed['clean_slate']}; allowed: null, as the generator is on that "
            "host too"
        )


def check_function(where: str, config: Mapping, dut: str, function: str) -> None:
    """ConfigError unless the DUT does the function, and its file is there; `where` names it."""
    known, of_dut = of_configuration(config), entry(dut)
    if function not in known:
        path = of_dut.program_file(function)
        if of_dut.takes_any_function and (REPOSITORY / path).is_file():
            raise ConfigError(
                f"{where}: nothing says what {path} does"
                f"{suggestion(function, config['functions'])}; allowed: functions: "
                f"{{{function}: {{like: ...}}}}, like one of {', '.join(KNOWN)}"
            )
        hint = suggestion(function, known)
        raise ConfigError(
            f"{where}: {function} is no function{hint}; allowed: {', '.join(known)}, or another "
            "that `functions` says something of, such as functions: {<name>: {like: nat}}"
        )
    able = known if of_dut.takes_any_function else of_dut.functions
    if function not in able:
        raise ConfigError(f"{where}: {function} is not one of {dut}'s; allowed: {', '.join(able)}")
    path = of_dut.program_file(function)
    if not (REPOSITORY / path).exists() and count_of(function) is None:
        raise ConfigError(f"{where}: {function}, but there is no {path}; allowed: one that has it")


def check_protocol(config: Mapping, figure: str) -> None:
    """ConfigError in one line for UDP through what sees TCP alone, which would measure forwarding.

    And for TCP through what ends it.
    """
    settings = figure_settings(config, figure)
    dut, function, protocol = (settings[key] for key in ("dut", "function", "protocol"))
    where = f"figures.{figure}" if "protocol" in config["figures"][figure] else "defaults"
    if protocol == "tcp" and function in entry(dut).udp_only:
        raise ConfigError(
            f"{where}.protocol: tcp; allowed: udp for {function} of {dut} (figures.{figure}), as "
            f"{dut} ends connections and opens others: the load's handshake is not handed on"
        )
    if protocol == "udp" and function in entry(dut).tcp_only:
        raise ConfigError(
            f"{where}.protocol: udp; allowed: tcp for {function} of {dut} (figures.{figure}), as "
            f"{dut} hands only TCP to its applications and forwards UDP untouched"
        )


def check_snat_address(where: str, text: str) -> None:
    """An address that translated flows may have: nobody's on either side."""
    address = ipaddress.IPv4Address(text)
    for network, role in ((INSIDE_NETWORK, "inside"), (OUTSIDE_NETWORK, "outside")):
        if address in network:
            raise ConfigError(
                f"{where}: {text} is one of the {role} hosts; "
                f"allowed: an address outside of {INSIDE_NETWORK} and {OUTSIDE_NETWORK}"
            )
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
        raise ConfigError(f"{where}: {text}; allowed: an address that a host can have")


def check_snat_addresses(where: str, text: str) -> None:
    """One such address, or a pool of them, `first-last`."""
    try:
        first, last = map(ipaddress.IPv4Address, ends_of(text))
    except ValueError:
        first, last = 1, 0
    if first > last:
        raise ConfigError(
            f"{where}: {text}; allowed: an IPv4 address, or the first and the last of a pool, such "
            "as 200.200.200.200-200.200.200.203"
        )
    for end in (first, last):
        check_snat_address(where, str(end))
    for network in (INSIDE_NETWORK, OUTSIDE_NETWORK):
        if first < network[0] and network[-1] < last:
            raise ConfigError(f"{where}: {text} has hosts in it; allowed: a pool without {network}")
