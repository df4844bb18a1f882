"""What every DUT that is the kernel itself has in common: a network namespace with two TAP ports.

The ports are made once and stay, so that any number of generators can come and go.  What one
writes is handed to the DUT's CPU (receive packet steering), and what that CPU has no room for is
dropped and counted there; what it sends waits in the port's queue, and is dropped and counted there
where the generator reads too slowly.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any, Self

from middlebench.duts.interface import FOLDER, Counted
from middlebench.duts.supplied import PORTS
from middlebench.errors import CommandError, DutError
from middlebench.functions import Makes
from middlebench.testbeds.place import Place

NAME = "dut"
NETNS = f"/run/netns/{NAME}"
INSIDE_IT = f"nsenter --net={NETNS}"
"""Begins a shell command that is run in the namespace."""

QUEUE = 1024
"""Frames that wait in a port for the generator: as many as in a ring of vhost-user here."""

MACS = dict(zip(PORTS, ("02:00:00:00:00:02", "02:00:00:00:00:01"), strict=True))
"""Each port has the address that the load is sent to there."""

UNSENT_MACS = dict(zip(PORTS, ("02:00:00:00:01:01", "02:00:00:00:01:02"), strict=True))
"""Addresses of ports that no frame of the load has: the kernel keeps nothing for itself."""

COUNT_FRAMES = f"ip -n {NAME} -s -j link show > {FOLDER}/counters"
"""Shell command that notes what each port counted, for `port_counters`."""

ENTRIES = "/proc/sys/net/netfilter/nf_conntrack_count"
TRACKING = "/proc/net/stat/nf_conntrack"
MOST_ENTRIES = "/proc/sys/net/netfilter/nf_conntrack_max"

NEEDED = Template(
    """
lacks() { echo "$$*" >&2; exit 1; }
test -w $tun || lacks '$no_tun'
for tool in $tools; do
  name=$${tool%:*} package=$${tool#*:}
  command -v $$name > /dev/null || lacks "$$name is missing: install $$package ($packages_in)"
done
ip netns add $name || lacks "no network namespace: $$(uname -r) lacks CONFIG_NET_NS"
in_it='$inside_it'
$$in_it test -e $mask || lacks "$$(uname -r) has no net.core.rps_default_mask (Linux 6.3 has):" \
  "the DUT would run on the generator's CPU, and what it carries could not be told"
"""
)

# The mask is for devices that are made after it; IPv6 would send frames that nobody asked for.
MADE = Template(
    """
cd /proc/sys/net
echo $cpus > $mask
for of in all default; do test ! -e ipv6 || echo 1 > ipv6/conf/$$of/disable_ipv6; done
"""
)
PORT = Template(
    """
ip tuntap add $port mode tap
ip link set $port address $mac txqueuelen $queue up
"""
)

TUN = "/dev/net/tun"
NO_TUN = f"{TUN} is missing, or not everybody may open it: modprobe tun"

MASK = "/proc/sys/net/core/rps_default_mask"
NO_MASK = "the kernel has no net.core.rps_default_mask (Linux 6.3 has)"


def cpu_mask(cpu: int) -> str:
    """A CPU as the kernel reads a set of them: words of 32 bit in hexadecimal digits.

    >>> cpu_mask(1), cpu_mask(33)
    ('2', '2,00000000')
    """
    words, bit = divmod(cpu, 32)
    return f"{1 << bit:x}" + ",00000000" * words


class KernelDut:
    """Context manager of one brand-new namespace whose work is done on CPU `cpu`.

    A subclass says which `tools` it needs, each with its package, and what is set up in it.
    """

    makes = Makes()
    most_flows: int | None = None
    memory_mb = 0  # of its own: what it takes is the kernel's
    macs = MACS
    tools: dict[str, str] = {}  # noqa: RUF012 - never changed
    packages_in = "envs/apt.txt"
    devices = {TUN: NO_TUN}  # noqa: RUF012 - never changed
    kernel_parts = {MASK: NO_MASK}  # noqa: RUF012 - never changed

    def __init__(
        self, place: Place, settings: dict[str, Any], function: str, program: Path, cpu: int
    ) -> None:
        self._place = place
        self._settings = settings
        self._function = function
        self._program = program
        self._cpu = cpu

    def __enter__(self) -> Self:
        tools = {"ip": "iproute2", "nsenter": "util-linux", **self.tools}
        words = " ".join(f"{tool}:{package}" for tool, package in tools.items())
        named = {"name": NAME, "inside_it": INSIDE_IT, "mask": MASK}
        named |= {"packages_in": self.packages_in, "tun": TUN, "no_tun": NO_TUN}
        ports = (
            PORT.substitute(port=port, mac=mac, queue=QUEUE) for port, mac in self.macs.items()
        )
        made = MADE.substitute(cpus=cpu_mask(self._cpu), mask=MASK) + "".join(ports)
        self._do(f"set -eu\n{NEEDED.substitute(tools=words, **named)}")
        self._within(made + self.set_up())
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing: the namespace ends with the sandbox."""

    def set_up(self) -> str:
        """Shell commands that are run in the namespace when both ports are up."""
        return ""

    def _do(self, script: str) -> str:
        """Run a shell script beside the DUT; DutError with its last line."""
        try:
            return self._place.run(script, poll_s=0.002).stdout
        except CommandError as error:
            raise DutError(f"{self._function}: {error}") from error

    def _within(self, script: str) -> str:
        """The same in the namespace; its lines may hold any character but a single quote."""
        return self._do(f"{INSIDE_IT} sh -euc '{script}'")

    @property
    def attachment(self) -> tuple[list[str], str]:
        """(The ports of inside and outside, shell command that connects them: nothing)."""
        return [f"tap:{NETNS}/{port}" for port in PORTS], ":"

    @property
    def learned_command(self) -> str:
        """Notes the connection-tracking entries."""
        return self._count_entries("learned")

    @property
    def counting_command(self) -> str:
        """Notes them again, and what each port counted."""
        tracking = f"{INSIDE_IT} sh -c 'cat {TRACKING} 2> /dev/null || :' > {FOLDER}/tracking"
        return f"{COUNT_FRAMES}; {tracking}; {self._count_entries('tracked')}"

    def _count_entries(self, file: str) -> str:
        """A kernel that never tracked a connection has no such count."""
        return f"{INSIDE_IT} sh -c 'cat {ENTRIES} 2> /dev/null || echo 0' > {FOLDER}/{file}"

    def counted(self) -> Counted:
        """What the two commands saw; `inside_rx_drop` is what the DUT had no room for.

        `outside_unread` is what the generator did not fetch in time.
        """
        said = self._do(f"cd {FOLDER}; cat learned tracked counters; echo; cat tracking")
        learned, tracked, counters, *tracking = said.splitlines()
        about = tracking_words("\n".join(tracking))
        return Counted(int(learned), int(tracked), port_counters(counters), **about)

    def entries(self) -> int:
        """Connection-tracking entries now."""
        return int(self._do(f"{self._count_entries('entries')}; cat {FOLDER}/entries"))

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make: none."""
        del flows
        return 0

    def facts(self) -> dict[str, str]:
        """Name and version of the kernel, and how its ports queue."""
        version, queueing = self._do(f"uname -r; ip -n {NAME} -j link show dev {PORTS[1]}").split(
            "\n", 1
        )
        discipline = json.loads(queueing)[0]["qdisc"]
        ports = f"TAP, {QUEUE} frames, {discipline}, no offloads"
        return {"name": "Linux", "version": version, "ports": ports}


def tracking_words(said: str) -> dict[str, str]:
    """`no_port` and `forgotten` of `Counted`, from what TRACKING says, a line a CPU.

    A flow for which there is no port keeps one that is taken, and its connection is not inserted.
    """
    names, *rows = [line.split() for line in said.splitlines() if line.strip()] or [[]]
    counts = {
        name: sum(int(row[names.index(name)], 16) for row in rows)
        for name in ("insert_failed", "early_drop")
        if name in names
    }
    keys = {"insert_failed": "no_port", "early_drop": "forgotten"}
    return {keys[name]: f"{name} of the kernel: {count}" for name, count in counts.items() if count}


def port_counters(said: str, ports: Sequence[str] = PORTS) -> dict[str, int]:
    """Frames of both ports, or of other devices, from what `ip -s -j link show` prints.

    Keys like `inside_rx`, `inside_rx_drop` (the DUT had no room), `outside_tx`, which are those
    that were fetched, and `outside_unread`, those that nobody fetched in time.
    """
    found = {}
    for device in json.loads(said):
        port, counts = device["ifname"], device["stats64"]
        if port in ports:
            found |= {
                f"{port}_rx": counts["rx"]["packets"],
                f"{port}_rx_drop": counts["rx"]["dropped"],
                f"{port}_tx": counts["tx"]["packets"],
                f"{port}_unread": counts["tx"]["dropped"],
            }
    return found
