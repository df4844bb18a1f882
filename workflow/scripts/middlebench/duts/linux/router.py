"""The kernel's router between two TAP ports; which rules it has, and how, subclasses say.

Both ports' MAC addresses are those that the load is sent to, and each side's hosts are behind one
neighbour whose address is known, so frames come out with the addresses that they came in with.
"""

from ipaddress import IPv4Address, summarize_address_range

from middlebench.duts.linux.namespace import MACS
from middlebench.duts.linux.ruled import Ruled
from middlebench.functions import Makes, ends_of

# (port, its address, the neighbour behind which the hosts are, these), by RFC 5737
SIDES = (
    ("inside", "192.0.2.1", "192.0.2.2", ("10.0.0.0/8",)),
    ("outside", "192.0.2.129", "192.0.2.130", ("198.18.0.0/15", "default")),
)


class Router(Ruled):
    """Routes between the load's two networks."""

    def set_up(self) -> str:
        """Addresses, neighbours and routes."""
        lines = [
            "echo 1 > ipv4/ip_forward",
            *(f"echo 0 > ipv4/conf/{of}/rp_filter" for of in ("all", *MACS)),
        ]
        other = dict(zip(MACS, reversed(MACS.values()), strict=True))
        for port, own, neighbour, hosts in SIDES:
            lines += [
                f"ip address add {own}/32 dev {port}",
                f"ip neighbour add {neighbour} lladdr {other[port]} nud permanent dev {port}",
                *(f"ip route add {net} via {neighbour} dev {port} onlink" for net in hosts),
            ]
        if self._does.translates:  # a stranger's packet to it would go on, or be answered
            first, last = map(IPv4Address, ends_of(self._settings["snat_address"]))
            pool = summarize_address_range(first, last)
            lines += [f"ip route add blackhole {net}" for net in pool]
        return "\n".join(lines)

    @property
    def makes(self) -> Makes:
        """A router: it takes one from the TTL, and hands on IPv4 alone."""
        snat = self._settings["snat_address"] if self._does.translates else None
        return Makes(snat_address=snat, ttl_less=1, bridges=False)
