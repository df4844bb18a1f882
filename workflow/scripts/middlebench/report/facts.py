"""Tables of what the records and checks say beside the numbers: versions, machines, doubt."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.records.job_files import read_check
from middlebench.records.read import read
from middlebench.records.table import POINT_KEYS
from middlebench.records.verdict import VALID_VERDICTS

FACT_COLUMNS = ["about", "fact", "value", "points"]
"""`points`: how many records say so; more than one value of a fact is a row each."""

CHECK_COLUMNS = ["dut", "function", "check", "passed", "failure_expected", "seen"]

DOUBT_COLUMNS = [*POINT_KEYS, "verdict", "reason", "clean_s", "disturbed_share", "record"]
"""The columns of in_doubt.csv: those of points.csv that say what does not hold, and why."""


def facts_table(records: Iterable[str | Path], section: str) -> pd.DataFrame:
    """What `section` (`software` or `host`) of the records says, with FACT_COLUMNS.

    One row a fact and value, in the order of the records; parts of a section (dut, generator) are
    `about`.  Records without the section, of points that gave no result, say nothing.
    """
    counted: Counter[tuple[str, str, str]] = Counter()
    for path in records:
        about = read(path).get(section) or {}
        counted.update(set(_flat(about, section)))
    rows = [(*fact, points) for fact, points in sorted(counted.items())]
    return pd.DataFrame(rows, columns=FACT_COLUMNS)


def checks_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """What each functional check saw, with CHECK_COLUMNS; `paths`: <dut>/<function>.json."""
    rows = []
    for path in map(Path, paths):
        check = read_check(path)
        keys = ("name", "passed", "failure_expected", "detail")
        rows += [
            (path.parent.name, check["function"], *(item[key] for key in keys))
            for item in check["items"]
        ]
    return pd.DataFrame(rows, columns=CHECK_COLUMNS)


def doubt_table(points: pd.DataFrame) -> pd.DataFrame:
    """The rows of `points` (POINT_COLUMNS) that say nothing about the DUT, with DOUBT_COLUMNS."""
    doubtful = points[~points["verdict"].isin(VALID_VERDICTS)]
    return doubtful[DOUBT_COLUMNS].reset_index(drop=True)


def _flat(value: Any, about: str, fact: str = "") -> Iterator[tuple[str, str, str]]:
    """(about, fact, value) of everything in nested mappings; facts are dotted."""
    if not isinstance(value, Mapping):
        yield about, fact, "not known" if value is None else str(value)
        return
    for key, inner in value.items():
        if isinstance(inner, Mapping) and not fact and about in ("software", "host"):
            yield from _flat(inner, key)
        else:
            yield from _flat(inner, about, f"{fact}.{key}" if fact else key)
