"""What the machine gave over a run, in one line for its end."""

import sys
from collections import Counter
from pathlib import Path

import pandas as pd

from middlebench.machine.states import CLASSES, NOT_ASKED, WORDS
from middlebench.records.verdict import VALID_VERDICTS

_SHARED = ("share_shared", "share_shared_far")


def say_machine(records: pd.DataFrame, log: str) -> None:
    """Say the line of a table of records, where there is one, and write it to a job's log."""
    if said := machine_line(records):
        print(said, file=sys.stderr)
        Path(log).write_text(said + "\n", encoding="utf-8")


def machine_line(records: pd.DataFrame) -> str | None:
    """The line on a table of records (`records.table`); None where no probe told states apart.

    Such as `the DUT's core was shared 61 % of the time; 212 of 212 points hold alone`: shares are
    of the time of all windows; points hold in the state that they were judged in.
    """
    asked = records[records["state"] != NOT_ASKED]
    if asked.empty:
        return None
    window_s = asked["window_s"]
    given = {
        name: (asked[columns].sum(axis=1) * window_s).sum() / window_s.sum()
        for name, columns in (("shared", list(_SHARED)), ("unknown", ["share_unknown"]))
    }
    said = [f"the DUT's core was shared {100 * given['shared']:.0f} % of the time"]
    if given["unknown"] >= 0.005:
        said[0] += f" (not known: {100 * given['unknown']:.0f} %)"
    valid = Counter(asked.loc[asked["verdict"].isin(VALID_VERDICTS), "state"])
    first, *others = [name for name in WORDS if valid[name]] or CLASSES[:1]
    said.append(f"{valid[first]} of {len(asked)} points hold {WORDS[first]}")
    return "; ".join([*said, *(f"{valid[name]} {WORDS[name]}" for name in others)])
