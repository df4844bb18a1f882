"""The functional check: does a DUT do what its function's name says?  Asked through its own ports.

Exchanges of single frames: what both sides begin, then replies to what came through; with TCP those
are SYN and SYN-ACK, and data both ways follows.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from middlebench.assembly import Parts, assembled
from middlebench.check_frames import (
    ELSEWHERE,
    HOST_PORT,
    HOSTS,
    INSIDE,
    OUTSIDE,
    SERVER,
    SERVER_PORT,
    STRANGER,
    Flow,
    Frames,
    Tagged,
    answers,
    arp_request,
    begins,
    by_tag,
    checksum_fault,
    data,
    flow_of,
)
from middlebench.duts import entry
from middlebench.places import TwoHosts, Where


class Item(NamedTuple):
    """One thing that was checked; `detail` says what was seen."""

    name: str
    passed: bool
    detail: str


class Observation(NamedTuple):
    """What came back by tag, exchange by exchange; `data` is None with UDP."""

    first: Tagged
    replies: Tagged
    data: Tagged | None = None


def check_function(parts: Parts, settings: dict[str, Any], host: Where = None) -> dict[str, Any]:
    """The functional check of one function on a new DUT, as plain data.

    `settings`: dut, protocol, expected_failures (names of items that may fail).  `host` as in
    `assembled`.
    """
    protocol, address = settings["protocol"], settings["dut"].get("snat_address")
    expected = settings["expected_failures"]
    with assembled(parts, settings["dut"], host) as made:
        seen = observe(made.exchange, address, protocol)
        software = made.dut.facts()
    items = judge(parts.function, seen, address)
    whole = all(item.passed for item in items)
    return {
        "function": parts.function,
        "protocol": protocol,
        "passed": all(item.passed or item.name in expected for item in items),
        "why": None if whole else _why(parts, protocol, isinstance(host, TwoHosts)),
        "items": [{**item._asdict(), "failure_expected": item.name in expected} for item in items],
        "software": software,
    }


def _why(parts: Parts, protocol: str, on_hosts: bool) -> str | None:
    """A known cause: of this DUT, or one that its program shows when it is OpenFlow rules."""
    if protocol == "udp" and parts.function in entry(parts.dut, on_hosts).tcp_only:
        return f"{parts.dut} hands only TCP to its applications, and forwards UDP untouched"
    rules = parts.program.suffix == ".flows"
    return zone_fault(parts.program.read_text("utf-8")) if rules else None


def observe(
    exchange: Callable[[Frames], Frames], snat_address: str | None, protocol: str = "udp"
) -> Observation:
    """Send the check's frames through `exchange` (softgen's) and sort what came back."""
    outward = [Flow(host, HOST_PORT, SERVER, SERVER_PORT) for host in HOSTS]
    canary = begins(protocol, INSIDE, outward[0], "canary")
    begin = [canary]
    begin += [begins(protocol, INSIDE, flow, f"out{n}") for n, flow in enumerate(outward)]
    targets = {"direct": HOSTS[0]} | ({"mapped": snat_address} if snat_address else {})
    for name, target in targets.items():
        flow = Flow(STRANGER, SERVER_PORT, target, HOST_PORT)
        begin.append(begins(protocol, OUTSIDE, flow, f"unsolicited-{name}"))
    # what looks like no reply: to a service's port, or from an address that is not outside
    for name, stranger, port in (
        ("service", STRANGER, SERVER_PORT),
        ("elsewhere", ELSEWHERE, HOST_PORT),
    ):
        flow = Flow(stranger, SERVER_PORT, HOSTS[0], port)
        begin.append(begins(protocol, OUTSIDE, flow, f"unsolicited-{name}"))
    first = by_tag(exchange([*begin, arp_request()]))
    inward = {
        number: Flow(SERVER, SERVER_PORT, *flow_of(frame)[:2])
        for number in range(len(HOSTS))
        for port, frame in [first.get(f"out{number}", (None, None))]
        if port == OUTSIDE
    }
    replies = [answers(protocol, flow, f"reply{n}", f"out{n}") for n, flow in inward.items()]
    seen = Observation(first, by_tag(exchange([canary, *replies])))
    if protocol == "udp":
        return seen
    both = [data(INSIDE, flow, f"out{n}", f"reply{n}") for n, flow in enumerate(outward)]
    both += [data(OUTSIDE, flow, f"reply{n}", f"out{n}") for n, flow in inward.items()]
    return seen._replace(data=by_tag(exchange(both)))


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


def _outbound(seen: Observation, snat_address: str | None) -> tuple[bool, str]:
    for number, host in enumerate(HOSTS):
        source = snat_address or host
        fault = _outward(seen.first, f"out{number}", host, source, bool(snat_address))
        if fault:
            return False, fault
    return True, f"{HOSTS[0]} came out as {snat_address or HOSTS[0]}"


def _outward(seen: Tagged, tag: str, host: str, source: str, any_port: bool) -> str | None:
    """What is wrong with a frame of `host` that has to come out as `source`."""
    port, frame = seen.get(tag, (None, None))
    if port != OUTSIDE:
        return f"a packet of {host} did not come out outside"
    found = flow_of(frame)
    want = Flow(source, found.sport, SERVER, SERVER_PORT)
    if found != want:
        addresses = tuple(found), tuple(want)
        return "came out as {}, expected {}".format(*addresses)
    if not any_port and found.sport != HOST_PORT:
        return f"came out with source port {found.sport}, expected {HOST_PORT}"
    return checksum_fault(frame)


def _told_apart(seen: Observation) -> tuple[bool, str]:
    ends = [
        tuple(flow_of(frame)[:2])
        for tag in ("out0", "out1")
        for _, frame in [seen.first.get(tag, (None, None))]
        if frame is not None
    ]
    return len(set(ends)) == len(HOSTS), f"two hosts with one source port came out as {ends}"


def _reply(seen: Observation) -> tuple[bool, str]:
    """Replies come back; with TCP, data both ways afterwards too."""
    for number, host in enumerate(HOSTS):
        fault = _inward(seen.replies, f"reply{number}", host, "the reply")
        if seen.data is not None and not fault:
            fault = _data(seen, number, host)
        if fault:
            return False, fault
    after = "" if seen.data is None else ", and data both ways after the handshake"
    return True, f"came back to {HOSTS[0]}:{HOST_PORT}{after}"


def _data(seen: Observation, number: int, host: str) -> str | None:
    begun = flow_of(seen.first[f"out{number}"][1])
    fault = _outward(seen.data, f"out{number}-data", host, begun.src, True)
    if fault:
        return f"data after the handshake: {fault}"
    sent = flow_of(seen.data[f"out{number}-data"][1])
    if sent != begun:
        return f"data after the handshake: came out as {tuple(sent)}, the SYN as {tuple(begun)}"
    return _inward(seen.data, f"reply{number}-data", host, "the server's data")


def _inward(seen: Tagged, tag: str, host: str, what: str) -> str | None:
    """What is wrong with a frame that has to come back to `host`."""
    port, frame = seen.get(tag, (None, None))
    if port != INSIDE:
        return f"{what} to {host} did not come back"
    if flow_of(frame)[2:] != (host, HOST_PORT):
        return f"{what} to {host}:{HOST_PORT} came to {flow_of(frame).dst}"
    return checksum_fault(frame)


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
