"""The shortest path between two TAP ports: frames are handed on before anybody looks at them.

By it a generator is calibrated; netfilter does it at the ingress of each port.
"""

from middlebench.duts.linux.namespace import KernelDut
from middlebench.duts.supplied import PORTS

RULES = "".join(
    f"add table netdev {port}; add chain netdev {port} received "
    f'{{ type filter hook ingress device "{port}" priority 0; }}; '
    f'add rule netdev {port} received fwd to "{other}"; '
    for port, other in zip(PORTS, reversed(PORTS), strict=True)
)


class Redirect(KernelDut):
    """Hands frames on as they are; `program` and `settings` say nothing to it."""

    tools = {"nft": "nftables"}  # noqa: RUF012 - never changed

    def set_up(self) -> str:
        """A rule a port."""
        return f"nft -f - <<END\n{RULES}\nEND\n"

    def facts(self) -> dict[str, str]:
        """Linux, handing on at the ingress."""
        return super().facts() | {"name": "Linux, redirect at ingress"}
