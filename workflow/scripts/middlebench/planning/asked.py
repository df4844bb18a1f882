"""What the figures of a configuration are measured on, and what they measure."""

import re
from collections.abc import Iterable, Mapping

from middlebench.experiment import league
from middlebench.experiment.comparisons import PICTURE as COMPARE
from middlebench.experiment.comparisons import compared_functions, comparisons, cost_comparisons
from middlebench.experiment.grid import figure_settings
from middlebench.experiment.imported import beside
from middlebench.experiment.ladder import PICTURES, drawn_figures, is_cost_sweep
from middlebench.experiment.throughput import PICTURE as THROUGHPUT
from middlebench.experiment.throughput import is_asked, with_series


def functions(config: Mapping) -> set[str]:
    """The functions that anything measures, and the one that is only checked."""
    of_league = league.as_figures(config)["figures"].values()
    measured = (*with_series(config)["figures"].values(), *of_league)
    return {of["function"] for of in measured} | compared_functions(config) | {"nat_thesis"}


def testbeds(config: Mapping) -> list[str]:
    """The testbeds that some figure is measured on, in the order of the figures."""
    figures = config["figures"]
    return list(dict.fromkeys(figure_settings(config, figure)["testbed"] for figure in figures))


def figures_on(config: Mapping, testbed: str) -> list[str]:
    """The figures measured on a testbed."""
    figures = config["figures"]
    return [f for f in figures if figure_settings(config, f)["testbed"] == testbed]


def drawn_on(config: Mapping, testbed: str) -> list[str]:
    """The figures with a picture that are measured on a testbed."""
    drawn = set(drawn_figures(config))
    return [figure for figure in figures_on(config, testbed) if figure in drawn]


_OF_A_FIGURE = re.compile(r"(?:figures/(?:states/)?|results/[^/]+/figures/)(\w+)[./].+")
_OF_LADDERS = {
    section: re.compile(rf"figures/{picture}\..+|results/[^/]+/{section}\.csv|{section}")
    for section, picture in PICTURES.items()
}
"""By section of a ladder: what is made of it."""
_OF_THROUGHPUT = re.compile(
    rf"figures/{THROUGHPUT}\..+|results/[^/]+/throughput(\.csv|/.+)|{THROUGHPUT}"
)
_OF_COMPARISONS = re.compile(rf"figures/{COMPARE}\..+|results/[^/]+/{COMPARE}\..+|{COMPARE}")
_COMPARISON = re.compile(rf"results/[^/]+/{COMPARE}/(\w+)\.json")
_IMPORTED = re.compile(r"figures/imported/(\w+)\..+")
_WITHOUT_POINTS = re.compile(
    r"figures/(testbed|flow_tables|packet_sizes)\..+|results/imported/.+|prepare|release"
)
_OF_LEAGUE = {
    league.LEAGUE: re.compile(
        r"figures/(league|dut_comparison)\..+|results/[^/]+/(league|hardware)\.csv|league"
    ),
    league.FLOWS: re.compile(r"figures/flows\..+|results/[^/]+/flows\.csv|flows"),
    league.RULES: re.compile(r"figures/rules\..+|results/[^/]+/rules\.csv|rules"),
}
"""By part of the league: what is made of it."""
_WITHOUT_SERIES = (
    _OF_THROUGHPUT,
    _OF_COMPARISONS,
    _COMPARISON,
    *_OF_LEAGUE.values(),
    _WITHOUT_POINTS,
)
_OF_MANY = {"all", "figures", "tables", "report.html"}


def for_targets(config: Mapping, targets: Iterable[str]) -> list[str]:
    """The figures whose points are needed for what is asked of Snakemake, in their order.

    All of them for a target that may need any, and without one.
    """
    figures, needed = config["figures"], set()
    for target in targets:
        of_figure = _OF_A_FIGURE.fullmatch(target)
        if of_figure and of_figure[1] in figures:
            needed.add(of_figure[1])
        elif ladder := [of for of, made in _OF_LADDERS.items() if made.fullmatch(target)]:
            needed |= {name for name, of in figures.items() if is_cost_sweep(name, of, ladder[0])}
        elif imported := _IMPORTED.fullmatch(target):
            needed |= set(beside(config, imported[1]))
        elif not any(of.fullmatch(target) for of in _WITHOUT_SERIES):
            return list(figures)
    return [name for name in figures if name in needed] if targets else list(figures)


def league_for(config: Mapping, targets: Iterable[str]) -> list[str]:
    """The parts of the league that are measured for what is asked of Snakemake by name."""
    targets = list(targets)
    return [
        part
        for part, pattern in _OF_LEAGUE.items()
        if league.is_asked(config, part) and any(map(pattern.fullmatch, targets))
    ]


def throughput_for(config: Mapping, targets: Iterable[str]) -> bool:
    """Is throughput measured for what is asked of Snakemake?"""
    return is_asked(config) and _needed(_OF_THROUGHPUT, list(targets))


def comparisons_for(config: Mapping, targets: Iterable[str]) -> list[str]:
    """The comparisons that are needed for what is asked of Snakemake."""
    targets = list(targets)
    named = {found[1] for target in targets if (found := _COMPARISON.fullmatch(target))}
    sections = {
        _OF_COMPARISONS: comparisons(config),
        **{of: cost_comparisons(config, section) for section, of in _OF_LADDERS.items()},
    }
    return [
        name
        for pattern, found in sections.items()
        for name in found
        if name in named or _needed(pattern, targets)
    ]


def _needed(pattern: re.Pattern, targets: list[str]) -> bool:
    """Does one of them match, or is one of many things asked for, or nothing by name?"""
    whole = not targets or not _OF_MANY.isdisjoint(targets)
    return whole or any(map(pattern.fullmatch, targets))
