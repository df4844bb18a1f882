"""How many points are measured, and how long that takes: the line that a run begins with.

Used while Snakemake reads the rules, so it imports nothing slow and contacts nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from middlebench.duts.registry import implementation
from middlebench.experiment import league
from middlebench.experiment.comparisons import all_comparisons, cost_comparisons
from middlebench.experiment.grid import (
    figure_points,
    figure_settings,
    grid_points,
    learned_by,
    merge,
    on_hosts,
)
from middlebench.experiment.learning import learning_s, learns_too_long
from middlebench.experiment.rates import FEW_TRIALS, kind_of
from middlebench.experiment.throughput import all_series, as_figures

POINT_OVERHEAD_S = 1.0
"""Time [s] of a point beyond its traffic (job start, a new DUT, the record): an estimate."""

SEARCH_LOADS = 4
"""Loads of a search that are decided about to the end, none of whose trials is repeated: an
estimate."""

LEAST_TRIALS = 10
"""Trials of a series of the league until its capacity is known: some on the way, eight that measure
it, on a quiet machine: an estimate."""

TRIAL_OVERHEAD_S = 0.6
"""Time [s] of such a trial beyond its traffic and its learning, a new DUT each: an estimate."""

TRYING_OUT_S = 8
"""Time [s] in which it is found out about a DUT what the league says of it besides: an estimate."""


def estimated_seconds(config: Mapping, figure: str) -> tuple[float, float]:
    """Least and longest time [s] that measuring all points of a figure takes.

    The longest is when no rate is skipped, every one needs all its repetitions and retries, and
    gating finds so little clean time that every window runs to its limit.
    """
    settings = figure_settings(config, figure)
    least, longest = _seconds_of_trial(config, settings)
    series = len(settings["flows"])
    of_each = len(figure_points(config, figure)) / series
    most = kind_of(settings["rates_mbit"]).most_points(settings["repetitions"])
    said = learned_by(settings["dut"]) | settings["durations"]
    learning = sum(learning_s(flows, **said) for flows in settings["flows"])
    around = POINT_OVERHEAD_S * series + learning
    return of_each * (around + series * least), most * (around + series * longest)


def throughput_seconds(config: Mapping) -> tuple[float, float]:
    """Least and longest time [s] that all searches for throughput take, with their latency.

    The longest is when each spends its budget with trials as short as they can be.
    """
    series, figures = len(all_series(config)), as_figures(config)
    if not series:
        return 0.0, 0.0
    section = config["throughput"]
    goals = section["goal_sets"][section["goals"]]
    settings = figure_settings(figures, next(iter(figures["figures"])))
    trial = merge(settings, {"durations": {"window_ms": goals["trial_ms"]}})
    short = merge(settings, {"durations": {"window_ms": goals["first_trial_ms"]}})
    least, latency, shortest = (_seconds_of_trial(config, of)[0] for of in (trial, settings, short))
    deciding = math.ceil((1 - goals["exceed_ratio"]) * goals["sum_ms"] / goals["trial_ms"])
    needed = SEARCH_LOADS * deciding * (least + POINT_OVERHEAD_S)
    needed += len(section["latency"]) * (latency + POINT_OVERHEAD_S)
    longest = goals["budget_s"] * (1 + POINT_OVERHEAD_S / shortest)
    return series * needed, series * max(needed, longest)


def league_seconds(config: Mapping, parts: Iterable[str]) -> tuple[float, float]:
    """Least and longest time [s] that all series of some parts of the league take."""
    series = {of for part in parts for of in league.all_series(config, part)}
    if not series:
        return 0.0, 0.0
    section = config["league"]
    settings = figure_settings(league.as_figures(config), _league_figures(config, parts)[0])
    least, longest = _seconds_of_trial(config, settings)
    loads, find = len(section["latency"]), section["find"]
    found = [TRYING_OUT_S * len({(of.dut, of.function) for of in series})] * 2
    for of in series:
        said = learned_by(of.dut) | settings["durations"]
        if learns_too_long(of.flows, said):
            continue
        learning = learning_s(of.flows, **said)
        trial, budget_s = learning + least, find["budget_s"]
        trials = min(LEAST_TRIALS + loads, max(FEW_TRIALS, math.ceil(budget_s / trial)))
        found[0] += trials * (TRIAL_OVERHEAD_S + trial)
        found[1] += (find["max_trials"] + loads) * TRIAL_OVERHEAD_S
        found[1] += max(budget_s + trial, FEW_TRIALS * (learning + longest))
    return found[0], found[1]


def _league_figures(config: Mapping, parts: Iterable[str]) -> list[str]:
    return [name for part in parts for name in league.as_figures(config, part)["figures"]]


def summary(
    config: Mapping,
    figures: Iterable[str] | None = None,
    throughput: bool = False,
    compared: Iterable[str] = (),
    there: bool = False,
    parts: Sequence[str] = (),
) -> str:
    """The grid in one line for people: points a figure at least, and the time that all take.

    `figures`: those that count; all of them when None.  `throughput`: whether that is measured.
    `compared`: the comparisons that are.  `parts`: those of the league that are measured.
    `there`: are all results of these figures and comparisons, whether they fit or not?
    """
    figures = list(config["figures"] if figures is None else figures)
    searched = all_series(config) if throughput else []
    turns = _comparisons(config, compared)
    of_league = {of for part in parts for of in league.all_series(config, part)}
    if not figures and not searched and not of_league:
        return f"middlebench: {turns or 'what is asked for needs no points'}"
    counts = {figure: len(figure_points(config, figure)) for figure in figures}
    times = [estimated_seconds(config, figure) for figure in figures]
    settings = [figure_settings(config, figure) for figure in figures]
    if searched:
        series = as_figures(config)
        times.append(throughput_seconds(config))
        settings += [figure_settings(series, name) for name in series["figures"]]
    if of_league:
        players = league.as_figures(config)
        times.append(league_seconds(config, parts))
        settings += [figure_settings(players, name) for name in _league_figures(config, parts)]
    times += _calibrations_seconds(config, settings)
    least, longest = (sum(column) / 60 for column in zip(*times, strict=True))
    listed = ", ".join(f"{figure} {count}" for figure, count in counts.items())
    said = [f"{len(grid_points(config, figures))} points ({listed})"] if figures else []
    if there and not (searched or of_league):
        return f"middlebench: {said[0]}; all is measured, and kept as far as it fits"
    said += _what_follows(config, figures) if figures else []
    if searched:
        said.append(f"throughput of {len(searched)} series ({config['throughput']['goals']})")
    if of_league:
        duts = len({of.dut for of in of_league})
        said.append(f"league of {duts} DUTs, {len(of_league)} series")
    said.append(f"{least:.0f} to {longest:.0f} min to measure all")
    said += [f"beside them {turns}"] if turns else []
    return f"middlebench: {'; '.join(said)}"


def _comparisons(config: Mapping, names: Iterable[str]) -> str:
    """So many comparisons in words, with the most that they take; empty without any."""
    known, of_cost = all_comparisons(config), cost_comparisons(config)
    counts = {name: len(known[name]["variants"]) for name in names}
    if not counts:
        return ""
    most = sum(count - 1 for count in counts.values()) * config["comparing"]["max_s"] / 60
    items = [f"{name} {count}" for name, count in counts.items() if name not in of_cost]
    rungs = len(counts) - len(items)
    listed = ", ".join([*items, *([f"{rungs} of neighbouring rungs of cost"] if rungs else [])])
    word = "comparison" if len(counts) == 1 else "comparisons"
    return f"{len(counts)} {word} of variants in turns ({listed}), {most:.0f} min at most"


def _seconds_of_trial(config: Mapping, settings: Mapping) -> tuple[float, float]:
    """Least and longest traffic [s] of a trial, once its flows are learned."""
    durations = settings["durations"]
    around = (durations["warmup_ms"] + durations["drain_ms"]) / 1000
    window = durations["window_ms"] / 1000
    gate = config["testbeds"][settings["testbed"]]["gate"]
    return around + window, around + window * (durations["max_windows"] if gate else 1)


def _calibrations_seconds(
    config: Mapping, of_figures: Iterable[Mapping]
) -> list[tuple[float, float]]:
    """Of each calibration that they need: of its ceiling and of its floor some trials each."""
    found = {}
    for settings in of_figures:
        if on_hosts(config["testbeds"][settings["testbed"]]):
            continue  # nothing is measured there
        trials = 2 * config["calibration"]["repetitions"]
        of_trial = _seconds_of_trial(config, settings)
        cell = [settings[key] for key in ("testbed", "protocol", "frame_size")]
        cell.append(implementation(settings["dut"], on_hosts=False).ports)
        for flows in settings["flows"]:
            learning = learning_s(flows)
            found[*cell, flows] = tuple(trials * (learning + seconds) for seconds in of_trial)
    return list(found.values())


def _what_follows(config: Mapping, figures: Iterable[str]) -> list[str]:
    """What is planned from records, in words, so not among the points that are counted."""
    settings = [figure_settings(config, figure) for figure in figures]
    swept = [(kind_of(of["rates_mbit"]), of["repetitions"]) for of in settings]
    upwards, fine = (
        max(getattr(kind, of) for kind, _ in swept) for of in ("skip_after", "most_fine")
    )
    narrow = min((kind.half_width for kind, _ in swept if kind.half_width), default=0)
    told = {
        f"higher rates follow until {upwards} in a row are overloaded": upwards,
        f"more until each capacity is known to {narrow:.2%}, or the budget is spent": narrow,
        f"then up to {fine} fine rates a series where the knee may lie": fine,
        "more where repetitions differ": any(kind.may_grow(of) for kind, of in swept),
    }
    return [words for words, holds in told.items() if holds]
