"""The rows of drawn OpenFlow tables: their texts, and the columns that these fit in.

All lengths in points, y downwards, from the upper left corner of one file's drawing.
"""

from dataclasses import dataclass
from itertools import groupby

from middlebench.duts.ovs.openflow import Destination, Rule
from middlebench.figures.drawing.canvas import MONO, text_width, wrapped

MAX_ROWS = 30
"""Most rules of a table that are drawn one by one: a page must be readable."""
PAD = 4
MIN_COLUMN = 110
"""Least width of match and of actions [pt]: a figure rather gets wider."""


@dataclass
class Row:
    """A rule, or several that are only counted."""

    priority: str
    match: list[str]
    actions: list[str]
    destinations: list[Destination]
    top: float = 0
    height: float = 0

    @property
    def middle(self) -> float:
        """Where its arrow begins."""
        return self.top + self.height / 2


@dataclass
class Table:
    """A table with its rows; its title stands from `top` to the first row."""

    number: int
    rows: list[Row]
    top: float = 0
    head: float = 0


def tables_of(rules: list[Rule]) -> list[Table]:
    """The tables of a file's rules by number; table 0, where packets begin, is always there."""

    def number(rule: Rule) -> int:
        return rule.table

    found = [_table(key, list(of)) for key, of in groupby(sorted(rules, key=number), number)]
    if not found or found[0].number:
        found.insert(0, Table(0, [Row("", ["(no rule)"], ["drop"], [Destination("drop", "")])]))
    return found


def _table(number: int, rules: list[Rule]) -> Table:
    """The rows of a table by priority; of rules beyond MAX_ROWS only their number."""
    rules = sorted(rules, key=lambda rule: -rule.priority)
    shown = rules if len(rules) <= MAX_ROWS else rules[: MAX_ROWS - 1]
    rows = [
        Row(
            str(rule.priority),
            [", ".join(rule.match) or "(every packet)"],
            [", ".join(rule.actions) or "drop"],
            rule.destinations,
        )
        for rule in shown
    ]
    if rest := rules[len(shown) :]:
        places = list(dict.fromkeys(place for rule in rest for place in rule.destinations))
        low, high = rest[-1].priority, rest[0].priority
        rows.append(
            Row(f"≤ {high}", [f"({len(rest)} more rules, down to {low})"], ["(...)"], places)
        )
    return Table(number, rows)


def fit_columns(tables: list[Table], room: float, size: float) -> tuple[float, float, float, float]:
    """Wrap the texts of all rows, and return the edges of the columns.

    As wide as the texts are, or narrower when there is not so much `room`.
    """
    rows = [row for table in tables for row in table.rows]

    def widest(texts: list[str]) -> float:
        return max(text_width(text, size, MONO) for text in texts) + 2 * PAD

    first = max(
        widest([row.priority for row in rows]),
        text_width("table 254", size, weight="bold") + 2 * PAD,
    )
    match, actions = widest([r.match[0] for r in rows]), widest([r.actions[0] for r in rows])
    room = max(room - first, 2 * MIN_COLUMN)
    if match + actions > room:
        match, actions = _shared(match, actions, room)
    match, actions = max(match, MIN_COLUMN), max(actions, MIN_COLUMN)
    for row in rows:
        row.match = wrapped(row.match[0], match - 2 * PAD, size, MONO)
        row.actions = wrapped(row.actions[0], actions - 2 * PAD, size, MONO)
    return (0, first, first + match, first + match + actions)


def _shared(one: float, other: float, room: float) -> tuple[float, float]:
    """`room` for two columns: the smaller has what it wants, if that is no more than half."""
    if min(one, other) <= room / 2:
        return (one, room - one) if one < other else (room - other, other)
    return room / 2, room / 2
