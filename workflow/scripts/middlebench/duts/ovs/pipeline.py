"""What packets meet in the tables of a set of rules: also rules that are learned, and returns."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from middlebench.duts.ovs.actions import NESTING, Destination, destinations
from middlebench.duts.ovs.names import is_subfield
from middlebench.duts.ovs.openflow import DEFAULT_PRIORITY, Rule
from middlebench.duts.ovs.syntax import Part, parts

LEARNED_TABLE = 1
"""Where `learn` adds a rule that names no table (ovs-actions(7))."""

DROP, BACK = Destination("drop", ""), Destination("back", "")

ENDS, RETURNS, AS_BEFORE = "ends", "returns", "as before"

_NEITHER = (
    *("idle_timeout", "hard_timeout", "fin_idle_timeout", "fin_hard_timeout", "cookie"),
    *("send_flow_rem", "delete_learned", "limit", "result_dst", "table", "priority"),
)
_ACTIONS = ("load", "output")
_IN_PORT = re.compile(r"(NXM_OF_|OXM_OF_)?IN_PORT(\[\])?", re.IGNORECASE)


class Met(NamedTuple):
    """A rule, and where it sends packets."""

    rule: Rule
    destinations: list[Destination]


def met(rules: list[Rule]) -> list[Met]:
    """All rules, those that they learn behind them, with where each sends packets.

    A rule that sends a packet nowhere drops it; in a table that a `resubmit` leads to, from which
    the packet comes back and goes on, its destination is BACK.  Both, where it depends.
    """
    teachers: dict[Rule, list[Rule]] = {}
    for rule in rules:
        for new in learned(rule):
            teachers.setdefault(new, []).append(rule)
    rules = list(dict.fromkeys([*rules, *teachers]))
    ends, returns = _entered(rules)

    def places(rule: Rule) -> list[Destination]:
        found = rule.destinations
        if taught_by := teachers.get(rule):
            found = list(dict.fromkeys(_known(place, by) for place in found for by in taught_by))
        if found != [DROP] or rule.table not in returns:
            return found
        return [DROP, BACK] if rule.table in ends else [BACK]

    return [Met(rule, places(rule)) for rule in rules]


def learned(rule: Rule) -> Iterator[Rule]:
    """The rules that one adds when a packet meets it; values come from the packet."""
    for part in _flat(rule.actions):
        if part.key.lower() == "learn":
            yield _to_be_learned(parts(part.value))


def _known(place: Destination, taught_by: Rule) -> Destination:
    """Where a learned rule sends packets: its port is a value of the packet that taught it."""
    if place.kind != "port" or not is_subfield(place.name):
        return place
    if not _IN_PORT.fullmatch(place.name):
        return place._replace(kind="taught")
    said = dict(field.partition("=")[::2] for field in taught_by.match)
    if "in_port" not in said:
        return Destination("taught", "")
    (port,) = destinations((f"output:{said['in_port']}",), taught_by.table)
    return port


def _flat(actions: tuple[str, ...]) -> Iterator[Part]:
    for part in (part for action in actions for part in parts(action)):
        yield part
        if part.key.lower() in NESTING:
            yield from _flat((part.value,))


def _to_be_learned(about: list[Part]) -> Rule:
    said = {part.key: part.value for part in about}
    others = [part for part in about if part.key not in _NEITHER]
    table, priority = said.get("table", ""), said.get("priority", "")
    return Rule(
        int(table) if table.isdigit() else LEARNED_TABLE,
        int(priority) if priority.isdigit() else DEFAULT_PRIORITY,
        tuple(part.text for part in others if part.key not in _ACTIONS),
        tuple(part.text for part in others if part.key in _ACTIONS),
        learned=True,
    )


def _entered(rules: list[Rule]) -> tuple[set[int], set[int]]:
    """(tables behind which nothing follows, tables from which some packet comes back and goes on).

    Packets enter by table 0; a table to which no rule leads counts as an end.
    """
    ways = [(rule.table, *way) for rule in rules for way in _ways(rule)]
    led_to = {table for _, table, _ in ways}
    found = {
        ENDS: {0} | {rule.table for rule in rules} - led_to | {t for _, t, w in ways if w == ENDS},
        RETURNS: {table for _, table, how in ways if how == RETURNS},
    }
    handed_on = [(start, table) for start, table, how in ways if how == AS_BEFORE]
    for tables in found.values():
        while more := {table for start, table in handed_on if start in tables} - tables:
            tables |= more
    return found[ENDS], found[RETURNS]


def _ways(rule: Rule) -> Iterator[tuple[int, str]]:
    """(table, what becomes of a packet that a rule of it sends nowhere)."""
    places = rule.destinations
    for at, place in enumerate(places):
        if place.kind != "table" or not place.name.isdigit():
            continue
        sent = any(before.kind in ("port", "group") for before in places[:at])
        followed = at + 1 < len(places)
        how = ENDS if place.tracked else RETURNS if sent or followed else AS_BEFORE
        yield int(place.name), how
