"""The rows of tables that are of the main state of their series."""

import pandas as pd

from middlebench.analysis.main_state import main_state
from middlebench.records.table import SERIES_KEYS, STATE_KEYS
from middlebench.records.verdict import VALID_VERDICTS


def main_rows(series: pd.DataFrame) -> pd.DataFrame:
    """Those of a series.csv, in their order."""
    kept = []
    for _, rows in series.groupby(SERIES_KEYS, sort=False):
        valid = dict(zip(rows["state"], rows["points_valid"], strict=True))
        kept += list(rows.index[rows["state"] == main_state(valid)])
    return series.loc[sorted(kept)]


def main_points(points: pd.DataFrame) -> pd.DataFrame:
    """Those of a points.csv, in their order."""
    counted = points.assign(points_valid=points["verdict"].isin(VALID_VERDICTS))
    states = counted.groupby(STATE_KEYS, as_index=False)["points_valid"].sum()
    wanted = pd.MultiIndex.from_frame(main_rows(states)[STATE_KEYS])
    return points[pd.MultiIndex.from_frame(points[STATE_KEYS]).isin(wanted)]


def of_series(table: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The rows of a table that are of the series and the state of a row of series.csv."""
    return table[(table[STATE_KEYS] == row[STATE_KEYS]).all(axis=1)]
