"""The DUT `mos` in a sandbox: its pcap variant on two TAP ports in a namespace of their own."""

from pathlib import Path
from typing import Any, Self

from middlebench.duts.interface import Counted
from middlebench.duts.linux.namespace import INSIDE_IT, NAME, KernelDut, port_counters
from middlebench.duts.mos.dut import IN_A_SANDBOX, Mos
from middlebench.duts.supplied import PORTS
from middlebench.testbeds.sandbox import Sandbox

MACS = dict(zip(PORTS, ("02:00:00:00:02:01", "02:00:00:00:02:02"), strict=True))

COUNTERS = "counters"


class Ports(KernelDut):
    """The namespace; no frame of the load is to one of its addresses, so its kernel takes none."""

    macs = MACS


class MosInSandbox(Mos):
    """Context manager of one new mOS process (see `duts.interface`)."""

    within = f"{INSIDE_IT} "

    def __init__(
        self, place: Sandbox, settings: dict[str, Any], function: str, program: Path, cpu: int
    ) -> None:
        super().__init__(place, settings, function, program, cpu, ports=IN_A_SANDBOX)
        self._namespace = Ports(place, settings, function, program, cpu)

    def __enter__(self) -> Self:
        self._namespace.__enter__()
        return super().__enter__()

    @property
    def attachment(self) -> tuple[list[str], str]:
        """(The ports of inside and outside, shell command that connects them: nothing)."""
        return self._namespace.attachment

    @property
    def counting_command(self) -> str:
        """The same as on a host, and what each port counted, before it waits for statistics."""
        counters = f"ip -n {NAME} -s -j link show > {self._place.folder}/{COUNTERS}"
        return f"{counters}; {super().counting_command}"

    def counted(self) -> Counted:
        """The same as on a host, with the frames of both ports."""
        said = self._place.run(f"cat {self._place.folder}/{COUNTERS}").stdout
        return super().counted()._replace(frames=turned_away(port_counters(said)))

    def facts(self) -> dict[str, str]:
        """The same as on a host, and how its ports queue."""
        return super().facts() | {"ports": self._namespace.facts()["ports"]}


def turned_away(counts: dict[str, int]) -> dict[str, int]:
    """The counters of `port_counters`, with all in `<port>_rx_drop` that mOS had no room for.

    The kernel counts there what it dropped before libpcap's ring was looked at; what that had no
    room for, and what mOS drops, nobody counts: it came in and was not sent on.
    """
    found = dict(counts)
    for port, other in zip(PORTS, reversed(PORTS), strict=True):
        sent_on = counts[f"{other}_tx"] + counts[f"{other}_unread"]
        found[f"{port}_rx_drop"] = max(0, counts[f"{port}_rx"] - sent_on)
    return found
