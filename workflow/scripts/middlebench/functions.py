"""The functions of a middlebox, and what each makes of traffic.

Used while Snakemake reads the rules: nothing slow is imported.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from middlebench.errors import ConfigError

PASSES, LOOKALIKES, DROPPED = "passes", "lookalikes", "dropped"
"""What becomes of what the outside begins: it comes in; only what looks like an answer; nothing."""


PORTS = 64512
"""A SNAT address has so many towards one destination: Open vSwitch and the kernel give a flow that
comes from a port above 1023 one of these."""


class Function(NamedTuple):
    """What a function does, whatever the DUT."""

    translates: bool
    """It gives flows another source address: only then the DUT's SNAT address matters."""
    keeps_state: bool
    """It keeps an entry for each flow in a table of connections."""
    unasked: str
    """What becomes of what nobody asked for: PASSES, LOOKALIKES or DROPPED."""
    addresses: str | None = None
    """What stands in place of the DUT's SNAT address, one or a pool `first-last`; None: nothing."""


KNOWN = {
    "forward": Function(translates=False, keeps_state=False, unasked=PASSES),
    "stateless_firewall": Function(translates=False, keeps_state=False, unasked=LOOKALIKES),
    "firewall": Function(translates=False, keeps_state=True, unasked=DROPPED),
    "nat": Function(translates=True, keeps_state=True, unasked=DROPPED),
    "nat_thesis": Function(translates=True, keeps_state=True, unasked=DROPPED),
}
"""The functions of the project; others come from the configuration's `functions`."""

LADDER = ("forward", "stateless_firewall", "firewall", "nat")
"""The rungs of the cost model: each adds one component to the one before."""


class Makes(NamedTuple):
    """What a DUT makes of the load's frames; all else comes out as it was sent."""

    snat_address: str | None = None
    """Source address of every frame, or the pool `first-last` that it is from, each flow with an
    address and a port of its own; None: unchanged."""
    ttl_less: int = 0
    new_source_mac: bool = False
    new_id: bool = False
    """Packets are its own, with an IP identification of their own (RFC 6864: it may be any)."""
    swapped: bool = False
    """Source and destination are exchanged: MAC addresses, addresses, ports."""
    bridges: bool = True
    """It hands on what is no IPv4 too; a router does not."""


def ends_of(addresses: str) -> tuple[str, str]:
    """First and last address of `first-last`, or of one address."""
    first, _, last = addresses.partition("-")
    return first, last or first


def how_many(addresses: str) -> int:
    """How many there are in `first-last`, or in one address."""
    first, last = (int(IPv4Address(end)) for end in ends_of(addresses))
    return last - first + 1


def known(name: str, said: Mapping[str, Any] | None = None) -> Function:
    """What a function does; `said` is `of_configuration` of one that is not KNOWN.

    KeyError for a name that is neither.
    """
    return Function(**said) if said else KNOWN[name]


def of_configuration(config: Mapping[str, Any]) -> dict[str, Function]:
    """The functions that a configuration can name: KNOWN, and those of its section `functions`.

    ConfigError for one of which too little is said.
    """
    return KNOWN | {name: _said(name, of) for name, of in config.get("functions", {}).items()}


def _said(name: str, said: Mapping[str, Any]) -> Function:
    if name in KNOWN:
        raise ConfigError(
            f"functions.{name}: the name is taken; allowed: any but {', '.join(KNOWN)}"
        )
    like = KNOWN[said["like"]]._asdict() if "like" in said else {}
    traits = like | {key: value for key, value in said.items() if key != "like"}
    for key in Function._fields:
        if key not in traits and key not in Function._field_defaults:
            raise ConfigError(
                f"functions.{name}.{key}: is missing; allowed: {', '.join(Function._fields)}, or "
                f"like: one of {', '.join(KNOWN)}"
            )
    does = Function(**traits)
    if does.addresses and not does.translates:
        raise ConfigError(
            f"functions.{name}.addresses: {does.addresses}; allowed: none, as it does not translate"
        )
    return does
