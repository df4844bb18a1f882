"""Capacity over the size of a table, of flows or of rules, and where it falls off a cliff."""

import pandas as pd

from middlebench.analysis.cliff import Sized, cliff
from middlebench.analysis.league import CELL
from middlebench.duts.registry import entry
from middlebench.duts.rule_lists import count_of

FLOWS, RULES = "flows", "rules"

_LINE = ["testbed", "dut"]
_KEPT = ["correct", "state", "capacity_pps", "capacity_low_pps", "capacity_high_pps"]
_KEPT += ["capacity_level", "at_least", "ceiling_pps", "dut_version", "note"]

SCALING_COLUMNS = [*_LINE, "function", "protocol", "frame_size_bytes", "flows", "rules", *_KEPT]
SCALING_COLUMNS += ["cliff_after", "cliff_before", "cliff_lost", "cliff_cause"]
"""The columns of flows.csv and rules.csv: a row a DUT and size.  `rules`: how many come before the
function's own; 0 where it has no others.  `cliff_*`, the same in each row of a DUT: its largest
sure fall is after the size `cliff_after` and before `cliff_before`; which share of the capacity is
lost there (0..1), and what is known to end between both."""

EXACT_MATCHES = (8192, "the exact-match cache of Open vSwitch has 8192 flows")
CONNECTIONS = (262144, "the kernel tracks 262144 connections (nf_conntrack_max)")
"""The number of flows beyond which something is too small, and what."""


def scaling_table(league: pd.DataFrame, part: str) -> pd.DataFrame:
    """SCALING_COLUMNS of a table of `analysis.league`, by DUT and size; `part`: FLOWS or RULES."""
    table = league.assign(rules=[count_of(name) or 0 for name in league["function"]])
    table = table.sort_values([*_LINE, *CELL, part], ignore_index=True)
    found = {}
    for key, rows in table.groupby(_LINE, sort=True):
        sizes = [_sized(row, part) for _, row in rows.iterrows()]
        found[key] = cliff(sizes, causes_of(key[1]) if part == FLOWS else ())
    cliffs = [found[key] for key in zip(table["testbed"], table["dut"], strict=True)]
    table["cliff_after"] = pd.array([of and of.before for of in cliffs], dtype="Int64")
    table["cliff_before"] = pd.array([of and of.after for of in cliffs], dtype="Int64")
    table["cliff_lost"] = [round(of.lost, 3) if of else None for of in cliffs]
    table["cliff_cause"] = [of.cause or None if of else None for of in cliffs]
    return table.sort_values([*_LINE, part], ignore_index=True)[SCALING_COLUMNS]


def causes_of(dut: str) -> list[tuple[int, str]]:
    """What of a DUT is known to be too small beyond a number of flows."""
    of = entry(dut)
    found = [EXACT_MATCHES] if of.software == "ovs" and of.sandbox else []
    return found if of.polls else [*found, CONNECTIONS]


def _sized(row: pd.Series, part: str) -> Sized:
    keys = ("capacity_pps", "capacity_low_pps", "capacity_high_pps")
    values = (None if pd.isna(row[key]) else float(row[key]) for key in keys)
    return Sized(int(row[part]), *values)
