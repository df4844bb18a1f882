"""The functional check: does a DUT do what its function's name says?  Asked through its own ports.

Exchanges of single frames: what the inside begins, then replies to what came through, with TCP SYN
and SYN-ACK; then data both ways, and what nobody asked for.
"""

import re
from collections.abc import Callable
from typing import Any

from scapy.layers.l2 import Ether

from middlebench.duts.registry import entry
from middlebench.files.text import read_text
from middlebench.functions import Makes, ends_of, how_many, known
from middlebench.measuring.assembly import assembled
from middlebench.measuring.check_frames import (
    ARP_TAG,
    INSIDE,
    OUTSIDE,
    Frame,
    answers,
    arp_request,
    begins,
    by_tag,
    data,
    data_tag,
    flow_of,
)
from middlebench.measuring.check_items import Item, Observation, judge
from middlebench.measuring.check_plan import asked, strangers
from middlebench.measuring.exhaustion import MOST_ADDRESSES, exhaust
from middlebench.measuring.load_plan import Flow
from middlebench.measuring.parts import Parts
from middlebench.testbeds.places import Where

TRIES = 3
"""Of a check in which frames were lost: a machine that takes the DUT's CPU away for long loses some
too, and what loses them by itself does so each time."""


def check_function(parts: Parts, settings: dict[str, Any], host: Where = None) -> dict[str, Any]:
    """The functional check of one function on a new DUT, as plain data.

    `settings`: dut, protocol, seed (of the load's plan), expected_failures (names of items that may
    fail).  `host` as in `assembled`.
    """
    protocol, expected = settings["protocol"], settings["expected_failures"]
    does = known(parts.function, settings["dut"].get("function"))
    passed, tries = False, 0
    while not passed and tries < TRIES:
        tries += 1
        with assembled(parts, settings["dut"], host) as made:
            seen = observe(made.generator.exchange, made.dut.makes, protocol, settings["seed"])
            seen = seen._replace(entries=made.dut.entries())
            software = made.dut.facts()
        items = judge(does, seen)
        passed = all(item.passed or item.name in expected for item in items)
        if not seen.lost():
            break
    if does.translates and passed:
        items.append(_exhausted(parts, settings, host))
        passed = passed and (items[-1].passed or items[-1].name in expected)
    whole = all(item.passed for item in items)
    return {
        "function": parts.function,
        "protocol": protocol,
        "passed": passed,
        "tries": tries,
        "why": None if whole else _why(parts, protocol),
        "items": [{**item._asdict(), "failure_expected": item.name in expected} for item in items],
        "software": software,
    }


def _exhausted(parts: Parts, settings: dict[str, Any], host: Where) -> Item:
    """On one more new DUT, whose ports are all taken then; of a pool it gets the first address.

    Rules that have a pool of their own keep it.
    """
    addresses = settings["dut"]["snat_address"]
    told = "${snat_address}" in read_text(parts.program)
    count = 1 if told else min(how_many(addresses), MOST_ADDRESSES)
    one = settings["dut"] | {"snat_address": ends_of(addresses)[0]}
    with assembled(parts, one, host) as made:
        about = (settings["protocol"], settings["seed"])
        return exhaust(made.generator.exchange, count, *about)


def _why(parts: Parts, protocol: str) -> str | None:
    """A known cause: of this DUT, or one that its program shows when it is OpenFlow rules."""
    if protocol == "udp" and parts.function in entry(parts.dut).tcp_only:
        return f"{parts.dut} hands only TCP to its applications, and forwards UDP untouched"
    rules = parts.program.suffix == ".flows"
    return zone_fault(read_text(parts.program)) if rules else None


def observe(
    exchange: Callable[[list[Frame]], list[Frame]],
    makes: Makes,
    protocol: str = "udp",
    seed: int = 1,
) -> Observation:
    """Send the check's frames through a generator's `exchange` and sort what came back.

    First what the inside begins, then replies to what came out, data both ways, and strangers.
    """
    what = asked(seed)
    canary = begins(protocol, INSIDE, what.canary, "canary0")
    begun = {
        f"out{number}": begins(protocol, INSIDE, flow, f"out{number}")
        for number, flow in enumerate(what.outward)
    } | {ARP_TAG: arp_request(what.outward[0])}
    came = by_tag(exchange([canary, *begun.values()]))
    outside = {
        number: flow_of(frame)
        for number in range(len(what.outward))
        for port, frame in came.get(f"out{number}", [])
        if port == OUTSIDE
    }
    ends = {what.outward[number]: (out.src, out.sport) for number, out in outside.items()}
    unasked = strangers(what, makes.snat_address, ends, seed)
    then = _follows(protocol, what.outward, outside) | {
        f"stranger{number}": begins(protocol, OUTSIDE, stranger.flow, f"stranger{number}")
        for number, stranger in enumerate(unasked)
    }
    for tag, frames in by_tag(exchange([canary, *then.values()])).items():
        came[tag] = [*came.get(tag, []), *frames]
    sent = {tag: (port, Ether(frame)) for tag, (port, frame) in (begun | then).items()}
    ours = {tag: frames for tag, frames in came.items() if tag in sent}
    return Observation(what.outward, unasked, sent, ours, makes)


def _follows(protocol: str, outward: list[Flow], outside: dict[int, Flow]) -> dict[str, Frame]:
    """By tag: the reply to each flow that came out, then data both ways."""
    back = {number: Flow(out.dst, out.dport, out.src, out.sport) for number, out in outside.items()}
    out, reply = ({number: f"{kind}{number}" for number in back} for kind in ("out", "reply"))
    frames = {reply[n]: answers(protocol, back[n], reply[n], out[n]) for n in back}
    for n in back:
        frames[data_tag(out[n])] = data(protocol, INSIDE, outward[n], out[n], reply[n])
        frames[data_tag(reply[n])] = data(protocol, OUTSIDE, back[n], reply[n], out[n])
    return frames


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
