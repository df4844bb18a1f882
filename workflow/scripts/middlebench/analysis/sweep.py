"""A sweep of the offered rate: which points are measured next, decided from the records so far.

Upwards through the coarse list, a part at a time, until `skip_after` rates in a row are beyond what
the DUT carries; then every rate until it is tight (`analysis.repetitions`); then fine rates
where the knee may lie, from the lower end of its interval to the first coarse rate above the upper
one, and these until they are tight.  All of it is decided anew from all records each time, so a
rate that more repetitions clear lets the sweep go on.  A series that finds its own range is planned
by `analysis.sequential` instead.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from middlebench.analysis.knee import NOT_CARRIED, counted_loss, knee, knee_interval
from middlebench.analysis.main_state import main_state
from middlebench.analysis.repetitions import Try, reason_for_more
from middlebench.analysis.sequential import Step, next_trials
from middlebench.errors import RecordError
from middlebench.experiment.rates import COARSE, FINE, Found, Kind, Listed, Sweep, kind_of
from middlebench.records.at_least import at_least_pps
from middlebench.records.identity import Rate, rate_of
from middlebench.records.judging import judged_state
from middlebench.records.read import read
from middlebench.records.verdict import VALID_VERDICTS

BEYOND = ("overloaded", "generator_limited", "above_line_rate", *NOT_CARRIED)
"""Verdicts at a rate that say that higher ones tell nothing more."""

OF_A_STATE = (*VALID_VERDICTS, "generator_limited")
"""Verdicts that another state of the machine may change."""

Tries = Mapping[Rate, list[Try]]
"""Rate [Mbit/s] -> what each repetition's record says, in their order."""


def plan(paths: Iterable[str | Path], settings: dict[str, Any]) -> dict[str, Any]:
    """The records to be made next (`more`), `why` with a count for each reason, and the `sweep`.

    `paths` are all records of a figure so far, `<rate>mbit_<repetition>.json` in a folder for each
    series; `settings` has the configuration's `rates_mbit` and `repetitions`, max_loss_ratio and
    max_exceed_ratio.  `sweep` has a row for each rate of a series: flows, rate_mbit, stage (coarse,
    fine), state (measured, next, skipped), why (it ended, where a series finds its own range).
    RecordError when a record cannot be read.
    """
    kind = kind_of(settings["rates_mbit"])
    planned = _PLANNERS[type(kind)]
    more, why, rows = [], Counter(), []
    for folder, (flows, found) in sorted(_by_series(paths).items()):
        tries = in_main_state(found)
        chosen, ended = planned(tries, settings)
        for rate, (reason, count) in chosen.items():
            done = len(tries.get(rate, []))
            more += [f"{folder}/{rate}mbit_{done + number}.json" for number in range(1, count + 1)]
            why[reason] += 1
        of_rates = _rows(tries, chosen, kind)
        rows += [{"flows": flows} | row | {"why": ended} for row in of_rates]
    return {"more": more, "why": dict(why), "sweep": rows}


def in_main_state(tries: Tries) -> dict[Rate, list[Try]]:
    """The tries of a series; those in another than its main state say nothing about the DUT.

    A DUT that failed or stalled did so in whatever state; what the generator or the DUT carries is
    of its state alone.
    """
    every = [run for of_rate in tries.values() for run in of_rate]
    valid = Counter({run.state: 0 for run in every})
    valid.update(run.state for run in every if run.verdict in VALID_VERDICTS)
    return in_state(tries, main_state(valid) if valid else None)


def in_state(tries: Tries, state: str | None) -> dict[Rate, list[Try]]:
    """The same for a state of the machine that is named."""
    return {
        rate: [
            run._replace(verdict="disturbed")
            if run.state != state and run.verdict in OF_A_STATE
            else run
            for run in of_rate
        ]
        for rate, of_rate in tries.items()
    }


def next_points(tries: Tries, settings: dict[str, Any]) -> dict[Rate, tuple[str, int]]:
    """Rate -> (why it is measured next, how many repetitions more); empty at the end of a sweep."""
    kind, repetitions = kind_of(settings["rates_mbit"]), settings["repetitions"]
    coarse, skipped = kind.coarse, skipped_rates(tries, kind)
    waiting = [rate for rate in coarse if rate not in tries and rate not in skipped]
    if waiting:
        opened = waiting[: len(kind.first())]
        return dict.fromkeys(opened, ("next in the sweep", repetitions["min"]))
    if loose := _loose(tries, [rate for rate in coarse if rate in tries], repetitions):
        return loose
    fine = wanted_fine(tries, settings)
    new = [rate for rate in fine if rate not in tries]
    if new:
        return dict.fromkeys(new, ("fine, where the knee may lie", repetitions["min"]))
    return _loose(tries, fine, repetitions)


def _listed_next(tries: Tries, settings: dict[str, Any]) -> Step:
    return Step(next_points(tries, settings))


_PLANNERS = {Sweep: _listed_next, Listed: _listed_next, Found: next_trials}
"""Who says how a series goes on, by the kind of its rates."""


def skipped_rates(tries: Tries, kind: Kind) -> list[Rate]:
    """The coarse rates that were not measured, as `skip_after` in a row below them are BEYOND."""
    if not kind.skip_after:
        return []
    coarse, in_a_row = list(kind.coarse), 0
    for place, rate in enumerate(coarse):
        in_a_row = in_a_row + 1 if rate in tries and _is_beyond(tries[rate]) else 0
        if in_a_row == kind.skip_after:
            return [above for above in coarse[place + 1 :] if above not in tries]
    return []


def wanted_fine(tries: Tries, settings: dict[str, Any]) -> list[Rate]:
    """The fine rates that the coarse points ask for; none when the knee is not between two."""
    kind = kind_of(settings["rates_mbit"])
    if not kind.most_fine:
        return []
    limits = (settings["max_loss_ratio"], settings["max_exceed_ratio"])
    losses = {rate: known for rate in kind.coarse if (known := _losses(tries.get(rate, [])))}
    middle = knee(losses, *limits)
    low, high, _ = knee_interval(losses, *limits, near=True) or (middle, middle, 0)
    low, above = low or middle, dict(pairwise(losses)).get(high)
    return kind.fine(low, above) if low and above else []


def left_over(paths: Iterable[str | Path], planned: dict[str, Any]) -> list[Path]:
    """Records of fine points beside those of `paths` that belong to the sweep no more."""
    folders = {Path(path).parent for path in paths}
    wanted = {(row["flows"], row["rate_mbit"]) for row in planned["sweep"]}
    found = []
    for path in sorted(file for folder in folders for file in folder.glob("*mbit_*.json")):
        try:
            record = read(path)
        except RecordError:
            continue  # not one of this sweep, so nothing depends on it
        cell = record["identity"]
        if record["settings"]["stage"] == FINE and (cell["flows"], cell["rate_mbit"]) not in wanted:
            found.append(path)
    return found


def describe(planned: dict[str, Any]) -> str:
    """A plan in one line for people."""
    states = Counter(row["state"] for row in planned["sweep"])
    skipped = f"; {states['skipped']} rates far above the knee are skipped"
    if not planned["more"]:
        ends = {row["flows"]: row["why"] for row in planned["sweep"] if row["why"]}
        if ends:
            return "; ".join(f"{flows} flows: {why}" for flows, why in ends.items())
        return "every point is measured" + (skipped if states["skipped"] else "")
    reasons = ", ".join(f"{count}: {reason}" for reason, count in planned["why"].items())
    return f"{len(planned['more'])} measurements follow (points {reasons})"


def _loose(tries: Tries, rates: list[Rate], repetitions: Mapping) -> dict[Rate, tuple[str, int]]:
    """Those of the rates that need another repetition."""
    reasons = {rate: reason_for_more(tries[rate], repetitions) for rate in rates}
    return {rate: (reason, 1) for rate, reason in reasons.items() if reason}


def _rows(tries: Tries, chosen: Iterable[Rate], kind: Kind) -> list[dict[str, Any]]:
    skipped, coarse = skipped_rates(tries, kind), kind.coarse
    states = dict.fromkeys(tries, "measured") | dict.fromkeys(skipped, "skipped")
    states |= {rate: "next" for rate in chosen if rate not in tries}
    return [
        {"rate_mbit": rate, "stage": COARSE if rate in coarse else FINE, "state": states[rate]}
        for rate in sorted(states)
    ]


def _is_beyond(tries: list[Try]) -> bool:
    """Do more than half of the tries that say something say that the rate is too high?"""
    telling = [run for run in tries if run.verdict in BEYOND or run.verdict in VALID_VERDICTS]
    return sum(run.verdict in BEYOND for run in telling) > len(telling) / 2


def _losses(tries: list[Try]) -> list[float]:
    """What the tries count with in the knee."""
    counted = (counted_loss(run.verdict, run.loss_ratio) for run in tries)
    return [loss for loss in counted if loss is not None]


def _by_series(paths: Iterable[str | Path]) -> dict[Path, tuple[int, Tries]]:
    """Folder -> its flows, and what the records of its rates say."""
    files: dict[Path, dict[Rate, dict[int, Path]]] = defaultdict(lambda: defaultdict(dict))
    for path in map(Path, paths):
        rate, _, repetition = path.stem.partition("mbit_")
        files[path.parent][rate_of(rate)][int(repetition)] = path
    return {folder: _series(rates) for folder, rates in files.items()}


def _series(rates: dict[Rate, dict[int, Path]]) -> tuple[int, Tries]:
    """The flows of a series, and rate -> what its records, by repetition, say."""
    flows, tries = 0, {}
    for rate, of_rate in sorted(rates.items()):
        records = [read(of_rate[number]) for number in sorted(of_rate)]
        flows, tries[rate] = records[0]["identity"]["flows"], list(map(try_of, records))
    return flows, tries


def try_of(record: dict[str, Any]) -> Try:
    """What a record says that decides about other trials."""
    gated, raw = record["gated"] or {}, record["raw"] or {}
    latency = gated.get("latency") or {}
    traffic_s = (record["totals"] or {}).get("traffic_s", 0.0)
    asked_pps = record["asked"]["rate_pps"]
    carried = {state: pps / asked_pps for state, pps in at_least_pps(record).items()}
    came = raw["received_pps"] / raw["put_pps"] if raw.get("put_pps") else None
    about = (gated.get("loss_ratio"), judged_state(record), traffic_s, carried, came)
    return Try(record["verdict"]["name"], latency.get("p50_ns"), *about)
