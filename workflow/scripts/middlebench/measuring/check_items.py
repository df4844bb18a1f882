"""What the functional check concludes from what it sent and what came out."""

from collections.abc import Callable, Collection, Iterable
from ipaddress import IPv4Address
from typing import NamedTuple

from scapy.layers.l2 import Ether

from middlebench.functions import LOOKALIKES as LET_LOOKALIKES
from middlebench.functions import PASSES, Function, Makes, ends_of
from middlebench.measuring.check_frames import (
    ARP_TAG,
    INSIDE,
    OUTSIDE,
    Came,
    change_fault,
    checksum_fault,
    data_tag,
    flow_of,
)
from middlebench.measuring.check_plan import LOOKALIKES, Stranger
from middlebench.measuring.load_plan import Flow


class Item(NamedTuple):
    """One thing that was checked; `detail` says what was seen."""

    name: str
    passed: bool
    detail: str


class Observation(NamedTuple):
    """What was sent and what came out, both by tag.

    `out<n>`, `reply<n>` and what follows them belong to `outward[n]`, `stranger<n>` to
    `strangers[n]`.  `makes`: what this DUT has to make of frames.
    """

    outward: list[Flow]
    strangers: list[Stranger]
    sent: dict[str, tuple[int, Ether]]
    came: Came
    makes: Makes = Makes()
    entries: int | None = None
    """In the connection-tracking table afterwards; None when the DUT does not tell."""

    def came_out(self, tag: str, port: int) -> Ether | None:
        """The frame, if it came out of `port`."""
        return next((frame for where, frame in self.came.get(tag, []) if where == port), None)

    def lost(self) -> list[str]:
        """Tags of what belongs to a flow and came out nowhere."""
        strangers = {f"stranger{number}" for number in range(len(self.strangers))}
        return [tag for tag in self.sent if tag not in strangers and not self.came.get(tag)]


def judge(does: Function, seen: Observation) -> list[Item]:
    """The items of what a function does, each passed or not, from what was seen."""
    flows = range(len(seen.outward))
    items = [
        _item(
            "outbound_passed",
            [_outbound(seen, number) for number in flows],
            f"flows came out as {seen.makes.snat_address or 'what they are'}",
        ),
        _item(
            "reply_translated" if does.translates else "reply_passed",
            [_reply(seen, number) for number in flows],
            "replies came back, and what both sides sent after them",
        ),
        _arp(seen),
        _item(
            "frames_unchanged",
            [_changed(seen, tag) for tag in seen.came],
            "frames that came out kept MAC addresses, TTL, length and payload",
        ),
        _item("frames_once", [_repeated(seen, tag) for tag in seen.came], "frames came out once"),
    ]
    if does.translates:
        items.append(_told_apart(seen))
    if seen.entries is not None:
        items.append(_tracked(does, seen))
    if does.unasked == PASSES:
        return [*items, _let_in(seen, "inbound_passed")]
    if does.unasked == LET_LOOKALIKES:  # what it can tell, and what it cannot
        forbidden = {stranger.kind for stranger in seen.strangers} - set(LOOKALIKES)
        return [
            *items,
            _kept_out(seen, "forbidden_dropped", forbidden),
            _let_in(seen, "lookalike_passed", LOOKALIKES),
        ]
    return [*items, _kept_out(seen, "unsolicited_dropped")]


def _tracked(does: Function, seen: Observation) -> Item:
    """As points expect: an entry for each flow, or none at all."""
    flows, entries = len(seen.outward), seen.entries
    passed = entries >= flows if does.keeps_state else entries == 0
    told = f"{flows} flows have {entries} entries in the connection-tracking table"
    said = "true" if does.keeps_state else "false"
    told += "" if passed else f", where keeps_state is {said}"
    return Item("connections_tracked", passed, told)


def _item(name: str, faults: Iterable[str | None], good: str) -> Item:
    """Passed when parts were seen and none has a fault; else the first, and how many have one."""
    faults = list(faults)
    found = [fault for fault in faults if fault]
    if found:
        return Item(name, False, f"{found[0]} ({len(found)} of {len(faults)})")
    return Item(name, bool(faults), f"{len(faults)} {good}")


def _outbound(seen: Observation, number: int) -> str | None:
    flow, addresses = seen.outward[number], seen.makes.snat_address
    if not addresses:
        return _arrived(seen, f"out{number}", OUTSIDE, _made(seen, flow))
    first, last = map(IPv4Address, ends_of(addresses))
    frame = seen.came_out(f"out{number}", OUTSIDE)
    source = IPv4Address(flow_of(frame).src) if frame is not None else first
    wanted = source if first <= source <= last else first
    return _arrived(seen, f"out{number}", OUTSIDE, flow._replace(src=str(wanted)), True)


def _made(seen: Observation, flow: Flow) -> Flow:
    """What a DUT that translates no address makes of one."""
    return Flow(flow.dst, flow.dport, flow.src, flow.sport) if seen.makes.swapped else flow


def _reply(seen: Observation, number: int) -> str | None:
    """Replies come back; what both sides send afterwards passes too, translated as before."""
    flow, begun = seen.outward[number], seen.came_out(f"out{number}", OUTSIDE)
    back = Flow(flow.dst, flow.dport, flow.src, flow.sport)
    fault = _arrived(seen, f"reply{number}", INSIDE, back, what="the reply")
    if fault or begun is None:
        return fault
    after = "a packet after the reply"
    return _arrived(
        seen, data_tag(f"out{number}"), OUTSIDE, flow_of(begun), what=after
    ) or _arrived(seen, data_tag(f"reply{number}"), INSIDE, back, what=after)


def _arrived(
    seen: Observation,
    tag: str,
    port: int,
    wanted: Flow,
    any_port: bool = False,
    what: str = "a packet",
) -> str | None:
    """What is wrong with a frame that has to come out of `port` with the flow `wanted`."""
    inward = port == INSIDE
    end = "to {2}:{3}".format(*wanted) if inward else "of {}:{}".format(*_sent(seen, tag))
    frame = seen.came_out(tag, port)
    if frame is None:
        return f"{what} {end} did not come {'back' if inward else 'out outside'}"
    found = flow_of(frame)
    if found != (wanted._replace(sport=found.sport) if any_port else wanted):
        return f"{what} {end} came out as {_words(found)}, expected {_words(wanted)}"
    fault = checksum_fault(frame)
    return f"{what} {end} has {fault}" if fault else None


def _sent(seen: Observation, tag: str) -> Flow:
    return flow_of(seen.sent[tag][1])


def _name(seen: Observation, tag: str) -> str:
    """A frame in words, as it was sent."""
    return "the ARP request" if tag == ARP_TAG else f"the packet {_words(_sent(seen, tag))}"


def _words(flow: Flow) -> str:
    return "{}:{} to {}:{}".format(*flow)


def _told_apart(seen: Observation) -> Item:
    """No two flows are one outside: hosts that use one source port get different ones."""
    frames = (seen.came_out(f"out{number}", OUTSIDE) for number in range(len(seen.outward)))
    ends = [flow_of(frame) for frame in frames if frame is not None]
    missing = len(seen.outward) - len(ends)
    shared = [_words(end) for end in dict.fromkeys(ends) if ends.count(end) > 1]
    detail = f"{len(ends)} flows came out as {len(set(ends))}"
    detail += f"; two or more as {shared[0]}" if shared else ""
    return Item("hosts_told_apart", not shared and not missing, detail)


def _arp(seen: Observation) -> Item:
    """A bridge hands it on; a router, which it does not ask, keeps it."""
    came = seen.came_out(ARP_TAG, OUTSIDE) is not None
    if seen.makes.bridges:
        return Item("arp_passed", came, "an ARP request " + ("came out" if came else "got lost"))
    return Item("arp_kept", not came, "an ARP request " + ("came out" if came else "stayed inside"))


def _changed(seen: Observation, tag: str) -> str | None:
    """What a DUT changed that neither forwarding nor a translation has to change."""
    _, sent = seen.sent[tag]
    for _, frame in seen.came[tag]:
        fault = change_fault(frame, sent, seen.makes)
        if fault:
            return f"{_name(seen, tag)} has {fault}"
    return None


def _repeated(seen: Observation, tag: str) -> str | None:
    times = len(seen.came[tag])
    if times == 1:
        return None
    sides = [("inside", "outside")[port] for port, _ in seen.came[tag]]
    return f"{_name(seen, tag)} came out {times} times: {', '.join(sides)}"


def _kept_out(seen: Observation, name: str, kinds: Collection[str] | None = None) -> Item:
    def fault(number: int, stranger: Stranger) -> str | None:
        if seen.came_out(f"stranger{number}", INSIDE) is None:
            return None
        return f"what nobody asked for came in: {stranger.kind}, {_words(stranger.flow)}"

    return _strangers(seen, name, kinds, fault, "packets that nobody asked for were dropped")


def _let_in(seen: Observation, name: str, kinds: Collection[str] | None = None) -> Item:
    def fault(number: int, stranger: Stranger) -> str | None:
        wanted = _made(seen, stranger.flow)
        return _arrived(seen, f"stranger{number}", INSIDE, wanted, what=stranger.kind)

    return _strangers(seen, name, kinds, fault, "packets that the outside began came in")


def _strangers(
    seen: Observation,
    name: str,
    kinds: Collection[str] | None,
    fault: Callable[[int, Stranger], str | None],
    good: str,
) -> Item:
    chosen = [
        fault(number, stranger)
        for number, stranger in enumerate(seen.strangers)
        if kinds is None or stranger.kind in kinds
    ]
    return _item(name, chosen, good)
