"""A file of OpenFlow rules, by what its lines are: flows, groups, meters.

A line is what `ovs-ofctl` takes for one: a flow (add-flows), a group (add-groups; it begins with
`group_id=`) or a meter (add-meter; it begins with `meter=`).  The word `flow`, `group` or `meter`
may stand before it, as in the files of `ovs-ofctl bundle`.
"""

import re
from pathlib import Path
from typing import NamedTuple

from middlebench.errors import ConfigError

FLOW, GROUP, METER = "flow", "group", "meter"

_WORD = re.compile(rf"\s*({FLOW}|{GROUP}|{METER})\s+(?=\S)")
_BEGINNING = re.compile(r"\s*(?:add\s+)?(group_id|meter)\s*=")


class Line(NamedTuple):
    """A line that says something."""

    number: int
    """In the file, from 1."""
    kind: str
    """FLOW, GROUP or METER."""
    text: str
    """Without its comment, and without the word for its kind."""


def lines_of(text: str) -> list[Line]:
    """The lines of a file that are no comment, in their order."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.partition("#")[0].strip()
        if bare:
            found.append(Line(number, *_told_apart(bare)))
    return found


def with_a_flow(lines: list[Line], path: str | Path) -> list[Line]:
    """The lines of a file; ConfigError when none is a rule."""
    if not any(line.kind == FLOW for line in lines):
        raise ConfigError(f"{path}: holds no rule; allowed: one at least")
    return lines


def alone(lines: list[Line], kind: str) -> str:
    """A file of the lines of one kind, each where it stands among all: the others are empty."""
    places = {line.number: line.text for line in lines if line.kind == kind}
    return "".join(f"{places.get(number, '')}\n" for number in range(1, max(places, default=0) + 1))


def _told_apart(line: str) -> tuple[str, str]:
    if word := _WORD.match(line):
        return word[1], line[word.end() :]
    if begins := _BEGINNING.match(line):
        return (METER if begins[1] == METER else GROUP), line
    return FLOW, line
