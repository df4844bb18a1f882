"""Throughput: what the trials of each series say, as one table.

Nothing that follows from the trials is in their files: they are gone through once more, as they
were made, and each has to be what the search asks for next.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from middlebench.analysis.trials import trial_fault
from middlebench.errors import RecordError
from middlebench.files import seal
from middlebench.frame_mix import FrameSize, frame_size_of
from middlebench.measuring.search import Found
from middlebench.measuring.throughput import NDR, SCHEMA, Told, told, trial_settings
from middlebench.records.identity import Rate
from middlebench.records.table import size_type
from middlebench.units import line_rate_mbit, packets_per_second, wire_mbit

WHAT = f"the trials of a search for throughput, of schema {SCHEMA}"
AGAIN = "to search again"

CELL = ("testbed", "dut", "function", "protocol", "frame_size_bytes", "flows")
LINKS_GBIT = (1, 10, 25, 100)
MBIT_PER_GBIT = 1000
QUANTILES = ("p50", "p99")

COLUMNS = [
    *(*CELL, "goal", "goals", "loss_ratio", "state"),
    *("pps", "lower_pps", "upper_pps", "width", "at_least"),
    *("frame_mbit", "wire_mbit"),
    *(f"share_of_{link}gbe" for link in LINKS_GBIT),
    *("trials", "trials_that_count", "traffic_s", "ended"),
]
"""The columns of throughput.csv before those of the latency, which begin with `latency_<percent>_`:
one row a series and goal.

`pps` [packets/s]: conditional throughput (RFC 9971), what came through at the relevant lower bound,
`lower_pps`; `upper_pps`: the relevant upper bound; `width`: their distance, a share of the upper
one.  `at_least`: nothing that was tried was too much.  `frame_mbit`, `wire_mbit` [10^6 bit/s]: of
frames with FCS, and with preamble and gap; `share_of_*`: of the line rate of such a link, above 1
where it carries no more.  `ended`: why the search ended before its goals were met."""


def throughput_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """COLUMNS, and for each share of the NDR `latency_<percent>_` with load_mbit, load_pps, and ns.

    The latency stands in the row of the NDR, as QUANTILES.  RecordError for a file that cannot be
    believed.
    """
    rows = [row for path in paths for row in _rows(*read_series(path))]
    latency = dict.fromkeys(key for row in rows for key in row if key not in COLUMNS)
    table = pd.DataFrame(rows, columns=[*COLUMNS, *latency])
    whole = [name for name in table.columns if name.endswith("_pps") or name == "pps"]
    return table.astype(
        dict.fromkeys([*whole, "flows"], "Int64") | {"frame_size_bytes": size_type(table)}
    )


def read_series(path: str | Path) -> tuple[dict[str, Any], Told]:
    """The file of a series, and what its trials say.

    RecordError in one line unless it is sealed, each trial is a record that can be believed, of
    that series and with its settings, and the search would make just these.
    """
    found = seal.read(path, WHAT, AGAIN, _form)

    def settings_of(trial: Mapping[str, Any]) -> dict[str, Any]:
        return trial_settings(found["settings"], trial["settings"]["durations"]["window_ms"])

    try:
        of_rates: Counter[Rate] = Counter()
        for number, trial in enumerate(found["tries"], start=1):
            if reason := trial_fault(found["identity"], settings_of, trial, of_rates):
                raise RecordError(f"trial {number}: {reason}")
        return found, told(found)
    except RecordError as error:
        raise RecordError(f"{path}: {error}; delete the file {AGAIN}") from error


def _form(found: dict[str, Any]) -> str | None:
    if type(found.get("schema")) is not int or found["schema"] != SCHEMA:
        return f"schema is {str(found.get('schema'))[:40]}"
    if not (isinstance(found.get("tries"), list) and found["tries"]):
        return "tries is no list of records"
    return None


def _rows(series: dict[str, Any], said: Told) -> list[dict[str, Any]]:
    """A row for each goal."""
    cell, goals, outcome = series["identity"], series["settings"]["goals"], said.outcome
    size = frame_size_of(cell["frame_size"], series["settings"]["trial"])
    shared = {key: cell[key] for key in ("testbed", "dut", "function", "flows")}
    shared |= {"protocol": cell.get("protocol", "udp"), "frame_size_bytes": size}
    shared |= {"goals": goals["name"], "state": outcome.state, "trials": len(series["tries"])}
    shared["trials_that_count"] = said.counting
    spent_s = sum(trial["totals"]["traffic_s"] for trial in series["tries"])
    shared["traffic_s"] = round(spent_s, 3)
    ended = "; ".join(filter(None, (outcome.ended, said.latency_ended)))
    rows = [
        shared
        | {"goal": name.upper(), "loss_ratio": goals["loss_ratios"][name], "ended": ended or None}
        | _of_goal(of, size)
        for name, of in outcome.found.items()
    ]
    for row in rows:
        if row["goal"] == NDR.upper():
            row |= _latency(said, size)
    return rows


def _of_goal(found: Found, size: FrameSize) -> dict[str, Any]:
    """The columns of one goal; without a lower bound nothing is known but the upper one."""
    pps = {
        name: None if mbit is None else packets_per_second(mbit, size)
        for name, mbit in found._asdict().items()
    }
    known = found.lower is not None
    row = {f"{name}_pps": _whole(pps[name]) for name in ("lower", "upper")}
    row |= {"pps": _whole(pps["throughput"]), "at_least": known and found.upper is None}
    if not known:
        return row
    if found.upper is not None:
        row["width"] = round(1 - found.lower / found.upper, 6)
    wire = wire_mbit(pps["throughput"], size)
    row |= {"frame_mbit": round(found.throughput, 3), "wire_mbit": round(wire, 3)}
    for link in LINKS_GBIT:
        share = found.throughput / line_rate_mbit(link * MBIT_PER_GBIT, size)
        row[f"share_of_{link}gbe"] = round(share, 6)
    return row


def _latency(said: Told, size: FrameSize) -> dict[str, Any]:
    """Of each load: how much it is, and quantiles."""
    row = {}
    for share, trial in said.latency.items():
        mbit, latency = trial["identity"]["rate_mbit"], trial["gated"]["latency"] or {}
        cells = {"load_mbit": mbit, "load_pps": _whole(packets_per_second(mbit, size))}
        cells |= {f"{name}_ns": latency.get(f"{name}_ns") for name in QUANTILES}
        row |= {f"latency_{_percent(share)}_{key}": of for key, of in cells.items()}
    return row


def _percent(share: str) -> str:
    """As in the name of a column: 0.1 is 10, 0.125 is 12.5."""
    return f"{100 * float(share):g}"


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
