"""OpenFlow rules as data: the tables of a file as `ovs-ofctl add-flows` reads it (ovs-ofctl(8)).

Syntax is read as far as it says where packets go; whether a switch takes a match, it must say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import NamedTuple

from middlebench.errors import ConfigError

DEFAULT_PRIORITY = 32768
MAX_TABLE, MAX_PRIORITY = 254, 65535

# Neither match nor action: how long a rule lives, what it is called, what a dump says about it.
_OPTIONS = {"cookie", "idle_timeout", "hard_timeout", "importance", "idle_age", "hard_age"}
_OPTIONS |= {"duration", "n_packets", "n_bytes", "send_flow_rem", "check_overlap"}
_OPTIONS |= {"reset_counts", "no_packet_counts", "no_byte_counts"}
_NESTING = {"clone", "write_actions"}
_PORTS = {"normal", "flood", "all", "local", "in_port", "controller"}
_PAIRS = {"(": ")", "[": "]"}


class Destination(NamedTuple):
    """Where an action sends a packet."""

    kind: str
    """`table`, `port`, `group` or `drop`."""
    name: str
    """Number or name of the table, port or group; empty for `drop`."""
    tracked: bool = False
    """By way of connection tracking: the packet comes back with a ct_state."""


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

    def __str__(self) -> str:
        fields = [f"table={self.table}", f"priority={self.priority}", *self.options, *self.match]
        return f"{','.join(fields)},actions={','.join(self.actions) or 'drop'}"

    @property
    def destinations(self) -> list[Destination]:
        """Where its packets go, each once, in the order of the actions; `drop` when nowhere."""
        if any(_split(action)[0] == "conjunction" for action in self.actions):
            return []  # a part of another rule's match
        found = [place for action in self.actions for place in _destinations(action, self.table)]
        return list(dict.fromkeys(found)) or [Destination("drop", "")]


def read_rules(path: str | Path, settings: Mapping[str, str]) -> list[Rule]:
    """The rules of a file, each ${key} in it replaced by what `settings` says.

    ConfigError when it cannot be read, holds no rule, or a line is none.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    rules = parse_rules(Template(text).safe_substitute(settings), str(path))
    if not rules:
        raise ConfigError(f"{path}: holds no rule; allowed: one at least")
    return rules


def parse_rules(text: str, where: str = "rules") -> list[Rule]:
    """The rules of a file's text in their order; ConfigError with `where` and the line's number."""
    rules = []
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        try:
            rules.append(_rule(bare))
        except ValueError as error:
            raise ConfigError(f"{where}, line {number}: {error}") from error
    return rules


def parts(text: str) -> list[str]:
    """A list as OVS writes it: parted by commas or blanks that no bracket encloses.

    ValueError when a bracket has no partner.
    """
    found, part, closing = [], "", []
    for letter in text:
        if letter in _PAIRS:
            closing.append(_PAIRS[letter])
        elif closing and letter == closing[-1]:
            closing.pop()
        elif letter in _PAIRS.values():
            raise ValueError(f"a {letter} too many in {text}")
        if not closing and (letter == "," or letter.isspace()):
            found.append(part)
            part = ""
        else:
            part += letter
    if closing:
        raise ValueError(f"no {closing[-1]} in {text}; allowed: a bracket for each that is open")
    return [part for part in [*found, part] if part]


def _rule(line: str) -> Rule:
    if "$" in line:
        raise ValueError(f"{line[line.index('$') :][:40]}: a $ that no setting fills")
    line = re.sub(r"^add\s+", "", line)
    head, equals, tail = line.partition("actions=" if "actions=" in line else "action=")
    if not equals:
        raise ValueError(f"{line[:60]}: no actions; allowed: <fields>,actions=<actions>")
    table, priority, options, match = 0, DEFAULT_PRIORITY, [], []
    for field in parts(head):
        key, _, value = field.partition("=")
        if key == "table":
            table = _number(field, value, MAX_TABLE)
        elif key == "priority":
            priority = _number(field, value, MAX_PRIORITY)
        else:
            (options if key in _OPTIONS else match).append(field)
    actions = tuple(action for action in parts(tail) if action.lower() != "drop")
    return Rule(table, priority, tuple(match), actions, tuple(options))


def _number(field: str, text: str, most: int) -> int:
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number <= most:
        raise ValueError(f"{field}; allowed: a number from 0 to {most}")
    return number


def _split(action: str) -> tuple[str, str]:
    """(name in small letters, argument) of `output:2`, `ct(commit)`, `normal`."""
    name, argument = re.fullmatch(r"(?s)([^(:]*)(.*)", action).groups()
    if argument.startswith("("):
        return name.lower(), argument[1:-1]
    return name.lower(), argument.removeprefix(":")


def _destinations(action: str, table: int) -> Iterator[Destination]:
    name, argument = _split(action)
    if name in _NESTING:
        for inner in parts(argument):
            yield from _destinations(inner, table)
    elif name in _PORTS:
        yield Destination("port", name)
    elif re.fullmatch(r"\d+", name):
        yield Destination("port", str(int(name)))
    elif name in ("output", "enqueue"):
        port = _value(argument, "port") or (argument if "[" in argument else argument.split(":")[0])
        port = port.strip('"')
        yield Destination("port", port.lower() if port.lower() in _PORTS else port)
    elif name == "group":
        yield Destination("group", argument)
    elif name == "goto_table":
        yield Destination("table", argument)
    elif name == "resubmit":
        port_and_table = argument.split(",")  # resubmit:port, resubmit(port), resubmit(port,table)
        other = port_and_table[1].strip() if len(port_and_table) > 1 else ""
        yield Destination("table", other or str(table))
    elif name == "ct" and (other := _value(argument, "table")):
        yield Destination("table", other, tracked=True)


def _value(argument: str, key: str) -> str:
    """The value of `key=value` among an action's arguments; empty when it has none."""
    values = (part.partition("=") for part in parts(argument))
    return next((value for name, _, value in values if name == key), "")
