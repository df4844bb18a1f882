"""The DUT `slirp4netns`: the NAT of libslirp, whose sockets are chosen by `poll`."""

from middlebench.duts.user_nat import GUEST, STACK, UserNat


class Slirp4netns(UserNat):
    """Context manager of one brand-new slirp4netns (see `duts.interface`)."""

    tools = {"slirp4netns": "slirp4netns", "nft": "nftables"}  # noqa: RUF012 - never changed
    package = "slirp4netns"
    ttl_less = 1

    def command(self, options: str) -> str:
        """Its device is not configured, as it does not stay in the container."""
        return f"slirp4netns --netns-type=path {options} /run/netns/{GUEST} {STACK}"
