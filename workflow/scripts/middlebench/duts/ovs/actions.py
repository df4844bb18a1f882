"""The actions of OpenFlow rules: which are taken, and where they send packets (ovs-actions(7))."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from middlebench.duts.ovs.names import ACTIONS, is_subfield
from middlebench.duts.ovs.syntax import Part, parts
from middlebench.duts.supplied import PORTS

NESTING = ("clone", "write_actions")
"""Actions whose arguments are actions."""

_RESERVED = ("normal", "flood", "all", "local", "in_port", "controller", "table")
_NAMED = {name: str(number) for number, name in enumerate(PORTS, start=1)} | {"br0": "local"}
"""The names of ports of every DUT, and of the switch's own."""

ANY_TABLE = 255
"""No table's number: where a switch takes it, it is its own one, or all."""

_MAX_PORT = 0xFEFF
_LOCAL = "4294967294"
_LISTS = ("members", "slaves")


class Destination(NamedTuple):
    """Where an action sends a packet."""

    kind: str
    """`table`, `port`, `group`, `drop`; `back`, to the rule whose `resubmit` led here; `taught`, a
    port that is known when a packet has taught the rule."""
    name: str
    """Number or name of the table, port or group; empty for the others.  Of `taught` the field of
    that packet; empty: the port that it came from."""
    tracked: bool = False
    """By way of connection tracking: the packet comes back with a ct_state."""


@lru_cache(maxsize=10_000)
def checked_actions(text: str, table: int) -> tuple[str, ...]:
    """The actions of a rule of `table` (-1: of none) as they were written; none for `drop`.

    ValueError in the switch's words, as far as it names actions, ports and tables.
    """
    found = parts(text)
    for part in found:
        _check(part, table)
    kept = tuple(part.text for part in found if part.key.lower() != "drop")
    if kept and len(kept) < len(found):
        raise ValueError('"drop" must not be accompanied by any other action or instruction')
    return kept


@lru_cache(maxsize=10_000)
def destinations(actions: tuple[str, ...], table: int) -> tuple[Destination, ...]:
    """Where the actions of a rule of `table` send a packet, each once, in their order."""
    found = (place for action in actions for place in _destinations(action, table))
    return tuple(dict.fromkeys(found))


def argument(part: Part, key: str) -> str:
    """The value of `key=value` or `key:value` among an action's arguments; empty without any."""
    return next((inner.value for inner in parts(part.value) if inner.key == key), "")


def _check(part: Part, table: int) -> None:
    name = part.key.lower()
    if name not in ACTIONS:
        if name == "apply_actions":
            raise ValueError("apply_actions is the default instruction")
        if name == "nat":
            raise ValueError('Cannot have NAT action outside of "ct" action')
        if _port(part.key) is None:
            raise ValueError(f"unknown action {part.key}")
    elif name in NESTING:
        for inner in parts(part.value):
            _check(inner, table)
    elif name == "output" and not is_subfield(part.value) and _port(_output(part)) is None:
        raise ValueError(f"{part.value}: output to unknown port")
    elif name == "enqueue" and len(re.split(r"[:,q]", part.value)) < 2:
        raise ValueError('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"')
    elif name in ("group", "meter") and not re.fullmatch(r"\d+|0x[0-9a-fA-F]+", part.value):
        missing = f"invalid numeric format {part.value}"
        raise ValueError(missing if part.value else "missing required numeric argument")
    elif name == "goto_table" and _table(part.value) <= table:
        raise ValueError(f"{part.text}; allowed: a table behind its own, {table}")
    elif name == "resubmit":
        port, other = _resubmitted(part)
        if not port and other in ("", "255"):
            raise ValueError('at least one "in_port" or "table" must be specified on resubmit')
        if other:
            _table(other)
    elif name == "ct" and (other := argument(part, "table")):
        _table(other)


def _destinations(action: str, table: int) -> Iterator[Destination]:
    (part,) = parts(action)
    name = part.key.lower()
    if name in NESTING:
        for inner in parts(part.value):
            yield from _destinations(inner.text, table)
    elif name == "output":
        yield Destination("port", _port(_output(part)) or part.value)
    elif name == "enqueue":
        port = re.split(r"[:,q]", part.value)[0]
        yield Destination("port", _port(port) or port)
    elif name == "bundle":
        listed = re.search(rf"\b(?:{'|'.join(_LISTS)})\s*:(.*)", part.value)
        for member in parts(listed[1] if listed else ""):
            yield Destination("port", _port(member.text) or member.text)
    elif name == "group":
        yield Destination("group", part.value)
    elif name == "goto_table":
        yield Destination("table", part.value)
    elif name == "resubmit":
        _, other = _resubmitted(part)
        yield Destination("table", str(table) if other in ("", "255") else other)
    elif name == "ct" and (other := argument(part, "table")):
        yield Destination("table", other, tracked=True)
    elif port := _port(part.key):
        yield Destination("port", port)


def _output(part: Part) -> str:
    """The port of `output:<port>`, `output(port=<port>,max_len=...)`."""
    return argument(part, "port") or part.value


def _resubmitted(part: Part) -> tuple[str, str]:
    """(port, table) of `resubmit:port`, `resubmit(port)`, `resubmit(port,table,ct)`; empty: its."""
    port, _, others = part.value.partition(",")
    return port.strip(), others.partition(",")[0].strip()


def _port(text: str) -> str | None:
    """How a port is called here, however it was written; None when the switch knows none."""
    bare = text.strip().strip('"')
    if re.fullmatch(r"\d+", bare):
        if bare == _LOCAL:
            return "local"
        return str(int(bare)) if int(bare) <= _MAX_PORT else None
    name = bare.lower()
    if name in _RESERVED:
        return name
    return _NAMED.get(bare)


def _table(text: str) -> int:
    number = int(text) if re.fullmatch(r"\d+", text.strip()) else ANY_TABLE + 1
    if number > ANY_TABLE:
        raise ValueError(f'unknown table "{text}"')
    return number
