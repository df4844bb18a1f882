"""NATs of rootless containers as DUTs: they are ordinary programs, and need no privileges.

Each makes a TAP device in a container's network namespace, takes frames from there, and sends what
is in them by sockets of the host's.  Here the host is the namespace with both ports of the load.
The container is empty: its device is moved to the host once it is there, and frames are handed on
between it and the port `inside` before any stack looks at them.
"""

import hashlib
from string import Template
from typing import Any, Self

from middlebench.duts.interface import FOLDER, Counted
from middlebench.duts.linux.namespace import INSIDE_IT, MACS, NAME, QUEUE, KernelDut, port_counters
from middlebench.duts.supplied import PORTS, as_used
from middlebench.errors import DutError
from middlebench.functions import Makes

GUEST = "guest"
"""Namespace of the container."""

STACK = "stack"
"""The program's device."""

PROCESS = f"{FOLDER}/nat.pid"
LOG = f"{FOLDER}/nat.log"

ENDS = {"far": MACS[PORTS[0]], "near": MACS[PORTS[1]]}
"""MAC addresses of what the load is sent to, and of what sends it."""

SPARE_FILES = 160
"""Descriptors that are no flow's: seen are 147 with pasta."""

# One neighbour whose address is known.  A program of the load's inside hosts asks who they are
# (ARP): the kernel answers for all of them, and forwards nothing, as no IPv4 gets past `wire`.
HOST = Template(
    """
ip address add $snat_address/32 dev outside
ip neighbour add 192.0.2.130 lladdr $far nud permanent dev outside
ip route add default via 192.0.2.130 dev outside onlink
ip route add 10.0.0.0/8 dev inside
for of in all outside; do echo 0 > ipv4/conf/$$of/rp_filter; done
ip netns add $guest
"""
)
STARTED = Template(
    """
cd $folder
ulimit -n $$(ulimit -Hn)
$in_it taskset -c $cpu $program > $log 2>&1 < /dev/null &
echo $$! > $process
looks=0
until ip -n $guest link show $stack > /dev/null 2>&1; do
  looks=$$((looks + 1))
  test $$looks -lt 500 && test -e /proc/$$!/exe || { tail -n 1 $log >&2; exit 1; }
  sleep 0.01
done
ip -n $guest link set $stack netns $name
"""
)
# Whatever MAC addresses the program gives frames: on a wire they are those of both ends.
WIRED = Template(
    """
ip link set $stack txqueuelen $queue up
cd /proc/sys/net/ipv4
echo 1 > conf/$stack/forwarding
echo 1 > conf/$stack/proxy_arp
echo 0 > neigh/$stack/proxy_delay
nft -f - <<END
table netdev wire {
  chain inside {
    type filter hook ingress device "inside" priority 0;
    ether type ip fwd to "$stack"
  }
  chain stack {
    type filter hook ingress device "$stack" priority 0;
    ether type ip ether saddr set $far ether daddr set $near fwd to "inside"
  }
}
END
"""
)


class UserNat(KernelDut):
    """Context manager of one brand-new program with its two namespaces (see `duts.interface`).

    A subclass says its `command`, with its file's options, and which package it is of.
    """

    packages_in = "envs/apt-extra.txt"
    package = ""
    ttl_less = 0
    """What it takes from the TTL of a packet on its way out."""
    wake = ":"
    """Shell command, run in the host's namespace before any load comes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._options = ""

    def command(self, options: str) -> str:
        """What is run in the host's namespace."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        lines = as_used(self._program, self._settings).splitlines()
        self._options = " ".join(line for line in lines if not line.startswith("#"))
        super().__enter__()
        started = STARTED.substitute(
            folder=FOLDER,
            in_it=INSIDE_IT,
            cpu=self._cpu,
            program=self.command(self._options),
            log=LOG,
            process=PROCESS,
            guest=GUEST,
            stack=STACK,
            name=NAME,
        )
        self._do(f"set -eu\n{started}")
        self._within(WIRED.substitute(stack=STACK, queue=QUEUE, **ENDS) + self.wake)
        said = self._do(f"sed -n 's/^Max open files *//p' /proc/$(cat {PROCESS})/limits")
        self.most_flows = int(said.split()[0]) - SPARE_FILES
        return self

    def __exit__(self, under_way: type[BaseException] | None, *_: object) -> None:
        if under_way and not issubclass(under_way, Exception):
            return  # this process is to end, and the sandbox does
        lives = f"test -e /proc/$(cat {PROCESS})/exe && echo lives || tail -n 1 {LOG}"
        if (said := self._do(lives).strip()) != "lives":
            raise DutError(f"{self._options.split()[0]} is gone: {said}")

    def set_up(self) -> str:
        """Addresses, neighbours and routes of the host."""
        address = self._settings["snat_address"]
        return HOST.substitute(snat_address=address, guest=GUEST, **ENDS)

    @property
    def makes(self) -> Makes:
        """Packets of the host's own."""
        address = self._settings["snat_address"]
        return Makes(address, ttl_less=self.ttl_less, new_id=True, bridges=False)

    def _count_entries(self, file: str) -> str:
        """A flow has a socket."""
        return (
            f"{INSIDE_IT} sed -n 's/^UDP: inuse \\([0-9]*\\).*/\\1/p' /proc/net/sockstat "
            f"> {FOLDER}/{file}"
        )

    def expected_entries(self, flows: int) -> int:
        """A socket a flow."""
        return flows

    def counted(self) -> Counted:
        """As `KernelDut.counted`: what waits for the program without room is the DUT's too."""
        found = super().counted()
        said = self._do(f"cat {FOLDER}/counters")
        waiting = port_counters(said, (STACK,))[f"{STACK}_unread"]
        lost = found.frames["inside_rx_drop"] + waiting
        return found._replace(frames=found.frames | {"inside_rx_drop": lost})

    def facts(self) -> dict[str, str]:
        """What was measured: the package, options, what it runs on."""
        found = super().facts()
        version = self._do(f"dpkg-query -W {self.package}").split()[-1]
        text = as_used(self._program, self._settings)
        return found | {
            "name": type(self).__name__.lower(),
            "version": version,
            "kernel": found["version"],
            "options": self._options,
            "rules": self._program.name,
            "rules_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "most_entries": str(self.most_flows),
        }
