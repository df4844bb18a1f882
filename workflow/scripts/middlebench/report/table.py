"""A table as an HTML page that stands alone: sorted by a click, filtered by words and by column.

DataTables does it, as the package itables brings it: nothing is loaded from anywhere.
"""

import math
from pathlib import Path

import itables.options
import pandas as pd
from itables import to_html_datatable
from itables.javascript import generate_init_offline_itables_html

from middlebench.errors import RecordError
from middlebench.report.page import page

CSS = """
body { font-size: 14px; }
p { margin-bottom: 1em; }
table.dataTable { font-size: 13px; }
table.dataTable.nowrap td.words { white-space: normal; min-width: 24em; }
tfoot input { min-width: 4em; width: 100%; box-sizing: border-box; font-size: 12px; }
"""
LONG = 40
"""Letters in a cell from which on its column breaks lines."""

EMPTY = "There is no row in this table."
HOW = (
    "A click on a heading sorts, a second one the other way round. A field in the last row filters "
    "by its column. Empty is what was not measured."
)


def read_table(path: str | Path) -> pd.DataFrame:
    """The CSV file in `path`; RecordError in one line when it is none."""
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:  # of pandas and of UTF-8 too
        why = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise RecordError(f"{path}: cannot be read ({why}); allowed: a table in CSV") from error


def table_page(title: str, table: pd.DataFrame) -> str:
    """The page; a table without rows says so in words."""
    if not len(table):
        return page(title, [EMPTY], "")
    return page(title, [HOW], _interactive(table), CSS)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The table with fractions as `number_text` and nothing where nothing was measured.

    DataTables sorts texts that are numbers as numbers.
    """
    texts = {
        name: column.map(number_text, na_action="ignore")
        for name, column in table.select_dtypes("float").items()
    }
    return table.assign(**texts).astype(object).fillna("")


def number_text(value: float) -> str:
    """A number for reading: six digits where it has a fraction, all of them before the point."""
    whole = not math.isfinite(value) or abs(value) >= 1e5 or value == int(value)
    return f"{value:.0f}" if whole else f"{value:.6g}"


def _wordy(table: pd.DataFrame) -> list[int]:
    """The numbers of the columns in which some text is LONG."""
    return [
        number
        for number, (_, column) in enumerate(table.items())
        if any(isinstance(cell, str) and len(cell) > LONG for cell in column)
    ]


def _interactive(table: pd.DataFrame) -> str:
    """The table with all its rows (itables leaves some out by default), and what it needs."""
    html = to_html_datatable(
        readable(table),
        connected=False,
        table_id="table",
        maxBytes=0,
        maxRows=0,
        maxColumns=0,
        column_filters="footer",
        classes="display compact nowrap cell-border",
        columnDefs=[{"targets": _wordy(table), "className": "words"}],
        lengthMenu=[25, 100, {"label": "all", "value": -1}],
        scrollX=True,
        scrollY="calc(100vh - 19em)",  # the fields below stay in sight
        scrollCollapse=True,
        display_logo_when_loading=False,
        text_in_header_can_be_selected=False,
    )
    return generate_init_offline_itables_html(itables.options.dt_bundle) + html
