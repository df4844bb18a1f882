"""What parsing, state and rewriting cost: packets of each rung of the ladder, and what it adds.

Three ways, of which two share only the rate they look at, the knee (`middlebench.analysis.knee`):

- by rate: at its highest clean rate a core has 1 / rate for each packet.  The knee is known to a
  step of the sweep: what the DUT can do lies between it and the next rate; the interval says so.
- by counters: the switch's own busy cycles per packet at that rate, the median over milliseconds
  (`middlebench.duts.ovs.pmd_perf`), so that a core that a hypervisor stops does not count as busy.
  Of a DUT that is the kernel: the time of its CPU, all of it (`duts.linux.cpu_time`).

Both hold at that rate only: with more load a turn of the polling loop takes more packets, and each
costs less.  So a rung that carries the highest rate of its sweep costs at most what either way
says.  Intervals are those of the knee and of a median (`analysis.interval`), each with its level;
that of a component holds where both rungs' do.

- in turns: at overload, beside the rung below in the same seconds (`analysis.cost_in_turns`), where
  that was compared.  Sweeps are of other minutes, in which the core had another clock: it is told
  at that of the rung's sweep, where both are known.

Ways disagree where their intervals do not meet.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from middlebench.analysis.bounds import Bounds
from middlebench.analysis.cost_in_turns import InTurns, Way, in_turns
from middlebench.analysis.interval import median_interval
from middlebench.analysis.knee import knee, knee_interval
from middlebench.analysis.main_rows import main_points
from middlebench.analysis.tables import losses_by_rate, valid_points
from middlebench.functions import LADDER
from middlebench.machine.states import ANY, NOT_ASKED, WORDS
from middlebench.units import packets_per_second

COMPONENTS = dict(zip(LADDER, ("forwarding", "parse", "state", "rewrite"), strict=True))
"""What each rung adds to the one before."""

CELL = ["testbed", "dut", "frame_size_bytes", "flows"]
WAYS = ("rate", "counter", "turns")

COST_COLUMNS = [
    *(*CELL, "kind", "name", "function", "state"),
    *("knee_mbit", "knee_pps", "next_mbit", "repetitions", "tsc_hz"),
    *(
        f"{way}_{unit}{end}"
        for way in WAYS
        for unit in ("ns", "cycles")
        for end in ("", "_low", "_high")
    ),
    *(f"{way}_level" for way in WAYS),
    *("turns_ratio", "turns_ratio_low", "turns_ratio_high", "turns_state"),
    *("ways_disagree", "which_disagree", "note"),
]
"""The columns of cost.csv.  `kind`: `rung` (all that a packet costs) or `component` (what the rung
adds).  `state`: that of the machine in which the rung was judged.  `next_mbit`: the lowest measured
rate above the knee.  `rate_*`, `counter_*`, `turns_*`: the ways; an end of an interval that is
missing is unknown; `*_level`: how often such an interval holds (0..1).  `turns_ratio`: of the
rung's capacity to that of the one below, in the state `turns_state`; `turns_ns` and what follows
are missing where the rung was judged in another.  `ways_disagree`: the intervals of some ways do
not meet; `which_disagree`: of which."""


class Rung(NamedTuple):
    """One rung at one frame size and number of flows; `ways` by name, only those that are known."""

    row: dict[str, Any]
    ways: dict[str, Way]


def cost_table(
    points: pd.DataFrame,
    max_loss_ratio: float,
    max_exceed_ratio: float,
    compared: Iterable[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """COST_COLUMNS: for each frame size and number of flows four rungs, then four components.

    `points` has POINT_COLUMNS; of each series its main state counts, and what a rung adds to one of
    another state is not known.  Both limits (0..1) are those of the knee.  What a rung that is
    missing, or of which no rate holds, leaves unknown stays empty, and `note` says why.
    `compared`: files of comparisons of rungs with the ones below them.
    """
    rows, turns = [], in_turns(compared)
    for key, cell in main_points(_of_one_size(points)).groupby(CELL, sort=True):
        rungs = {
            function: _rung(of, max_loss_ratio, max_exceed_ratio)
            for function, of in cell.groupby("function")
        }
        rows += _rows(dict(zip(CELL, key, strict=True)), rungs, turns.get(key, {}))
    frame = pd.DataFrame(rows, columns=COST_COLUMNS)
    whole = ("frame_size_bytes", "flows", "knee_mbit", "knee_pps", "next_mbit", "repetitions")
    text = ("testbed", "dut", "kind", "name", "function", "state", "note")
    text += ("turns_state", "which_disagree")
    kinds = dict.fromkeys(COST_COLUMNS, "float64") | dict.fromkeys(whole, "Int64")
    return frame.astype(kinds | dict.fromkeys(text, "object") | {"ways_disagree": "boolean"})


def _of_one_size(points: pd.DataFrame) -> pd.DataFrame:
    """Without those of mixes, which no sweep of the section is of."""
    mixed = points["frame_size_bytes"].map(lambda size: isinstance(size, str))
    return points[~mixed.astype(bool)].astype({"frame_size_bytes": "Int64"})


def _rung(points: pd.DataFrame, max_loss_ratio: float, max_exceed_ratio: float) -> Rung:
    """One rung from its points."""
    losses = losses_by_rate(points)
    rate, state = knee(losses, max_loss_ratio, max_exceed_ratio), points["state"].iloc[0]
    if rate is None:
        return Rung({"state": state, "note": "no rate holds"}, {})
    above = sorted(other for other in losses if other > rate)
    held = valid_points(points[points["rate_mbit"] == rate])
    size = int(points["frame_size_bytes"].iloc[0])
    row = {
        "state": state,
        "knee_mbit": rate,
        "knee_pps": round(packets_per_second(rate, size)),
        "next_mbit": above[0] if above else None,
        "repetitions": len(held),
        "tsc_hz": held["tsc_hz"].median(),
        "core_mhz": held["core_mhz"].median(),
        "note": None if above else "nothing fails above the knee: costs at most this",
    }
    knees = knee_interval(losses, max_loss_ratio, max_exceed_ratio)
    ways = {"rate": Way(1e9 / packets_per_second(rate, size), _by_rate(knees, losses, size))}
    counted = held["switch_cycles_per_packet"] / held["tsc_hz"] * 1e9
    if counted.notna().any():
        between = median_interval(list(counted.dropna()))
        ways["counter"] = Way(counted.median(), Bounds(*between) if between else None)
    ways = {name: way._replace(open_below=not above) for name, way in ways.items()}
    return Rung(row, ways)


def _by_rate(knees: Bounds | None, rates: Iterable[int], size: int) -> Bounds | None:
    """Costs [ns] from that of the rate above the highest knee to that of the lowest one."""
    if knees is None:
        return None
    above = [rate for rate in sorted(rates) if rate > (knees.high or 0)]
    least = 1e9 / packets_per_second(above[0], size) if above else None
    most = 1e9 / packets_per_second(knees.low, size) if knees.low else None
    return Bounds(least, most, knees.level)


def _rows(
    cell: dict[str, Any], rungs: dict[str, Rung], turns: Mapping[str, InTurns]
) -> list[dict[str, Any]]:
    """The eight rows of one frame size and number of flows."""
    missing = Rung({"note": "was not measured"}, {})
    ladder = [rungs.get(function, missing) for function in LADDER]
    ladder = [_with_state_noted(*both) for both in pairwise([None, *ladder])]
    rows = []
    for function, rung in zip(LADDER, ladder, strict=True):
        about = {**cell, "kind": "rung", "name": function, "function": function}
        own = _turns_of(turns, function, rung.row)
        rows.append(about | rung.row | _cells(rung.ways | own, rung.row.get("tsc_hz")))
    for index, (function, rung) in enumerate(zip(LADDER, ladder, strict=True)):
        about = {**cell, "kind": "component", "name": COMPONENTS[function], "function": function}
        before = ladder[index - 1] if index else None
        speed = rung.row.get("tsc_hz")
        both = (LADDER[index - 1], before), (function, rung)
        notes = [f"{name}: {of.row['note']}" for name, of in both if of and of.row["note"]]
        added = _turns_of(turns, function, rung.row, added=True)
        cells = _cells(_added(rung, before) | added, speed) | _ratio(turns.get(function))
        about |= {"state": rung.row.get("state"), "tsc_hz": speed}
        rows.append(about | {"note": "; ".join(notes) or None} | cells)
    for row in rows:
        said = _turns_note(turns.get(row["function"]), row.get("state"))
        row["note"] = "; ".join(filter(None, (row.get("note"), said))) or None
    return rows


def _turns_of(
    turns: Mapping[str, InTurns], function: str, row: Mapping[str, Any], added: bool = False
) -> dict[str, Way]:
    """What comparing in turns says of a rung, or of what it adds, at the clock of its sweep.

    The lowest rung is the lower one of the one above it, and all of it is what it adds.
    """
    lowest = function == LADDER[0]
    of = turns.get(LADDER[1] if lowest else function)
    way = of and (of.below if lowest else of.added if added else of.own)
    if not way or _elsewhere(of.state, row.get("state")):
        return {}
    mhz = row.get("core_mhz")
    known = of.core_mhz and mhz is not None and not np.isnan(mhz)
    return {"turns": way.at_clock(of.core_mhz / mhz) if known else way}


def _elsewhere(compared: str | None, judged: str | None) -> bool:
    """Were a rung's comparison and its sweep of different states?"""
    asked = [state for state in (compared, judged) if state not in (None, ANY, NOT_ASKED)]
    return len(asked) == 2 and asked[0] != asked[1]


def _turns_note(of: InTurns | None, judged: str | None) -> str | None:
    """Why a comparison says nothing of a rung, in words."""
    if of is None or (of.ratio and not _elsewhere(of.state, judged)):
        return None
    return f"in turns {WORDS[of.state]}" if of.ratio else f"in turns: {of.said}"


def _ratio(of: InTurns | None) -> dict[str, Any]:
    """The columns of the ratio."""
    if of is None or of.ratio is None:
        return {}
    ends = zip(("", "_low", "_high"), of.ratio, strict=True)
    return {f"turns_ratio{end}": value for end, value in ends} | {"turns_state": of.state}


def _with_state_noted(before: Rung | None, rung: Rung) -> Rung:
    """The rung; its note says so where the one before is of another state."""
    if before is None or not _differ(before, rung):
        return rung
    words = (WORDS[of.row["state"]] for of in (rung, before))
    said = "judged {}, the rung before {}: what it adds is not known".format(*words)
    return rung._replace(row=rung.row | {"note": "; ".join(filter(None, (rung.row["note"], said)))})


def _differ(one: Rung, other: Rung) -> bool:
    """Were they judged in different states of the machine?"""
    states = {one.row.get("state"), other.row.get("state")} - {None}
    return len(states) > 1


def _added(rung: Rung, before: Rung | None) -> dict[str, Way]:
    """What a rung adds to the one before, by each way that both have."""
    if before is None:
        return rung.ways
    if _differ(before, rung):
        return {}
    added = {}
    for name in rung.ways.keys() & before.ways.keys():
        ours, theirs = rung.ways[name], before.ways[name]
        unknown = ours.open_below or theirs.open_below
        between = None if unknown else _difference(ours.between, theirs.between)
        added[name] = Way(ours.ns - theirs.ns, between)
    return added


def _difference(ours: Bounds | None, theirs: Bounds | None) -> Bounds | None:
    """It is right where both are, which are of trials of their own."""
    if ours is None or theirs is None:
        return None
    low = None if ours.low is None or theirs.high is None else ours.low - theirs.high
    high = None if ours.high is None or theirs.low is None else ours.high - theirs.low
    return Bounds(low, high, ours.level * theirs.level)


def _cells(ways: dict[str, Way], tsc_hz: float | None) -> dict[str, Any]:
    """The columns of all ways, and whether they disagree."""
    cells = {}
    for name, way in ways.items():
        low, high = _interval(way)
        for end, ns in (("", way.ns), ("_low", low), ("_high", high)):
            cells[f"{name}_ns{end}"] = _rounded(ns)
            known = tsc_hz is not None and ns is not None
            cells[f"{name}_cycles{end}"] = _rounded(ns * tsc_hz / 1e9) if known else None
        if low is not None or high is not None:
            cells[f"{name}_level"] = round(way.between.level, 4)
    known = {name: _unbounded(*_interval(way)) for name, way in ways.items() if way.between}
    apart = [
        f"{one} / {other}"
        for one, other in combinations([name for name in WAYS if name in known], 2)
        if known[one][0] > known[other][1] or known[other][0] > known[one][1]
    ]
    if len(known) > 1:
        cells |= {"ways_disagree": bool(apart), "which_disagree": ", ".join(apart) or None}
    return cells


def _interval(way: Way) -> tuple[float | None, float | None]:
    """The ends of the interval, None where not known."""
    if way.between is None:
        return None, None
    low, high, _ = way.between
    return None if way.open_below else low, high


def _unbounded(low: float | None, high: float | None) -> tuple[float, float]:
    return -np.inf if low is None else low, np.inf if high is None else high


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(value, 2)
