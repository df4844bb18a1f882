"""The rows of drawn OpenFlow tables: their texts, and the columns that these fit in.

All lengths in points, y downwards, from the upper left corner of one file's drawing.
"""

from dataclasses import dataclass
from itertools import groupby

from middlebench.duts.ovs.actions import Destination, destinations
from middlebench.duts.ovs.openflow import Group, Meter, RuleSet
from middlebench.duts.ovs.pipeline import DROP, Met, met
from middlebench.figures.drawing.canvas import MONO, text_width, wrapped

MAX_ROWS = 30
"""Most rules of a table that are drawn one by one: a page must be readable."""
PAD = 4
MIN_COLUMN = 110
"""Least width of match and of actions [pt]: a figure rather gets wider."""
MAX_PLACES = 40
"""Most destinations of rules that are only counted, for the same reason."""


@dataclass
class Row:
    """A rule, or several that are only counted."""

    priority: str
    match: list[str]
    actions: list[str]
    destinations: list[Destination]
    learned: bool = False
    """Is it not in the file, but added when packets pass?"""
    top: float = 0
    height: float = 0

    @property
    def middle(self) -> float:
        """Where its arrow begins."""
        return self.top + self.height / 2


@dataclass
class Table:
    """A table, a group or a meter with its rows; its title stands from `top` to the first row."""

    number: str
    rows: list[Row]
    kind: str = "table"
    heads: tuple[str, str] = ("match", "actions")
    """What the other columns are."""
    top: float = 0
    head: float = 0

    @property
    def title(self) -> str:
        """Its name."""
        return f"{self.kind} {self.number}"

    def is_at(self, place: Destination) -> bool:
        """Is it this destination?"""
        return (place.kind, place.name) == (self.kind, self.number)


def tables_of(found: RuleSet) -> list[Table]:
    """The tables of a file's rules by number; table 0, where packets begin, is always there.

    Behind them groups and meters.
    """

    def number(of: Met) -> int:
        return of.rule.table

    rules = sorted(met(found.rules), key=number)
    tables = [_table(str(key), list(of)) for key, of in groupby(rules, number)]
    if not tables or tables[0].number != "0":
        tables.insert(0, Table("0", [Row("", ["(no rule)"], ["drop"], [DROP])]))
    return [*tables, *map(_group, found.groups), *map(_meter, found.meters)]


def _table(number: str, rules: list[Met]) -> Table:
    """The rows of a table by priority; of rules beyond MAX_ROWS only their number."""
    rules = sorted(rules, key=lambda of: -of.rule.priority)
    shown = rules if len(rules) <= MAX_ROWS else rules[: MAX_ROWS - 1]
    rows = [
        Row(
            str(rule.priority),
            [f"{'(learned) ' * rule.learned}{', '.join(rule.match) or '(every packet)'}"],
            [", ".join(rule.actions) or "drop"],
            places,
            rule.learned,
        )
        for rule, places in shown
    ]
    if rest := [of.rule for of in rules[len(shown) :]]:
        places = dict.fromkeys(place for of in rules[len(shown) :] for place in of.destinations)
        low, high = rest[-1].priority, rest[0].priority
        words = f"({len(rest)} more rules, down to {low})"
        rows.append(Row(f"≤ {high}", [words], ["(...)"], _not_too_many(list(places))))
    return Table(number, rows)


def _not_too_many(places: list[Destination]) -> list[Destination]:
    """Of more than MAX_PLACES the first, and how many others there are."""
    if len(places) <= MAX_PLACES:
        return places
    others = len(places) - MAX_PLACES + 1
    return [*places[: MAX_PLACES - 1], Destination("other", f"{others} other places")]


def _group(group: Group) -> Table:
    rows = [
        Row(
            str(number),
            [", ".join(about) or "(nothing said)"],
            [", ".join(actions) or "drop"],
            list(destinations(actions, 0)) or [DROP],
        )
        for number, (about, actions) in enumerate(group.buckets, start=1)
    ] or [Row("", ["(no bucket)"], ["drop"], [DROP])]
    return Table(group.number, rows, "group", (f"bucket ({group.kind})", "actions"))


def _meter(meter: Meter) -> Table:
    row = Row("", [", ".join(meter.words) or "(nothing said)"], [", ".join(meter.bands)], [])
    return Table(meter.number, [row], "meter", ("unit", "bands"))


def fit_columns(tables: list[Table], room: float, size: float) -> tuple[float, float, float, float]:
    """Wrap the texts of all rows, and return the edges of the columns.

    As wide as the texts are, or narrower when there is not so much `room`.
    """
    rows = [row for table in tables for row in table.rows]

    def widest(texts: list[str]) -> float:
        return max(text_width(text, size, MONO) for text in texts) + 2 * PAD

    first = max(
        widest([row.priority for row in rows]),
        *(text_width(table.title, size, weight="bold") + 2 * PAD for table in tables),
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
