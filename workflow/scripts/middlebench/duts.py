"""The devices under test by name.  Used while Snakemake reads the rules: nothing slow is imported.

A new one is a module with the interface of `middlebench.dut`, a line here, and an entry in
workflow/schemas/config.schema.yaml.
"""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from middlebench.dut import Dut


class Entry(NamedTuple):
    """Where a DUT is implemented, and what it can do."""

    module: str
    """Module of this library: changed, it re-measures this DUT and no other."""
    name: str
    functions: tuple[str, ...]
    tcp_only: tuple[str, ...] = ()
    """The functions that see TCP alone: UDP passes as it is."""


DUTS = {
    "ovs-dpdk": Entry("ovs_dpdk", "OvsDpdk", ("forward", "firewall", "nat", "nat_thesis")),
    "testpmd": Entry("vhost_programs", "Testpmd", ("forward",)),
    "token-bucket": Entry("vhost_programs", "TokenBucket", ("forward",)),
}
"""`testpmd` is the path of the calibration: not a DUT that a figure can name."""


def dut_class(name: str) -> type["Dut"]:
    """The class of a DUT.  KeyError for an unknown name."""
    entry = DUTS[name]
    return getattr(import_module(f"middlebench.{entry.module}"), entry.name)
