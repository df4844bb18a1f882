"""netsniff-ng's trafgen as a second generator, into a switch whose ports are the kernel's.

Both ports of the switch are DPDK's af_packet devices, each on an end of a veth pair; a generator
has the other ends, and the kernel counts what passes.
"""

import re
from typing import NamedTuple

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from middlebench.duts.interface import FOLDER
from middlebench.duts.ovs.sandbox import OvsDpdk
from middlebench.duts.ovs.switch import ANSWER_S
from middlebench.duts.supplied import PORTS
from middlebench.testbeds.sandbox import Sandbox

SECONDS = 3
LINES = {port: (f"gen_{port}", f"dut_{port}") for port in PORTS}
"""Both ends of each veth pair."""

RING = "blocksz=65536,framesz=2048,framecnt=8192"
"""Room for what trafgen sends in 20 ms: longer than a shared machine stops a core."""


class KernelPorts(OvsDpdk):
    """An `OvsDpdk` on veth pairs; its ports are there for all generators that come and go."""

    def __enter__(self) -> "KernelPorts":
        for ends in LINES.values():
            up = "; ".join(f"ip link set {end} addrgenmode none up" for end in ends)
            self._place.run(f"ip link add {ends[0]} type veth peer name {ends[1]}; {up}")
        super().__enter__()
        self.wait_until_started()
        for number, (port, (_, end)) in enumerate(LINES.items(), start=1):
            self._place.run(
                f"export OVS_RUNDIR={FOLDER}; ovs-vsctl --timeout={ANSWER_S} del-port {port} && "
                f"ovs-vsctl --timeout={ANSWER_S} add-port br0 {port} -- set interface {port} "
                f"type=dpdk ofport_request={number} "
                f"options:dpdk-devargs=net_af_packet_{port},iface={end},{RING}"
            )
        return self

    @property
    def attachment(self) -> tuple[list[str], str]:
        """The generator's ends of the pairs; nothing is to be connected."""
        ends = enumerate(LINES.values())
        return [f"net_af_packet{number},iface={end}" for number, (end, _) in ends], ":"


class Sent(NamedTuple):
    """What trafgen sent by its own count and clock, and what the kernel counted."""

    packets: int
    seconds: float
    taken: int
    """By the generator's end of the inside."""
    came: int
    """At the generator's end of the outside."""


def trafgen(sandbox: Sandbox, cpu: int, rate_pps: int, frame_size: int, flows: int) -> Sent:
    """So many packets in each of SECONDS: it sends them as fast as it can, then rests."""
    load = f"{FOLDER}/load"
    packets = "\n".join(_packet(flow, frame_size) for flow in range(flows))
    sandbox.run(f"cat > {load} << end\n{packets}\nend")
    before = _kernel_counts(sandbox)
    said = sandbox.run(
        f"taskset -c {cpu} trafgen --dev {LINES['inside'][0]} --conf {load} --cpus 1 "
        f"--rate {rate_pps}pps --num {SECONDS * rate_pps} 2>&1"
    ).stdout
    taken, came = (b - a for a, b in zip(before, _kernel_counts(sandbox), strict=True))
    count = int(re.search(r"(\d+) packets outgoing", said)[1])
    whole, micro = map(int, re.search(r"(\d+) sec, (\d+) usec on CPU", said).groups())
    return Sent(count, whole + micro / 1e6, taken, came)


def _kernel_counts(sandbox: Sandbox) -> tuple[int, int]:
    """Frames that the generator's ends sent on the inside and got on the outside."""
    said = sandbox.run("cat /proc/net/dev").stdout
    columns = {}
    for name, column in zip(LINES, (8, 0), strict=True):  # received and sent begin there
        numbers = re.search(rf"{re.escape(LINES[name][0])}:(.*)", said)[1].split()
        columns[name] = int(numbers[column + 1])
    return columns["inside"], columns["outside"]


def _packet(flow: int, frame_size: int) -> str:
    """A frame of UDP in trafgen's words; with right checksums, as softgen's have."""
    headers = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    headers /= IP(src=f"10.0.{flow // 250}.{flow % 250 + 1}", dst="198.18.0.1")
    headers /= UDP(sport=1024 + flow, dport=9)
    frame = bytes(headers / Raw(bytes(frame_size - 4 - len(headers))))
    return f"{{ {', '.join(map(hex, frame))} }}"
