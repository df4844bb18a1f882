"""What telling the machine's states apart changes: the same trials, all of their clean time and the
judged state's alone."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from middlebench.records.judging import judged_state
from middlebench.records.read import read
from middlebench.records.record import judged_tally
from middlebench.records.verdict import VALID_VERDICTS

_CELL = ("flows", "rate_mbit", "repetition")

TOLD_APART_COLUMNS = [*_CELL, "state", "asked_pps", "all_pps", "own_pps"]
"""`all_pps`: received in all clean time, whatever its state; `own_pps`: in that of `state`."""


def told_apart(paths: Iterable[str | Path]) -> pd.DataFrame:
    """A row a valid record whose states were told apart, with TOLD_APART_COLUMNS [packets/s].

    RecordError when a record cannot be believed.
    """
    rows = []
    for record in map(read, paths):
        if not record["states"] or record["verdict"]["name"] not in VALID_VERDICTS:
            continue
        cell = {key: record["identity"][key] for key in _CELL}
        together = judged_tally(record, list(record["states"]))
        rows.append(
            cell
            | {"state": judged_state(record), "asked_pps": record["asked"]["rate_pps"]}
            | {"all_pps": together["received_pps"], "own_pps": record["gated"]["received_pps"]}
        )
    return pd.DataFrame(rows, columns=TOLD_APART_COLUMNS)


def apart(points: pd.DataFrame, column: str) -> float:
    """How far repetitions of a rate are from each other, as a share of their median: the largest.

    NaN where no rate has two.
    """
    of_rates = points.groupby("rate_mbit")[column]
    return ((of_rates.max() - of_rates.min()) / of_rates.median())[of_rates.size() > 1].max()
