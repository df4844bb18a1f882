"""The functional check: does a DUT do what its function's name says?  Asked through its own ports.

Two exchanges of single frames: what both sides begin, then replies to what came through.  A frame
is recognised by a tag in its payload.  Port 0 is the inside, port 1 the outside.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from middlebench.assembly import Parts, assembled
from middlebench.places import Where

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


class Item(NamedTuple):
    """One thing that was checked; `detail` says what was seen."""

    name: str
    passed: bool
    detail: str


class Observation(NamedTuple):
    """What came back: by tag, the port and the frame; ARP under `arp`."""

    first: dict[str, tuple[int, Ether]]
    replies: dict[str, tuple[int, Ether]]


def check_function(parts: Parts, settings: dict[str, Any], host: Where = None) -> dict[str, Any]:
    """The functional check of one function on a new DUT, as plain data.

    `settings`: dut, expected_failures (names of items that may fail).  `host` as in `assembled`.
    """
    address = settings["dut"].get("snat_address")
    expected = settings["expected_failures"]
    with assembled(parts, settings["dut"], host) as made:
        seen = observe(made.exchange, address)
        software = made.dut.facts()
    items = judge(parts.function, seen, address)
    return {
        "function": parts.function,
        "passed": all(item.passed or item.name in expected for item in items),
        "why": None if all(item.passed for item in items) else _why(parts.program),
        "items": [{**item._asdict(), "failure_expected": item.name in expected} for item in items],
        "software": software,
    }


def _why(program: Path) -> str | None:
    """A cause that the DUT's program shows, when it is OpenFlow rules."""
    return zone_fault(program.read_text("utf-8")) if program.suffix == ".flows" else None


def observe(exchange: Callable[[Frames], Frames], snat_address: str | None) -> Observation:
    """Send the check's frames through `exchange` (softgen's) and sort what came back."""
    begin = [_udp(INSIDE, HOSTS[0], SERVER, HOST_PORT, SERVER_PORT, "canary")]
    begin += [
        _udp(INSIDE, host, SERVER, HOST_PORT, SERVER_PORT, f"out{number}")
        for number, host in enumerate(HOSTS)
    ]
    targets = {"direct": HOSTS[0]} | ({"mapped": snat_address} if snat_address else {})
    begin += [
        _udp(OUTSIDE, STRANGER, target, SERVER_PORT, HOST_PORT, f"unsolicited-{name}")
        for name, target in targets.items()
    ]
    # what looks like no reply: to a service's port, or from an address that is not outside
    begin += [
        _udp(OUTSIDE, STRANGER, HOSTS[0], SERVER_PORT, SERVER_PORT, "unsolicited-service"),
        _udp(OUTSIDE, ELSEWHERE, HOSTS[0], SERVER_PORT, HOST_PORT, "unsolicited-elsewhere"),
    ]
    begin.append((INSIDE, bytes(_arp())))
    first = _by_tag(exchange(begin))
    replies = [
        _udp(OUTSIDE, SERVER, frame[IP].src, SERVER_PORT, frame[UDP].sport, f"reply{number}")
        for number in range(len(HOSTS))
        for port, frame in [first.get(f"out{number}", (None, None))]
        if port == OUTSIDE
    ]
    canary = _udp(INSIDE, HOSTS[0], SERVER, HOST_PORT, SERVER_PORT, "canary")
    return Observation(first, _by_tag(exchange([canary, *replies])))


def judge(function: str, seen: Observation, snat_address: str | None) -> list[Item]:
    """The items of a function, each passed or not, from what was seen."""
    translated = function in ("nat", "nat_thesis")
    source = snat_address if translated else None
    items = [
        Item("outbound_passed", *_outbound(seen, source)),
        Item("reply_translated" if translated else "reply_passed", *_reply(seen)),
        Item("arp_passed", *_arp_passed(seen)),
    ]
    if function == "forward":
        return [*items, Item("inbound_passed", *_inbound(seen, True))]
    if function == "stateless_firewall":
        return [*items, *_by_rules_alone(seen)]
    if translated:
        items.append(Item("hosts_told_apart", *_told_apart(seen)))
    return [*items, Item("unsolicited_dropped", *_inbound(seen, False))]


def zone_fault(rules: str) -> str | None:
    """Why OpenFlow rules cannot recognise replies: zones of lookup and of commit differ."""
    zones: dict[bool, set[str]] = {True: set(), False: set()}
    for action in re.findall(r"ct\(((?:[^()]|\([^()]*\))*)\)", rules):
        if "table=" in action or "commit" in action:
            zone = re.search(r"zone=(\d+)", action)
            zones["commit" in action].add(zone[1] if zone else "0")
    if not zones[True] or zones[True] & zones[False]:
        return None
    commits, lookups = (", ".join(sorted(zones[kind])) for kind in (True, False))
    return f"connections are committed to zone {commits} and looked up in zone {lookups}"


def _udp(port: int, src: str, dst: str, sport: int, dport: int, tag: str) -> tuple[int, bytes]:
    ends = LAYOUT[port], LAYOUT[1 - port]
    payload = tag.encode().ljust(18, b".")
    frame = Ether(src=ends[0], dst=ends[1]) / IP(src=src, dst=dst)
    return port, bytes(frame / UDP(sport=sport, dport=dport) / Raw(payload))


def _arp() -> Ether:
    who_has = ARP(op=1, hwsrc=LAYOUT[INSIDE], psrc=HOSTS[0], pdst=SERVER)
    return Ether(src=LAYOUT[INSIDE], dst="ff:ff:ff:ff:ff:ff") / who_has / Raw(bytes(18))


def _by_tag(frames: Frames) -> dict[str, tuple[int, Ether]]:
    seen = {}
    for port, data in frames:
        frame = Ether(data)
        if ARP in frame:
            seen["arp"] = (port, frame)
        elif UDP in frame and Raw in frame:
            seen[bytes(frame[Raw]).rstrip(b".").decode("latin-1")] = (port, frame)
    return seen


def _checksum_fault(frame: Ether) -> str | None:
    """Which checksum of an IPv4/UDP frame is wrong; scapy computes both anew."""
    again = frame.copy()
    del again[IP].chksum, again[UDP].chksum
    again = Ether(bytes(again))
    for layer, name in ((IP, "IP"), (UDP, "UDP")):
        if again[layer].chksum != frame[layer].chksum:
            return f"{name} checksum {frame[layer].chksum:#06x}, right: {again[layer].chksum:#06x}"
    return None


def _outbound(seen: Observation, snat_address: str | None) -> tuple[bool, str]:
    for number, host in enumerate(HOSTS):
        port, frame = seen.first.get(f"out{number}", (None, None))
        if port != OUTSIDE:
            return False, f"a packet of {host} did not come out outside"
        want = (snat_address or host, SERVER, SERVER_PORT)
        found = (frame[IP].src, frame[IP].dst, frame[UDP].dport)
        if found != want:
            return False, f"came out as {found}, expected {want}"
        if not snat_address and frame[UDP].sport != HOST_PORT:
            return False, f"came out with source port {frame[UDP].sport}, expected {HOST_PORT}"
        if fault := _checksum_fault(frame):
            return False, fault
    return True, f"{HOSTS[0]} came out as {snat_address or HOSTS[0]}"


def _told_apart(seen: Observation) -> tuple[bool, str]:
    ends = [
        (frame[IP].src, frame[UDP].sport)
        for tag in ("out0", "out1")
        for _, frame in [seen.first.get(tag, (None, None))]
        if frame is not None
    ]
    return len(set(ends)) == len(HOSTS), f"two hosts with one source port came out as {ends}"


def _reply(seen: Observation) -> tuple[bool, str]:
    for number, host in enumerate(HOSTS):
        port, frame = seen.replies.get(f"reply{number}", (None, None))
        if port != INSIDE:
            return False, f"the reply to {host} did not come back"
        if (frame[IP].dst, frame[UDP].dport) != (host, HOST_PORT):
            return False, f"the reply to {host}:{HOST_PORT} came to {frame[IP].dst}"
        if fault := _checksum_fault(frame):
            return False, fault
    return True, f"came back to {HOSTS[0]}:{HOST_PORT}"


def _arp_passed(seen: Observation) -> tuple[bool, str]:
    port, _ = seen.first.get("arp", (None, None))
    return port == OUTSIDE, "an ARP request " + ("came out" if port == OUTSIDE else "got lost")


def _by_rules_alone(seen: Observation) -> list[Item]:
    """What a firewall without state can drop, and what it cannot: both are checked."""
    through = {tag for tag in seen.first if tag.startswith("unsolicited")}
    lookalike = "unsolicited-direct"
    forbidden = ", ".join(sorted(through - {lookalike})) or "nothing"
    passed = "came in" if lookalike in through else "was dropped"
    return [
        Item("forbidden_dropped", forbidden == "nothing", f"against the rules {forbidden} came in"),
        Item(
            "lookalike_passed",
            lookalike in through,
            f"what nobody asked for but looks like a reply {passed}: without state it cannot be "
            "told from one",
        ),
    ]


def _inbound(seen: Observation, wanted: bool) -> tuple[bool, str]:
    through = [tag for tag in seen.first if tag.startswith("unsolicited")]
    detail = f"what the outside began: {', '.join(through) or 'nothing'} came in"
    return bool(through) == wanted, detail
