"""Long lists of firewall rules in the shape of ClassBench's, by a seed, in the words of each DUT.

ClassBench (Taylor and Turner, IEEE/ACM Trans. Networking 15 (2007) 499) makes filter sets that look
like real ones, from parameter files.  Taken from it are the shares of a set that its generator made
by the file acl1, an access list (that of 88 filters in sebymiano/classbench-generators, b96460c):
lengths of source and destination prefixes, source ports never, destination ports any, one or a
range, protocols, and that each prefix stands in about two filters.  Not taken are how lengths and
ports depend on each other, and how prefixes nest.

Each denies what no flow of the load is: its source is in the half of 10.0.0.0/8 that the load does
not reach.  So all of them come before the rule that lets a packet in, and a list that is gone
through from the top is gone through to its end.  Of the filters for TCP half are for UDP here, as
the load is: a protocol alone would tell it from all of them.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from pathlib import PurePath
from typing import NamedTuple

BASE = "stateless_firewall"
"""The function whose rules they come before, and which it stays."""

NAME = "rules_"
"""Such a function's name, before the number of rules."""

SOURCES, DESTINATIONS = IPv4Network("10.128.0.0/9"), IPv4Network("198.18.0.0/15")

SOURCE_LENGTHS = {32: 60, 31: 11, 30: 10, 23: 7}
DESTINATION_LENGTHS = {32: 51, 30: 3, 31: 2, 28: 1, 26: 2, 24: 6, 22: 9, 16: 5, 7: 2, 6: 1, 5: 2}
DESTINATION_LENGTHS |= {4: 2, 3: 2}
PORT_CLASSES = {"any": 41, "one": 38, "range": 9}
PROTOCOLS = {"tcp": 36, "udp": 36, None: 14, "icmp": 2}
"""How many filters of the set have each."""

NEW_PREFIX = 41 / 88
"""Share of the filters whose prefix no filter before them has."""

FIRST_PRIORITY = 40_000
"""Of the OpenFlow rules, above all others; each comes before the next."""

_PORT_BITS = 16


class Rule(NamedTuple):
    """A filter; None: anything."""

    source: IPv4Network
    destination: IPv4Network
    protocol: str | None
    ports: tuple[int, int] | None
    """The first and the last destination port."""


def rules(count: int, seed: int) -> list[Rule]:
    """So many filters, always the same of a seed; a longer list begins with the shorter one's."""
    source = random.Random(seed)  # noqa: S311 - rules, no secret
    made: list[Rule] = []
    sources: list[IPv4Network] = []
    destinations: list[IPv4Network] = []
    for _ in range(count):
        protocol = _drawn(source, PROTOCOLS)
        made.append(
            Rule(
                _prefix(source, SOURCES, SOURCE_LENGTHS, sources),
                _prefix(source, DESTINATIONS, DESTINATION_LENGTHS, destinations),
                protocol,
                _ports(source) if protocol in ("tcp", "udp") else None,
            )
        )
    return made


def _drawn(source: random.Random, counts: Mapping) -> object:
    return source.choices(list(counts), weights=counts.values())[0]


def _prefix(
    source: random.Random, within: IPv4Network, lengths: Mapping[int, int], known: list[IPv4Network]
) -> IPv4Network:
    """One of those that are known, or a new one around an address `within`."""
    new = source.random() < NEW_PREFIX or not known
    length = _drawn(source, lengths)
    host = int(within.network_address) + source.randrange(within.num_addresses)
    if not new:
        return source.choice(known)
    known.append(IPv4Network((host, length), strict=False))
    return known[-1]


def _ports(source: random.Random) -> tuple[int, int] | None:
    kind = _drawn(source, PORT_CLASSES)
    ends = sorted(source.randrange(1 << _PORT_BITS) for _ in range(2))
    return {"any": None, "one": (ends[0], ends[0]), "range": (ends[0], ends[1])}[kind]


def port_prefixes(first: int, last: int) -> list[tuple[int, int]]:
    """(value, mask) of the prefixes that are these ports, as OpenFlow has no ranges."""
    ends = (IPv4Address(port) for port in (first, last))
    every = (1 << _PORT_BITS) - 1
    return [
        (int(net.network_address), every & int(net.netmask))
        for net in summarize_address_range(*ends)
    ]


def as_openflow(of: Sequence[Rule]) -> str:
    """Lines of ovs-ofctl; a filter with a range of ports is several."""
    lines = []
    for number, rule in enumerate(of):
        match = f"{rule.protocol or 'ip'},nw_src={rule.source},nw_dst={rule.destination}"
        head = f"table=0,priority={FIRST_PRIORITY - number},in_port=1,{match}"
        parts = port_prefixes(*rule.ports) if rule.ports else [None]
        ports = ("" if part is None else f",tp_dst={part[0]:#x}/{part[1]:#x}" for part in parts)
        lines += [f"{head}{port},actions=drop\n" for port in ports]
    return "".join(lines)


def as_nftables(of: Sequence[Rule]) -> str:
    """Lines of a chain."""
    return "".join(f"\t\t{_nftables(rule)} drop\n" for rule in of)


def _nftables(rule: Rule) -> str:
    said = f'iifname "inside" ip saddr {rule.source} ip daddr {rule.destination}'
    if rule.ports:
        first, last = rule.ports
        return f"{said} {rule.protocol} dport {first if first == last else f'{first}-{last}'}"
    return said + (f" meta l4proto {rule.protocol}" if rule.protocol else "")


class Language(NamedTuple):
    """How rules are written, and behind which line of BASE's file they stand."""

    write: Callable[[Sequence[Rule]], str]
    behind: str


LANGUAGES = {
    ".flows": Language(as_openflow, "actions=drop\n"),
    ".nft": Language(as_nftables, "policy drop;\n"),
}
"""By the end of the name of a file of rules."""


def count_of(function: str) -> int | None:
    """How many rules a function of this module has; None of any other."""
    number = function.removeprefix(NAME)
    return int(number) if function.startswith(NAME) and number.isdecimal() else None


def base_file(program: str) -> str:
    """The file of BASE that a list's file, `.../rules_100.flows`, is made from."""
    path = PurePath(program)
    return str(path.with_name(BASE + path.suffix))


def with_rules(base: str, suffix: str, count: int, seed: int) -> str:
    """The text of BASE's file with so many rules before its own.  KeyError for another language."""
    language = LANGUAGES[suffix]
    before, line, after = base.partition(language.behind)
    return before + line + language.write(rules(count, seed)) + after
