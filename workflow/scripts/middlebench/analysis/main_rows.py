"""The rows of tables that are of the main state of their series."""

import pandas as pd

from middlebench.analysis.knee import NOT_CARRIED
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


def by_state(points: pd.DataFrame) -> pd.DataFrame:
    """A points.csv in which a DUT that stalled or failed did so in the main state of its series.

    It did so in whatever state: nothing in that says what a state changes, so that it counts where
    it is looked at.
    """
    broken = points["verdict"].isin(NOT_CARRIED)
    if not broken.any():
        return points
    main = main_rows(_counted(points)).set_index(SERIES_KEYS)["state"]
    found = main.loc[pd.MultiIndex.from_frame(points.loc[broken, SERIES_KEYS])]
    made = points.copy()
    made.loc[broken, "state"] = found.to_numpy()
    return made


def main_points(points: pd.DataFrame) -> pd.DataFrame:
    """Those of a points.csv as `by_state` gives it, in their order."""
    points = by_state(points)
    wanted = pd.MultiIndex.from_frame(main_rows(_counted(points))[STATE_KEYS])
    return points[pd.MultiIndex.from_frame(points[STATE_KEYS]).isin(wanted)]


def _counted(points: pd.DataFrame) -> pd.DataFrame:
    """A row a series in a state, with how many of its points are valid."""
    counted = points.assign(points_valid=points["verdict"].isin(VALID_VERDICTS))
    return counted.groupby(STATE_KEYS, as_index=False)["points_valid"].sum()


def of_series(table: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The rows of a table that are of the series and the state of a row of series.csv."""
    return table[(table[STATE_KEYS] == row[STATE_KEYS]).all(axis=1)]
