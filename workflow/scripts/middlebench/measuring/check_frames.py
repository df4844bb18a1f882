"""The frames of the functional check: made, and told apart when they come back.

Port 0 is the inside, port 1 the outside.  A UDP frame is known by a tag in its payload; a TCP frame
by its sequence number, as nothing is in a SYN and no DUT rewrites it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable

from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

from middlebench.functions import Makes
from middlebench.measuring.load_plan import Flow

INSIDE, OUTSIDE = 0, 1
LAYOUT = {INSIDE: "02:00:00:00:00:01", OUTSIDE: "02:00:00:00:00:02"}
"""MAC addresses, as in the load."""

LENGTHS = (60, 61, 60, 128, 60, 60, 61, 1514)
"""Of frames without FCS [B], flow after flow: smallest, largest, and an odd one for checksums."""

Frame = tuple[int, bytes]
"""Where it is sent into or came out of, and its bytes without FCS."""

Came = dict[str, list[tuple[int, Ether]]]
"""What came out by tag, each time that it did, with its port."""

ARP_TAG = "arp"
_ARP_LENGTH = 42
_BROADCAST = "ff:ff:ff:ff:ff:ff"
_KINDS = ("canary", "out", "reply", "stranger")
_DATA = "-data"
_TAG = re.compile(rf"({'|'.join(_KINDS)})(\d+)({_DATA})?\.")
_WINDOW = 65535
_VLAN = {0x8100: "802.1Q", 0x88A8: "802.1ad"}
_FILLER = bytes(range(256)) * 6


def begins(protocol: str, port: int, flow: Flow, tag: str) -> Frame:
    """What begins a connection, sent into `port`: a UDP packet or a SYN."""
    if protocol == "udp":
        return _udp(port, flow, tag)
    return _segment(port, flow, "S", _isn(tag), 0)


def answers(protocol: str, flow: Flow, tag: str, begun: str) -> Frame:
    """The server's answer to the frame `begun`: a UDP packet or a SYN-ACK."""
    if protocol == "udp":
        return _udp(OUTSIDE, flow, tag)
    return _segment(OUTSIDE, flow, "SA", _isn(tag), _isn(begun) + 1)


def data(protocol: str, port: int, flow: Flow, tag: str, other: str) -> Frame:
    """What follows the frame `tag`; TCP's data acknowledges the other side's `other`."""
    if protocol == "udp":
        return _udp(port, flow, data_tag(tag))
    return _segment(port, flow, "PA", _isn(tag) + 1, _isn(other) + 1, _length(tag))


def data_tag(tag: str) -> str:
    """The tag of what follows the frame `tag`."""
    return tag + _DATA


def arp_request(flow: Flow) -> Frame:
    """From a flow's host to everybody: who is its server?"""
    who_has = ARP(op=1, hwsrc=LAYOUT[INSIDE], psrc=flow.src, pdst=flow.dst)
    frame = Ether(src=LAYOUT[INSIDE], dst=_BROADCAST) / who_has / Raw(bytes(18))
    return INSIDE, bytes(frame)


def by_tag(frames: Iterable[Frame]) -> Came:
    """The check's frames among those that came back; what else a cable carries is left out."""
    seen: Came = defaultdict(list)
    for port, received in frames:
        frame = Ether(received)
        tag = _tag(frame)
        if tag:
            seen[tag].append((port, frame))
    return dict(seen)


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


def change_fault(frame: Ether, sent: Ether, makes: Makes) -> str | None:
    """What a DUT changed that it has not to change, addresses, ports and checksums of IPv4 aside.

    Padding is left out: a kernel cuts it off what it forwards.
    """
    sent = _as_made(sent, frame, makes)
    if ARP in sent:
        same = bytes(frame)[:_ARP_LENGTH] == bytes(sent)[:_ARP_LENGTH]
        return None if same else f"another content: {frame.summary()}"
    if frame.type in _VLAN and frame.type != sent.type:
        return f"a VLAN tag ({_VLAN[frame.type]}), expected none"
    for layer in (Ether, IP, type(transport(sent))):
        if layer not in frame:
            return f"no {layer.__name__}: {frame.summary()}"
        for name in (field.name for field in layer.fields_desc):
            got, wanted = (one[layer].getfieldval(name) for one in (frame, sent))
            if (layer, name) == (IP, "ttl"):
                wanted -= makes.ttl_less
            if got != wanted and not _is_rewritten(layer, name):
                return f"{layer.__name__}.{name} {got}, expected {wanted}"
    got, wanted = (bytes(one[Raw]) if Raw in one else b"" for one in (frame, sent))
    return None if got == wanted else f"a payload of {len(got)} B that is not the one sent"


def _as_made(sent: Ether, frame: Ether, makes: Makes) -> Ether:
    """What was sent with the MAC addresses and the identification that it has to come out with."""
    made = sent.copy()
    if makes.swapped:
        made.src, made.dst = sent.dst, sent.src
    if makes.new_source_mac:
        made.src = frame.src
        if made.dst == _BROADCAST:  # testpmd gives it its neighbour's address
            made.dst = frame.dst
    if makes.new_id and IP in made and IP in frame:
        made[IP].id = frame[IP].id
    return made


def _is_rewritten(layer: type[Packet], field: str) -> bool:
    """May the field differ?  Addresses, ports and checksums of IPv4 are judged as a whole."""
    return layer is not Ether and field in ("src", "dst", "sport", "dport", "chksum")


def _tag(frame: Ether) -> str | None:
    if ARP in frame:
        return ARP_TAG
    if IP not in frame:
        return None
    if UDP in frame and Raw in frame:
        found = _TAG.match(bytes(frame[Raw]).decode("latin-1"))
        return found and found[0][:-1]
    if TCP not in frame:
        return None
    kind, rest = divmod(frame[TCP].seq, 10**6)
    number, after = divmod(rest, 1000)
    if not 0 < kind <= len(_KINDS) or after > 1:
        return None
    return f"{_KINDS[kind - 1]}{number}{_DATA if after else ''}"


def _isn(tag: str) -> int:
    """The sequence number that a frame of TCP is known by."""
    kind, number, _ = _TAG.match(f"{tag}.").groups()
    return 10**6 * (_KINDS.index(kind) + 1) + 1000 * int(number)


def _length(tag: str) -> int:
    return LENGTHS[int(_TAG.match(f"{tag}.")[2]) % len(LENGTHS)]


def _udp(port: int, flow: Flow, tag: str) -> Frame:
    payload = f"{tag}.".encode()
    headers = _headers(port, flow) / UDP(sport=flow.sport, dport=flow.dport)
    payload += _FILLER[: _length(tag) - len(headers) - len(payload)]
    return port, bytes(headers / Raw(payload))


def _segment(
    port: int, flow: Flow, flags: str, number: int, acknowledged: int, length: int = 0
) -> Frame:
    ports = {"sport": flow.sport, "dport": flow.dport}
    numbers = {"seq": number, "ack": acknowledged}
    headers = _headers(port, flow) / TCP(**ports, **numbers, flags=flags, window=_WINDOW)
    payload = _FILLER[: max(0, length - len(headers))]
    return port, bytes(headers / payload).ljust(60, b"\0")


def _headers(port: int, flow: Flow) -> Packet:
    """As in the load: no fragments, no identification, TTL 64."""
    return Ether(src=LAYOUT[port], dst=LAYOUT[1 - port]) / IP(
        src=flow.src, dst=flow.dst, id=0, flags="DF", ttl=64
    )
