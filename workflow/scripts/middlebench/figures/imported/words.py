"""What the figure of imported series says of them: what each is called, and where it is from."""

import pandas as pd

from middlebench.figures.drawing.words import UNIT, plural
from middlebench.imported.point import THROUGHPUT
from middlebench.machine.states import NOT_ASKED, WORDS

IMPORTED = (
    "Imported (hollow, dotted) is what another generator counted on another machine, all of its "
    "time and from when a packet was sent; no knee and no interval of ours has it.  Latency that "
    "was counted in buckets: the mark is its upper bound, the bar reaches to the lower one."
)
MEASURED = (
    "Measured (filled, solid): medians over repetitions in clean time of one state of the machine, "
    "latency from when a packet was due; whiskers: their intervals."
)


def imported_label(row: pd.Series) -> str:
    """What an imported series is called in the legend; a search found what is no trial."""
    searched = ", by a search" if row["kind"] == THROUGHPUT else ""
    return f"imported: {row['series']} ({row['generator']}{searched})"


def measured_label(row: pd.Series) -> str:
    """The same of a measured one."""
    state = "" if row["state"] == NOT_ASKED else f", {WORDS[row['state']]}"
    flows = plural(row["flows"], "flow")
    return f"{row['figure']}: {row['dut']}, {row['function']}, {flows}{state}"


def footer(imported: pd.DataFrame, measured: bool) -> list[str]:
    """Where each imported series is from, and what its marks are."""
    lines = [_origin(of) for _, of in imported.groupby("series", sort=False)]
    return [*lines, IMPORTED, *([MEASURED] if measured else []), UNIT]


def _origin(of_series: pd.DataFrame) -> str:
    """Generator, files and set-up of one series."""
    row = of_series.iloc[0]
    files = of_series["file"].unique()
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    note = "" if pd.isna(row["note"]) else f"  {row['note']}"
    return (
        f"{row['series']}: {row['generator']}, {row['source']}: {files[0]}{more}.  "
        f"{row['testbed']}: {row['dut']}, {row['function']}, {plural(row['flows'], 'flow')}, "
        f"{row['protocol']}, {plural(len(of_series), 'point')}.{note}"
    )
