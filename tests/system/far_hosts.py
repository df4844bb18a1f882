"""Two hosts and two cables on this machine: a sandbox with two pairs of veth, and an sshd for each.

The DUT's ports are d1 and d2, the generator's l1 and l2; d1 and l1 are the ends of one cable.  Both
hosts are the same namespaces, entered by what their sshd is told to run; only their folders for
temporary files, and with them their locks, are two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from middlebench.testbeds.sandbox import Sandbox
from sshd import running_sshd

# Without IPv6 the kernel sends nothing of its own on them.
CABLES = """
sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
for n in 1 2; do
  ip link add d$n type veth peer name l$n
  ip link set d$n arp off multicast off up
  ip link set l$n arp off multicast off up
done
"""


class FarHosts:
    """What a test needs to know of them."""

    def __init__(self, sandbox: Sandbox, settings: dict[str, dict]) -> None:
        self._sandbox = sandbox
        self.settings = settings
        """What `connect.open_host` takes, by `dut` and `loadgen`."""

    def run(self, command: str) -> str:
        """What a command prints inside."""
        return self._sandbox.run(command).stdout

    def processes(self) -> list[str]:
        """The programs that run inside, but for the one that holds it and those that ask."""
        lines = self.run("ps -e -o pid=,stat=,args=").splitlines()
        entries = [line.split(None, 2) for line in lines]
        mine = ("ps -e -o", "sh -c ps -e", "cat", "nsenter")
        return [
            args
            for pid, state, args in entries
            if pid != "1" and not state.startswith("Z") and not args.startswith(mine)
        ]

    def left(self) -> list[str]:
        """The runs' folders that are there."""
        return self.run("ls -d /run/*/middlebench-* 2> /dev/null || :").splitlines()

    def testbed(self) -> dict:
        """The two as a testbed of the configuration, softgen being the generator."""
        ports = {
            side: [{"vdev": f"net_af_packet{n},iface={side}{n + 1}"} for n in (0, 1)]
            for side in "dl"
        }
        return {
            "virtual": False,
            "link_mbit": 10000,
            "gate": False,
            "host": self.settings["dut"],
            "ports": ports["d"],
            "loadgen": {
                "host": self.settings["loadgen"],
                "generator": "softgen",
                "ports": ports["l"],
            },
        }


@contextmanager
def far_hosts(folder: Path) -> Iterator[FarHosts]:
    """Two hosts whose files are in `folder` (made)."""
    folder.mkdir()
    with Sandbox() as sandbox:
        sandbox.run(CABLES)
        enter = sandbox.entering
        ways = {
            name: f"{enter} env TMPDIR=/run/{name} PATH=/usr/sbin:/usr/bin:/sbin:/bin"
            for name in ("dut", "loadgen")
        }
        sandbox.run(f"mkdir {' '.join(f'/run/{name}' for name in ways)}")
        with (
            running_sshd(folder / "dut", name="dut", enter=ways["dut"]) as dut,
            running_sshd(folder / "loadgen", name="loadgen", enter=ways["loadgen"]) as loadgen,
        ):
            yield FarHosts(sandbox, {"dut": dut.settings, "loadgen": loadgen.settings})
