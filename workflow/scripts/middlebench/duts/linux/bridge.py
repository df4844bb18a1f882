"""The DUT `bridge`: the kernel's bridge, whose packets netfilter sees where there are rules."""

from middlebench.duts.linux.iptables import Iptables
from middlebench.duts.linux.namespace import UNSENT_MACS
from middlebench.duts.supplied import PORTS

BRIDGE = "bridge"


class Bridge(Iptables):
    """Context manager of one brand-new bridge (see `duts.interface`).

    What is sent to the MAC address of a bridge's own port stays there, so none is.
    """

    macs = UNSENT_MACS

    def set_up(self) -> str:
        """A bridge that forwards at once, and asks nobody for anything."""
        ports = "\n".join(f"ip link set {port} master {BRIDGE}" for port in PORTS)
        call = "bridge/bridge-nf-call-iptables"
        shown = f"echo 1 > {call}" if self.asked_for() else f"test ! -e {call} || echo 0 > {call}"
        return (
            f"ip link add {BRIDGE} type bridge forward_delay 0 mcast_snooping 0\n{ports}\n"
            f"ip link set {BRIDGE} up\n{shown}"
        )
