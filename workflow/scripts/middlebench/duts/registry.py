"""The devices under test by name.  Used while Snakemake reads the rules: nothing slow is imported.

A new one is a module with the interface of `duts.interface`, a line here, and an entry in
workflow/schemas/config.schema.yaml.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from middlebench.duts.interface import Dut


class Entry(NamedTuple):
    """Where a DUT is implemented, and what it can do."""

    module: str
    """Module of this library: changed, it re-measures this DUT and no other."""
    name: str
    functions: tuple[str, ...]
    tcp_only: tuple[str, ...] = ()
    """The functions that see TCP alone: UDP passes as it is."""


FUNCTIONS = ("forward", "stateless_firewall", "firewall", "nat", "nat_thesis")
"""What an Open vSwitch does, by the file of its rules."""

TRANSLATING = ("nat", "nat_thesis")
"""The functions that rewrite addresses: only these depend on the SNAT address."""

DUTS = {
    "ovs-dpdk": Entry("duts.ovs.sandbox", "OvsDpdk", FUNCTIONS),
    "testpmd": Entry("duts.vhost_programs", "Testpmd", ("forward",)),
    "token-bucket": Entry("duts.vhost_programs", "TokenBucket", ("forward",)),
}
"""The DUTs of a sandbox. `testpmd` is the path of the calibration: no figure can name it."""


ON_HOSTS = {
    "ovs-dpdk": Entry("duts.ovs.hosts", "OvsDpdkOnHost", FUNCTIONS),
    "ovs-kernel": Entry("duts.ovs.hosts", "OvsKernel", FUNCTIONS),
    "mos": Entry(
        "duts.mos.dut", "Mos", ("forward", "firewall", "nat"), tcp_only=("firewall", "nat")
    ),
}
"""The DUTs of a hardware testbed: on a host of their own, between its ports."""


def entry(name: str, on_host: bool = False) -> Entry:
    """The entry of a DUT, in a sandbox or on a host.  KeyError for one that is not there."""
    return (ON_HOSTS if on_host else DUTS)[name]


def dut_class(name: str, on_host: bool = False) -> type["Dut"]:
    """The class of a DUT.  KeyError for an unknown name."""
    found = entry(name, on_host)
    return getattr(import_module(f"middlebench.{found.module}"), found.name)
