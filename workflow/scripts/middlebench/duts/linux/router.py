"""The kernel's router between two TAP ports; which rules it has, and how, subclasses say.

Both ports' MAC addresses are those that the load is sent to, and each side's hosts are behind one
neighbour whose address is known, so frames come out with the addresses that they came in with.
"""

import hashlib
from ipaddress import IPv4Address, summarize_address_range
from typing import Any, Self

from middlebench.duts.linux.loaded import Chains, difference
from middlebench.duts.linux.namespace import FOLDER, INSIDE_IT, MACS, MOST_ENTRIES, KernelDut
from middlebench.duts.supplied import as_used
from middlebench.errors import DutError
from middlebench.functions import Makes, ends_of, known
from middlebench.testbeds.place import supply

RULES = f"{FOLDER}/rules"

# (port, its address, the neighbour behind which the hosts are, these), by RFC 5737
SIDES = (
    ("inside", "192.0.2.1", "192.0.2.2", ("10.0.0.0/8",)),
    ("outside", "192.0.2.129", "192.0.2.130", ("198.18.0.0/15", "default")),
)


class Router(KernelDut):
    """Context manager of one brand-new router with one function's rules (see `duts.interface`)."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._does = known(self._function, self._settings.get("function"))
        self._text = ""

    def __enter__(self) -> Self:
        self._text = as_used(self._program, self._settings)
        supply(self._place, {"rules": self._text})
        super().__enter__()
        told = self._do(f"{INSIDE_IT} {self.loading} 2>&1 && echo loaded || :")
        if not told.endswith("loaded\n"):
            why = self.refusal(told, str(self._program))
            raise DutError(why or f"{self._program}: {told.splitlines()[-1]}")
        self.check_loaded()
        limit = self._do(f"{INSIDE_IT} cat {MOST_ENTRIES} 2> /dev/null || :").strip()
        if limit and self._does.keeps_state:
            self.most_flows = int(limit)
        return self

    @property
    def loading(self) -> str:
        """Shell command that loads RULES."""
        raise NotImplementedError

    def refusal(self, said: str, where: str) -> str | None:
        """Why they are not, from what it said, with the line of the file `where`; or None."""
        raise NotImplementedError

    def asked_for(self) -> Chains:
        """What the rules ask for."""
        raise NotImplementedError

    def loaded(self) -> Chains:
        """What the kernel has."""
        raise NotImplementedError

    def check_loaded(self) -> None:
        """DutError unless the kernel has each chain of the rules, with as many of them."""
        if fault := difference(self.asked_for(), self.loaded()):
            raise DutError(f"{self._program}: not loaded as it stands: {fault}")

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

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make."""
        return flows if self._does.keeps_state else 0

    def facts(self) -> dict[str, str]:
        """What was measured: kernel, ports, the rules' hash."""
        found = super().facts() | {
            "rules": self._program.name,
            "rules_sha256": hashlib.sha256(self._text.encode()).hexdigest(),
        }
        return found | ({"most_entries": str(self.most_flows)} if self.most_flows else {})
