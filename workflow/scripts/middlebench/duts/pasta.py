"""The DUT `pasta`: the NAT of the package passt."""

from middlebench.duts.user_nat import GUEST, STACK, UserNat


class Pasta(UserNat):
    """Context manager of one brand-new pasta (see `duts.interface`)."""

    tools = {"pasta": "passt", "nft": "nftables"}  # noqa: RUF012 - never changed
    package = "passt"

    def command(self, options: str) -> str:
        """It stays in the foreground, and keeps the user that it has."""
        return (
            f"pasta --foreground --runas 0 --netns-only --netns /run/netns/{GUEST} "
            f"--ns-ifname {STACK} {options}"
        )
