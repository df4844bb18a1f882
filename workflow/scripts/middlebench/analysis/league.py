"""The league: of each DUT, function, frame size and number of flows what it carries, and its rank.

A table of the files of its series and of what was found out about each DUT.  Nothing that follows
from the trials is in those.  Ranks are of one state of the machine, that in which most series were
judged; a series of another is told, and has none.  What fails its functional check is ranked apart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from middlebench.analysis.league_files import read_series, read_tried
from middlebench.analysis.league_series import CAPACITY
from middlebench.analysis.main_rows import by_state
from middlebench.analysis.main_state import main_state
from middlebench.analysis.ranking import Ends, ranks
from middlebench.analysis.tables import series_table
from middlebench.frame_mix import frame_size_of
from middlebench.machine.states import WORDS
from middlebench.measuring.trying_out import memory_of_a_connection
from middlebench.records.at_least import LIMITED, at_least_pps
from middlebench.records.judging import judged_state
from middlebench.records.table import SERIES_KEYS, STATE_KEYS, size_type, table_of
from middlebench.records.verdict import VALID_VERDICTS

CELL = ["testbed", "function", "protocol", "frame_size_bytes", "flows"]
"""Within which DUTs are compared."""

_CAPACITY = ("capacity_pps", "capacity_low_pps", "capacity_high_pps")
_QUANTILES = ("p50_ns", "p99_ns")

COLUMNS = [
    *(*CELL, "dut", "rank", "rank_last", "group", "correct", "failed_checks", "state"),
    *(*_CAPACITY, "capacity_level", "at_least", "capacity_mbit", "capacity_spread"),
    *("ns_per_packet", "core_cycles_per_packet", "told_cycles_per_packet"),
    *("start_s", "memory_per_connection_bytes"),
    *("points", "points_valid", "ceiling_pps", "dut_version", "generator_version", "note"),
]
"""The columns of league.csv before those of the latency, which begin with `latency_<percent>_`.

`rank` to `rank_last`: nobody who is not surely faster is before, none who is not surely slower
behind, those with a common letter in `group` cannot be told apart; all three are missing where
nothing is known, or in another state of the machine than the others.  `correct`: it passes its
functional check; `failed_checks` are those that it fails.  `at_least`: only the lower end is
known, as nothing that the generator makes was too much, or the search had to end (`note`).
`capacity_mbit` [10^6 bit/s] of frames with FCS.  `core_cycles_per_packet`: cycles of the DUT's core
at its capacity, also those in which it did nothing; `told_cycles_per_packet`: busy ones, as a DUT
that counts them says, or the time of a kernel DUT's CPU.  `start_s` [s]: median of new DUTs.
`points`, `points_valid`: trials for the capacity, and those of them that tell of it."""

_TEXT = {
    *("testbed", "function", "protocol", "dut", "group", "failed_checks", "state"),
    *("dut_version", "generator_version", "note"),
}
_WHOLE = {
    *("flows", "rank", "rank_last", "points", "points_valid", *_CAPACITY),
    *("memory_per_connection_bytes", "ceiling_pps"),
}

Row = dict[str, Any]


def league_table(
    series: Iterable[str | Path],
    tried: Iterable[str | Path],
    max_loss_ratio: float,
    max_exceed_ratio: float,
) -> pd.DataFrame:
    """COLUMNS, and for each load of the latency `latency_<percent>_`: load_mbit, p50_ns, p99_ns.

    Rows of a cell stand together, correct ones first, the fastest first.  Both limits (0..1) are
    those of the knee.  RecordError for a file that cannot be believed.
    """
    contents = [(read_series(path), str(path)) for path in series]
    about = {_named(of["identity"]): of for of in map(read_tried, tried)}
    points = by_state(_points(contents))
    states = _states(points, max_loss_ratio, max_exceed_ratio) if len(points) else points
    chosen = _state_of_all(states)
    rows = [
        _row(content, states, chosen, about[_named(content["identity"])]) for content, _ in contents
    ]
    latency = dict.fromkeys(key for row in rows for key in row if key not in COLUMNS)
    table = pd.DataFrame(_ranked(rows), columns=[*COLUMNS, *latency])
    kinds = {name: "float64" for name in table if name not in _TEXT}
    kinds |= {"frame_size_bytes": size_type(table)}
    kinds |= dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(_TEXT, "object")
    return table.astype(kinds | dict.fromkeys(("at_least", "correct"), "bool"))


def _named(identity: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(identity.get(key, "udp") for key in ("testbed", "dut", "function", "protocol"))


def _points(contents: Sequence[tuple[Row, str]]) -> pd.DataFrame:
    """A row a trial for the capacity, as in points.csv.

    One more of a trial for each other state in which it bounds the capacity.
    """
    records = {
        f"{path}#{number}": record
        for content, path in contents
        for number, (record, why) in enumerate(
            zip(content["tries"], content["purposes"], strict=True), start=1
        )
        if why == CAPACITY
    }
    points = table_of((record, name) for name, record in records.items())
    more = [
        row._replace(state=state, at_least_pps=pps, verdict=LIMITED)
        for row in points.itertuples(index=False)
        for state, pps in at_least_pps(records[row.record]).items()
        if state != row.state
    ]
    if not more:
        return points
    return pd.concat([points, pd.DataFrame(more, columns=points.columns).astype(points.dtypes)])


def _states(points: pd.DataFrame, *limits: float) -> pd.DataFrame:
    """A row a series in a state, as in series.csv; its `points_valid` are all that tell of it."""
    table = series_table(points, *limits)
    tells = points["verdict"].isin(VALID_VERDICTS) | points["at_least_pps"].notna()
    told = points.assign(points_valid=tells).groupby(STATE_KEYS)["points_valid"].sum()
    table["points_valid"] = told.loc[pd.MultiIndex.from_frame(table[STATE_KEYS])].to_numpy()
    return table.astype({"points_valid": "Int64"})


def _state_of_all(states: pd.DataFrame) -> str | None:
    """The state in which something is known of most series."""
    if states.empty:
        return None
    known = states[states[["capacity_low_pps", "capacity_high_pps"]].notna().any(axis=1)]
    counts = Counter(dict.fromkeys(states["state"], 0))
    counts.update(known["state"])
    return main_state(counts)


def _row(content: Row, states: pd.DataFrame, chosen: str | None, tried: Row) -> Row:
    """A series without its rank."""
    cell = content["identity"]
    size = frame_size_of(cell["frame_size"], content["settings"]["trial"])
    key = (*_named(cell)[:3], cell.get("protocol", "udp"), size, cell["flows"])
    row = dict(zip(SERIES_KEYS, key, strict=True)) | _of_dut(tried)
    row["note"] = content["not_measured"] or tried["not_measured"] or None
    if not content["tries"]:
        return row
    own = states[(states[SERIES_KEYS] == list(key)).all(axis=1)]
    if own.empty:
        return row
    in_it = own[own["state"] == chosen]
    main = main_state(dict(zip(own["state"], own["points_valid"], strict=True)))
    if in_it.empty or in_it[list(_CAPACITY)].isna().all(axis=None):
        in_it = own[own["state"] == main]
    found = in_it.iloc[0]
    row |= _of_capacity(found) | _of_trials(content, found["state"])
    notes = [row["note"]]
    if found["state"] != chosen:
        notes.append(f"judged {WORDS[found['state']]}, and not {WORDS[chosen]} as others: no rank")
    if row["at_least"] or pd.isna(found["capacity_pps"]):
        notes.append(content["ended"])
    row["note"] = "; ".join(filter(None, notes)) or None
    row["ranked"] = found["state"] == chosen
    return row


def _of_dut(tried: Row) -> Row:
    """What was found out about a DUT."""
    starts = [of for of in tried["starts_s"] if of is not None]
    items = (tried["check"] or {}).get("items", ())
    failed = [item["name"] for item in items if not item["passed"]]
    memory = memory_of_a_connection(tried["memory"])
    return {
        "correct": bool(items) and not failed,
        "failed_checks": " ".join(failed) or None,
        "start_s": round(median(starts), 3) if starts else None,
        "memory_per_connection_bytes": memory and round(memory),
        "at_least": False,
        "ranked": False,
    }


def _of_capacity(found: pd.Series) -> Row:
    """The columns of a row of series.csv."""
    known = {key: None if pd.isna(of) else of for key, of in found.items()}
    row = {key: known[key] for key in ("state", *_CAPACITY, "capacity_level", "capacity_mbit")}
    row |= {key: known[key] for key in ("capacity_spread", "points", "points_valid")}
    row |= {"core_cycles_per_packet": known["capacity_cycles"], "ceiling_pps": None}
    if known["ceiling_pps"]:
        row["ceiling_pps"] = round(known["ceiling_pps"])
    row["at_least"] = known["capacity_high_pps"] is None and known["capacity_low_pps"] is not None
    pps = known["capacity_pps"]
    return row | {"ns_per_packet": pps and round(1e9 / pps, 1)}


def _of_trials(content: Row, state: str) -> Row:
    """Versions, what the DUT tells of its cycles, and the latency, of the trials in that state."""
    row: Row = {}
    pairs = list(zip(content["tries"], content["purposes"], strict=True))
    counting = [
        (of, why)
        for of, why in pairs
        if of["verdict"]["name"] in VALID_VERDICTS and judged_state(of) == state
    ]
    points = table_of((of, str(number)) for number, (of, _) in enumerate(counting))
    if len(points):
        row |= {key: points[key].iloc[0] for key in ("dut_version", "generator_version")}
        told = points["switch_cycles_per_packet"].median()
        row["told_cycles_per_packet"] = None if pd.isna(told) else round(float(told), 1)
    for share in content["settings"]["latency"]:
        of_share = [of for of, why in counting if why == str(share)]
        name = f"latency_{100 * share:g}"
        loads = [of["identity"]["rate_mbit"] for of in of_share]
        row[f"{name}_load_mbit"] = median(loads) if loads else None
        for quantile in _QUANTILES:
            known = [(of["gated"]["latency"] or {}).get(quantile) for of in of_share]
            known = [of for of in known if of is not None]
            row[f"{name}_{quantile}"] = round(median(known), 1) if known else None
    return row


def _ranked(rows: list[Row]) -> list[Row]:
    """The rows in their order, with their ranks."""
    found = []
    cells = dict.fromkeys(tuple(row[key] for key in CELL) for row in rows)
    for cell in cells:
        own = [row for row in rows if tuple(row[key] for key in CELL) == cell]
        for correct in (True, False):
            apart = [row for row in own if row["correct"] == correct]
            compared = [row for row in apart if row.pop("ranked")]
            ends = [Ends(row.get(_CAPACITY[1]), row.get(_CAPACITY[2])) for row in compared]
            for row, rank in zip(compared, ranks(ends), strict=True):
                if rank:
                    row |= {"rank": rank.first, "rank_last": rank.last, "group": rank.letters}
            found += sorted(apart, key=_place)
    return found


def _place(row: Row) -> tuple:
    """The fastest first; of equals by name; what has no rank last."""
    pps = row.get("capacity_pps") or row.get("capacity_low_pps") or 0
    return "rank" not in row, -pps, row["dut"]
