"""The frames of the functional check: made, and told apart when they come back.

Port 0 is the inside, port 1 the outside.  A UDP frame is known by a tag in its payload; a TCP frame
by its sequence number, as nothing is in a SYN and no DUT rewrites it.
"""

from typing import NamedTuple

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

INSIDE, OUTSIDE = 0, 1
HOSTS = ("10.1.0.1", "10.1.0.2")
"""Two inside hosts that use one source port: behind one address, one of them must get another."""

SERVER = "198.18.1.1"
STRANGER = "198.19.1.1"
HOST_PORT, SERVER_PORT = 4242, 53
ELSEWHERE = "203.0.113.1"
"""Neither inside nor outside (RFC 5737): no rule by address lets it in."""

LAYOUT = {INSIDE: "02:00:00:00:00:01", OUTSIDE: "02:00:00:00:00:02"}
Frames = list[tuple[int, bytes]]
Tagged = dict[str, tuple[int, Ether]]
"""What came back by tag, with its port; ARP under `arp`."""

_UNSOLICITED = ("direct", "mapped", "service", "elsewhere")
_TAGS = ("out0", "out1", *(f"unsolicited-{name}" for name in _UNSOLICITED), "reply0", "reply1")
_BEGINNINGS = {tag: 1000 * number for number, tag in enumerate(_TAGS, start=1)}
_BEGINNINGS["canary"] = _BEGINNINGS["out0"]  # sent again: to a tracker, a retransmission
_WINDOW = 65535
_DATA = "-data"


class Flow(NamedTuple):
    """Addresses and ports of a frame as its sender has them."""

    src: str
    sport: int
    dst: str
    dport: int


def begins(protocol: str, port: int, flow: Flow, tag: str) -> tuple[int, bytes]:
    """What begins a connection, sent into `port`: a UDP packet or a SYN."""
    if protocol == "udp":
        return _udp(port, flow, tag)
    return _segment(port, flow, "S", _BEGINNINGS[tag], 0)


def answers(protocol: str, flow: Flow, tag: str, begun: str) -> tuple[int, bytes]:
    """The server's answer to the frame `begun`: a UDP packet or a SYN-ACK."""
    if protocol == "udp":
        return _udp(OUTSIDE, flow, tag)
    return _segment(OUTSIDE, flow, "SA", _BEGINNINGS[tag], _BEGINNINGS[begun] + 1)


def data(port: int, flow: Flow, tag: str, other: str) -> tuple[int, bytes]:
    """TCP: data after the frame `tag`, which acknowledges the other side's `other`."""
    payload = (tag + _DATA).encode()
    numbers = (_BEGINNINGS[tag] + 1, _BEGINNINGS[other] + 1)
    return _segment(port, flow, "PA", *numbers, payload)


def arp_request() -> tuple[int, bytes]:
    """From the inside to everybody."""
    who_has = ARP(op=1, hwsrc=LAYOUT[INSIDE], psrc=HOSTS[0], pdst=SERVER)
    frame = Ether(src=LAYOUT[INSIDE], dst="ff:ff:ff:ff:ff:ff") / who_has / Raw(bytes(18))
    return INSIDE, bytes(frame)


def by_tag(frames: Frames) -> Tagged:
    """The check's frames among those that came back; data of TCP as `<tag>-data`."""
    seen = {}
    tags = {number: tag for tag, number in _BEGINNINGS.items() if tag != "canary"}
    for port, received in frames:
        frame = Ether(received)
        if ARP in frame:
            seen["arp"] = (port, frame)
        elif UDP in frame and Raw in frame:
            seen[bytes(frame[Raw]).rstrip(b".").decode("latin-1")] = (port, frame)
        elif TCP in frame:
            number, kind = frame[TCP].seq, "" if "S" in frame[TCP].flags else _DATA
            seen[f"{tags.get(number - bool(kind))}{kind}"] = (port, frame)
    return seen


def transport(frame: Ether) -> Packet:
    """The UDP or TCP layer of a frame."""
    return frame[UDP] if UDP in frame else frame[TCP]


def flow_of(frame: Ether) -> Flow:
    """Addresses and ports of a frame."""
    ports = transport(frame)
    return Flow(frame[IP].src, ports.sport, frame[IP].dst, ports.dport)


def checksum_fault(frame: Ether) -> str | None:
    """Which checksum of an IPv4 frame is wrong; scapy computes both anew."""
    again = frame.copy()
    del again[IP].chksum, transport(again).chksum
    again = Ether(bytes(again))
    for layer in (IP, type(transport(frame))):
        if again[layer].chksum != frame[layer].chksum:
            return (
                f"{layer.__name__} checksum {frame[layer].chksum:#06x}, "
                f"right: {again[layer].chksum:#06x}"
            )
    return None


def _udp(port: int, flow: Flow, tag: str) -> tuple[int, bytes]:
    packet = UDP(sport=flow.sport, dport=flow.dport) / Raw(tag.encode().ljust(18, b"."))
    return port, bytes(_headers(port, flow) / packet)


def _segment(
    port: int, flow: Flow, flags: str, number: int, acknowledged: int, payload: bytes = b""
) -> tuple[int, bytes]:
    ports = {"sport": flow.sport, "dport": flow.dport}
    numbers = {"seq": number, "ack": acknowledged}
    segment = TCP(**ports, **numbers, flags=flags, window=_WINDOW) / payload
    return port, bytes(_headers(port, flow) / segment).ljust(60, b"\0")


def _headers(port: int, flow: Flow) -> Packet:
    return Ether(src=LAYOUT[port], dst=LAYOUT[1 - port]) / IP(src=flow.src, dst=flow.dst)
