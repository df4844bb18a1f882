"""The table of synthetic records; apart from them, as pandas takes its time."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.records.table import records_table
from records import write_record


def table_of(folder: Path, made: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """The table of the records, by way of their files."""
    return records_table([write_record(folder, record) for record in made])
