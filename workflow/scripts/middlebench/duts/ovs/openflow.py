"""OpenFlow rules as data: the tables that a file of them leaves in a switch (ovs-ofctl(8)).

What `ovs-ofctl` takes is taken here, and what it refuses for its syntax or its names is refused;
whether values fit a field, only the switch says.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.duts.ovs.actions import ANY_TABLE, Destination, checked_actions, destinations
from middlebench.duts.ovs.names import FLAGS, OPTIONS, PROTOCOLS, is_field
from middlebench.duts.ovs.rule_file import FLOW, GROUP, METER, Line, lines_of, with_a_flow
from middlebench.duts.ovs.syntax import Part, parts
from middlebench.duts.supplied import as_used
from middlebench.errors import ConfigError

DEFAULT_PRIORITY = 32768
MAX_PRIORITY = 65535
# In this order: a beginning of one is enough for the switch.
_COMMANDS = ("add", "delete", "delete_strict", "modify", "modify_strict")
_OF_DELETE = ("out_port", "out_group")


@dataclass(frozen=True)
class Rule:
    """One rule: of those in a table that match, the one of the highest priority acts."""

    table: int
    priority: int
    match: tuple[str, ...]
    """Fields such as `in_port=1` and `ip`, all of which must fit; none: every packet."""
    actions: tuple[str, ...]
    """Such as `ct(commit,zone=1)` and `output:2`, in their order; none: the packet is dropped."""
    options: tuple[str, ...] = ()
    """What decides neither: timeouts, cookies, counters of a dump."""
    learned: bool = field(default=False, kw_only=True)
    """Not in the file: what `learn` of another rule adds when packets pass."""

    def __str__(self) -> str:
        fields = [f"table={self.table}", f"priority={self.priority}", *self.options, *self.match]
        return f"{','.join(fields)},actions={','.join(self.actions) or 'drop'}"

    @property
    def is_part(self) -> bool:
        """Is it a part of the match of another rule?"""
        return any(action.startswith("conjunction") for action in self.actions)

    @property
    def destinations(self) -> list[Destination]:
        """Where its packets go, each once, in the order of the actions; `drop` when nowhere."""
        if self.is_part:
            return []
        return list(destinations(self.actions, self.table)) or [Destination("drop", "")]

    @property
    def key(self) -> tuple[int, int, frozenset[str]]:
        """A table has one rule of it: another takes its place."""
        return self.table, self.priority, frozenset(self.match)


class Group(NamedTuple):
    """What `group:<number>` does with a packet."""

    number: str
    kind: str
    buckets: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Of each what is said about it (`weight:3`), and its actions."""


class Meter(NamedTuple):
    """What `meter:<number>` does to the rate of packets."""

    number: str
    words: tuple[str, ...]
    bands: tuple[str, ...]


class RuleSet(NamedTuple):
    """What a file leaves in a switch."""

    rules: list[Rule]
    groups: tuple[Group, ...] = ()
    meters: tuple[Meter, ...] = ()


def read_rules(path: str | Path, settings: Mapping[str, Any]) -> RuleSet:
    """The rules of a file as a DUT with these settings gets it.

    MiddlebenchError when it cannot be read, holds no rule, or a line is none.
    """
    lines = lines_of(as_used(Path(path), settings))
    return rules_of(with_a_flow(lines, path), str(path))


def rules_of(lines: list[Line], where: str = "rules") -> RuleSet:
    """What the lines of a file leave; ConfigError with `where` and the line's number."""
    return RuleSet(
        _after_all(lines, where),
        tuple(_each(_group, lines, GROUP, where)),
        tuple(_each(_meter, lines, METER, where)),
    )


def _after_all(lines: list[Line], where: str) -> list[Rule]:
    rules: dict[tuple, Rule] = {}
    for command, rule in _each(_command, lines, FLOW, where):
        if command == "add":
            rules.pop(rule.key, None)
            rules[rule.key] = rule
            continue
        for old in [old for old in rules.values() if _meant(command, rule, old)]:
            del rules[old.key]
            if command.startswith("modify"):
                rules[old.key] = replace(old, actions=rule.actions)
    return list(rules.values())


def _each(parse: Any, lines: Iterable[Line], kind: str, where: str) -> list[Any]:
    found = []
    for line in lines:
        if line.kind == kind:
            try:
                found.append(parse(line.text))
            except ValueError as error:
                raise ConfigError(f"{where}:{line.number}: {error}") from error
    return found


def _meant(command: str, told: Rule, old: Rule) -> bool:
    """Does a command other than `add` mean a rule?"""
    if command.endswith("_strict"):
        return (max(told.table, 0), *told.key[1:]) == old.key
    if told.table not in (-1, old.table):
        return False
    fits = set(old.match).union(*(PROTOCOLS.get(name, ()) for name in old.match))
    return fits.issuperset(told.match)


def _command(line: str) -> tuple[str, Rule]:
    word = re.match(r"[^, \t]*", line)[0]
    command = next((known for known in _COMMANDS if word and known.startswith(word)), None)
    if command:
        line = line[len(word) :]
    command = command or "add"
    head, said, tail = line.partition("action")
    if said:
        equals, tail = tail.partition("=")[1:]
    if not (said and equals) and not command.startswith("delete"):
        raise ValueError("must specify an action")
    found = {"table": ANY_TABLE if command != "add" else 0, "priority": DEFAULT_PRIORITY}
    options, match = [], []
    for part in parts(head):
        if part.key in found:
            most = ANY_TABLE if part.key == "table" else MAX_PRIORITY
            found[part.key] = _number(part, most)
        else:
            (match if _matches(part, command) else options).append(part.text)
    if found["table"] == ANY_TABLE:
        found["table"] = 0 if command == "add" else -1
    actions = () if command.startswith("delete") else checked_actions(tail, found["table"])
    return command, Rule(found["table"], found["priority"], tuple(match), actions, tuple(options))


def _matches(part: Part, command: str) -> bool:
    """Is a part of a rule's match, and no option of it?  ValueError when it is neither."""
    if part.key in FLAGS or part.key in PROTOCOLS:
        return part.key in PROTOCOLS
    if part.text == part.key:
        raise ValueError(f"field {part.key} missing value")
    if part.key in OPTIONS or (part.key in _OF_DELETE and command != "add"):
        return False
    if not is_field(re.sub(r"\[[\d.]*\]$", "", part.key)):
        raise ValueError(f"unknown keyword {part.key}")
    return True


def _number(part: Part, most: int) -> int:
    try:
        number = int(part.value, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise ValueError(f"{part.text}; allowed: a number from 0 to {most}")
    return number


def _group(line: str) -> Group:
    head, *buckets = re.split(r"\bbucket\s*=", re.sub(r"^add\s+", "", line))
    said = {part.key: part.value for part in parts(head)}
    for key in ("group_id", "type"):
        if key not in said:
            raise ValueError(f"must specify a {key.replace('_id', '')}")
    return Group(said["group_id"], said["type"], tuple(_bucket(text) for text in buckets))


_OF_BUCKET = ("bucket_id", "weight", "watch_port", "watch_group")


def _bucket(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = parts(re.sub(r"\bactions\s*=", "", text))
    about = tuple(part.text for part in found if part.key in _OF_BUCKET)
    others = [part.text for part in found if part.key not in _OF_BUCKET]
    return about, checked_actions(",".join(others), -1)


def _meter(line: str) -> Meter:
    head, said, bands = re.sub(r"^add\s+", "", line).partition("band")
    if not said:
        raise ValueError("must specify bands")
    found = parts(head)
    number = next((part.value for part in found if part.key == "meter"), "")
    words = tuple(part.text for part in found if part.key != "meter")
    return Meter(number, words, (bands.partition("=")[2],))
