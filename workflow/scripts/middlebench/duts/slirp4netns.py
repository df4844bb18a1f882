"""The DUT `slirp4netns`: the NAT of libslirp, whose sockets are chosen by `poll`."""

from middlebench.duts.user_nat import GUEST, STACK, UserNat

NOBODY = "192.0.2.77"
"""An address of its own network that nobody has."""


class Slirp4netns(UserNat):
    """Context manager of one brand-new slirp4netns (see `duts.interface`)."""

    tools = {"slirp4netns": "slirp4netns", "nft": "nftables"}  # noqa: RUF012 - never changed
    package = "slirp4netns"
    ttl_less = 1
    # Its clock is 0 until it has handled a frame, or lived for a second (slirp_pollfds_poll): the
    # socket of a flow that comes first is at once too old, and the flow goes on from another port.
    # So an ARP request is first.
    wake = (
        f"ip neighbour add {NOBODY} dev {STACK} nud none use || :\n"
        f"ip neighbour del {NOBODY} dev {STACK} || :\n"
    )

    def command(self, options: str) -> str:
        """Its device is not configured, as it does not stay in the container."""
        return f"slirp4netns --netns-type=path {options} /run/netns/{GUEST} {STACK}"
