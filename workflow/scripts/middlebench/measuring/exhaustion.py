"""What a NAT does with flows for which its address has no port left, seen through its own ports."""

import socket
import struct
from collections.abc import Callable

from middlebench.functions import PORTS
from middlebench.measuring.check_frames import INSIDE, OUTSIDE, Frame, begins
from middlebench.measuring.check_items import Item
from middlebench.measuring.load_plan import FLOWS_MAX, Flow, plan_flow

MORE = 4096
"""Flows beyond the ports: more than are lost of the others while a machine stops the DUT."""

MOST_ADDRESSES = 4
"""So many addresses' ports are taken within seconds; of a greater pool not all are."""

EVERY_US = 5

_ENDS, _HOST = slice(26, 36), slice(30, 34)
_IP_CHECKSUM, _CHECKSUMS = slice(24, 26), {"udp": slice(40, 42), "tcp": slice(50, 52)}


def exhaust(
    exchange: Callable[..., list[Frame]], addresses: int, protocol: str = "udp", seed: int = 1
) -> Item:
    """Begin more flows to one host than so many SNAT addresses have ports.

    What becomes of those without a port is left to the DUT, but none may come out as it is: hosts
    of the inside are not to be seen outside.
    """
    flows = [plan_flow(number, seed, FLOWS_MAX) for number in range(PORTS * addresses + MORE)]
    return judge_exhausted(flows, exchange(first_frames(protocol, flows), every_us=EVERY_US))


def judge_exhausted(flows: list[Flow], came: list[Frame]) -> Item:
    """The item `untranslated_dropped`, from what came out of flows to one host."""
    host = socket.inet_aton(flows[0].dst)
    outside = {frame[_ENDS] for port, frame in came if port == OUTSIDE and frame[_HOST] == host}
    inside = {socket.inet_aton(flow.src): flow for flow in flows}
    leaked = [inside[end[:4]] for end in sorted(outside) if end[:4] in inside]
    told = f"of {len(flows)} flows to one host {len(outside) - len(leaked)} came out translated"
    if leaked:
        told += f", {len(leaked)} as they are, the first from {leaked[0].src}:{leaked[0].sport}"
    return Item("untranslated_dropped", len(outside) > len(leaked) == 0, told)


def first_frames(protocol: str, flows: list[Flow]) -> list[Frame]:
    """What begins each flow, as `begins` makes it, but for its content, and far faster."""
    _, template = begins(protocol, INSIDE, flows[0], "out0")
    at = _CHECKSUMS[protocol]
    first = _words(flows[0])
    # of all that is the same in every frame, as ones' complement sums
    of_header = -int.from_bytes(template[_IP_CHECKSUM], "big") - sum(first[:4])
    of_all = -int.from_bytes(template[at], "big") - sum(first)
    none = 0xFFFF if protocol == "udp" else 0  # RFC 768: zero says that there is none
    frames = []
    for flow in flows:
        frame, words = bytearray(template), _words(flow)
        frame[_ENDS] = struct.pack("!5H", *words)
        frame[_IP_CHECKSUM] = _checksum(of_header + sum(words[:4]))
        frame[at] = _checksum(of_all + sum(words), none)
        frames.append((INSIDE, bytes(frame)))
    return frames


def _words(flow: Flow) -> tuple[int, ...]:
    """Addresses and source port."""
    ends = socket.inet_aton(flow.src) + socket.inet_aton(flow.dst)
    return (*struct.unpack("!4H", ends), flow.sport)


def _checksum(total: int, zero: int = 0) -> bytes:
    """RFC 1624: the complement of a sum of words in ones' complement, so modulo 0xFFFF."""
    return (-total % 0xFFFF or zero).to_bytes(2, "big")
