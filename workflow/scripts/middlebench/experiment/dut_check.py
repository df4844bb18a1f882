"""Whether a DUT can be measured as it is configured; ConfigError with one line when not."""

import ipaddress
from collections.abc import Mapping

from middlebench.duts.registry import DUTS, ON_HOSTS
from middlebench.errors import ConfigError

INSIDE_NETWORK = ipaddress.ip_network("10.0.0.0/8")
OUTSIDE_NETWORK = ipaddress.ip_network("198.18.0.0/15")  # RFC 2544, appendix C.2.2: for benchmarks


def check_dut(where: str, name: str, testbed_name: str, testbed: Mapping) -> None:
    """One DUT on one testbed; `where` is the figure's key that names the DUT."""
    known = ON_HOSTS if "loadgen" in testbed else DUTS
    if name not in known:
        there = ", ".join(dut for dut in known if dut != "testpmd")
        raise ConfigError(f"{where}: {name} is none of {testbed_name}'s; allowed there: {there}")
    if "loadgen" not in testbed:
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
    sides = [side.get("host", {}).get("address", "local") for side in (testbed, testbed["loadgen"])]
    if testbed.get("clean_slate") and sides[0] == sides[1]:
        raise ConfigError(
            f"{where}: {testbed['clean_slate']}; allowed: null, as the generator is on that "
            "host too"
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
