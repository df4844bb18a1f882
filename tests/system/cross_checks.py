"""softgen's numbers against what others see: tcpdump's capture, scapy, the switch's table.

A check raises AssertionError with what is wrong.
"""

import json
import re
import shlex
import statistics
import sys
from ipaddress import ip_address, ip_network
from itertools import cycle
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import RawPcapReader

from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.softgen import EAL, Softgen
from middlebench.measuring.assembly import assembled
from middlebench.measuring.parts import Parts
from middlebench.testbeds.sandbox import Sandbox

RUN_ID = 0x12345678
LEARN_PPS = 5000
HEADERS = 14 + 20 + 8
INSIDE, OUTSIDE = ip_network("10.0.0.0/8"), ip_network("198.18.0.0/15")
CLOCK_TOLERANCE = 0.002
"""Of the TSC's frequency; softgen calibrates over a tenth of a second."""
RATE_TOLERANCE = 0.005
END = b"\2\0\0\0\0\2\2\0\0\0\0\1\x88\xb5" + b"the load is over".ljust(46)
"""The last frame of a capture, of an EtherType for experiments (IEEE 802): what was sent before it
is in the file when it is."""

# tcpdump as uid 0 gives up its privileges, which a user namespace does not allow: so it has another
# uid, and keeps its capabilities.  Without addresses the kernel sends nothing of its own.
CAPTURE = Template(
    """
ip link add v0 type veth peer name v1
for end in v0 v1; do ip link set $$end addrgenmode none; ip link set $$end up; done
taskset -c $capture_cpu tcpdump -i v1 -s 2048 -B 16384 --immediate-mode -U -w $file 2> said &
until grep -q 'listening on' said; do kill -0 $$! || { cat said >&2; exit 1; }; sleep 0.01; done
$softgen
$python -c "$send_end"
until tail -c 60 $file | grep -q 'the load is over'; do kill -0 $$!; sleep 0.02; done
kill -INT $$!
wait $$!
grep -q '^0 packets dropped by kernel' said || { cat said >&2; exit 1; }
cat result
"""
)
SEND_END = f"import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); \
s.bind(('v0', 0)); s.send(bytes.fromhex('{END.hex()}'))"


class Frame(NamedTuple):
    """One captured frame: time stamp [s], and its bytes without FCS."""

    time: float
    data: bytes

    @property
    def sequence(self) -> int:
        """Its sequence number."""
        return int.from_bytes(self.data[HEADERS + 4 : HEADERS + 10], sys.byteorder)

    @property
    def stamp(self) -> int:
        """Its send stamp [TSC cycles]."""
        return int.from_bytes(self.data[HEADERS + 10 : HEADERS + 18], sys.byteorder)

    @property
    def five_tuple(self) -> bytes:
        """Protocol, addresses and ports, as they lie in the frame."""
        return self.data[23:24] + self.data[26:38]


class Captured(NamedTuple):
    """A trial through nothing but a veth pair: softgen's result, and all frames on the pair."""

    result: dict[str, Any]
    frames: list[Frame]

    @property
    def window(self) -> list[Frame]:
        """The window's frames, found without softgen's counters of packets.

        Flow 0 until a frame came through, all flows some times in turn, the window (without
        warm-up), and probes if the last packets were lost.
        """
        flows = [frame.five_tuple for frame in self.frames]
        ready = next(i for i, flow in enumerate(flows) if flow != flows[0]) - 1
        learned = self.result["learn_passes"] * self.result["flows"]
        return self.frames[ready + learned : len(flows) - self.result["probes"]]


def capture(
    binary: Path,
    folder: Path,
    frame_size: int,
    flows: int,
    rate_pps: float,
    window_ms: float,
    protocol: str = "udp",
) -> Captured:
    """Send on one end of a veth pair, receive and capture on the other; files go to `folder`."""
    capture_cpu, generator_cpu = choose_cpus()
    # what the captured end sends, the answers to SYNs, shows only if it takes the usual way out
    devices = "--vdev=net_af_packet0,iface=v0 --vdev=net_af_packet1,iface=v1,qdisc_bypass=0"
    softgen = (
        f"{shlex.quote(str(binary))} -l {generator_cpu} {EAL} -m {Softgen.memory_mb} {devices} -- "
        f"--frame-size {frame_size} --flows {flows} --rate-pps {rate_pps} --run-id {RUN_ID} "
        f"--learn-pps {LEARN_PPS} --warmup-ms 0 --window-ms {window_ms} "
        f"--protocol {protocol} --out result"
    )
    script = CAPTURE.substitute(
        softgen=softgen,
        file="frames.pcap",
        capture_cpu=capture_cpu,
        python=shlex.quote(sys.executable),
        send_end=SEND_END,
    )
    command = (
        f"cd {shlex.quote(str(folder))}; exec timeout -k 1 30 "
        f"unshare --user --map-user=1000 --keep-caps --net sh -euc {shlex.quote(script)}"
    )
    with Sandbox() as sandbox:
        result = json.loads(sandbox.run(command).stdout)
    return Captured(result, read_frames(folder / "frames.pcap"))


def read_frames(path: Path) -> list[Frame]:
    """All frames of a capture but the last, END; each must be there as long as it was."""
    frames = []
    with RawPcapReader(str(path)) as reader:
        for data, about in reader:
            require(about.caplen == about.wirelen, f"{about.wirelen} B frame was cut")
            frames.append(Frame(about.sec + about.usec / 1e6, data))
    require(frames.pop().data == END, "the last frame is not the capture's own")
    return frames


def check_counts(captured: Captured) -> None:
    """Frames in all, and frames of the window, are exactly as many as the capture has."""
    result, frames = captured
    counted = {name: result[name] for name in ("sent_total", "received_total")}
    for name, count in counted.items():
        require(count == len(frames), f"{name}: {count}, captured: {len(frames)}")
    sent, seen = result["raw"]["sent"], len(captured.window)
    require(sent == seen, f"sent within the window: {sent}, captured: {seen}")


def check_frames(captured: Captured, *frame_sizes: int) -> None:
    """Every frame is, byte for byte, what scapy makes of its addresses, source port and payload.

    Its size is the next of those that were asked for, again and again.
    """
    for (_, data), frame_size in zip(captured.frames, cycle(frame_sizes), strict=False):
        size = len(data)
        require(size == frame_size - 4, f"{size} B without FCS; asked for {frame_size} B with FCS")
        seen = Ether(data)
        right = rebuilt(seen, data[HEADERS:])
        require(data == right, f"not as scapy makes it: {', '.join(different(seen, right))}")
        require(ip_address(seen[IP].src) in INSIDE, f"source {seen[IP].src}")
        require(ip_address(seen[IP].dst) in OUTSIDE, f"destination {seen[IP].dst}")
        run_id = int.from_bytes(data[HEADERS : HEADERS + 4], sys.byteorder)
        require(run_id == RUN_ID, f"run id {run_id:#x}")


def rebuilt(seen: Ether, payload: bytes) -> bytes:
    """The frame as scapy makes it, with its own lengths and checksums."""
    return bytes(
        Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01", type=0x800)
        / IP(src=seen[IP].src, dst=seen[IP].dst, id=0, flags="DF", ttl=64, proto=17)
        / UDP(sport=seen[UDP].sport, dport=9)
        / Raw(payload)
    )


def different(seen: Ether, right: bytes) -> list[str]:
    """The header fields that are not as they should be, with the right value behind."""
    other = Ether(right)
    return [
        f"{layer.__name__}.{name} {getattr(seen[layer], name)} ({getattr(other[layer], name)})"
        for layer in (Ether, IP, UDP)
        for name in seen[layer].fields
        if getattr(seen[layer], name) != getattr(other[layer], name)
    ]


def check_sequence(captured: Captured) -> None:
    """The frames are numbered from 0, in the order in which they were sent, without a hole."""
    for number, frame in enumerate(captured.frames):
        require(frame.sequence == number, f"frame {number} has sequence number {frame.sequence}")


def check_rate(captured: Captured, rate_pps: float) -> None:
    """Length and rate of the window are right by the capture's clock too.

    The machine may stop at the window's two ends, so they are known to twice the longest gap.
    """
    result, window = captured.result["raw"], captured.window
    span = window[-1].time - window[0].time
    stops = 2e-6 * captured.result["generator_gaps"]["max_us"] / result["duration_s"]
    tolerance = RATE_TOLERANCE + stops
    counted, seen = result["sent"] / result["duration_s"], (len(window) - 1) / span
    for what, asked, found in (
        ("window [s]", result["duration_s"], span),
        ("sent [packets/s]", counted, seen),
        ("offered [packets/s]", rate_pps, seen * result["offered"] / result["sent"]),
    ):
        require(
            abs(found / asked - 1) <= tolerance,
            f"{what}: {asked:.6g}, by the capture {found:.6g} (tolerance {tolerance:.1%})",
        )


def check_clock(captured: Captured) -> None:
    """The TSC is as fast as softgen takes it to be: the median speed over half the capture.

    Stops of the machine delay few frames, so they do not move a median.
    """
    frames = captured.frames
    half = len(frames) // 2
    speeds = [
        (later.stamp - frame.stamp) / (later.time - frame.time)
        for frame, later in zip(frames, frames[half:], strict=False)
    ]
    ratio = captured.result["tsc_hz"] / statistics.median(speeds)
    require(
        abs(ratio - 1) <= CLOCK_TOLERANCE, f"TSC: softgen's frequency is {ratio:.4f} of the true"
    )


def check_flows(captured: Captured, flows: int) -> None:
    """As many distinct 5-tuples were sent as were asked for."""
    found = len({frame.five_tuple for frame in captured.frames})
    require(found == flows, f"distinct 5-tuples: {found}, asked for: {flows}")


def check_tracked(parts: Parts, settings: dict[str, Any], flows: int, rate_mbit: float) -> None:
    """The switch's connection-tracking table has each flow once, under a 5-tuple of its own.

    With TCP every connection is established.
    """
    protocol = settings["protocol"]
    with assembled(parts, settings["dut"]) as made:
        made.generator.run_trial(rate_mbit, 64, flows, settings, RUN_ID)
        table = [line for line in made.dut.tracked() if line.startswith(protocol)]
    inside = {re.search(r"orig=\((.*?)\)", line).group(1) for line in table}
    require(
        len(table) == len(inside) == flows,
        f"tracked: {len(table)} entries, {len(inside)} 5-tuples; asked for: {flows}",
    )
    if protocol == "tcp":
        established = sum("state=ESTABLISHED" in line for line in table)
        require(established == flows, f"established: {established} of {flows} connections")


def require(holds: bool, wrong: str) -> None:
    """AssertionError with what is wrong unless it holds: pytest explains only tests' asserts."""
    if not holds:
        raise AssertionError(wrong)
