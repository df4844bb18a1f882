"""The configuration: read it, lay overlays over it, and refuse what cannot be measured.

Everything here raises ConfigError with one line, `<key>: <value>; allowed: <...>`. jsonschema and
yaml are imported where they are used: Snakemake reads this module on every call.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

from middlebench.duts.registry import DUTS
from middlebench.errors import ConfigError
from middlebench.experiment import league
from middlebench.experiment.compare_check import check_comparisons
from middlebench.experiment.dut_check import (
    check_dut_and_function,
    check_names,
    check_protocol,
    check_snat_address,
    check_snat_addresses,
)
from middlebench.experiment.dut_needs import check_connections, check_dut_software, check_ports
from middlebench.experiment.grid import (
    figure_settings,
    first_shared_point,
    measuring_settings,
)
from middlebench.experiment.imported import check_imported
from middlebench.experiment.ladder import told_of, with_cost_sweeps
from middlebench.experiment.mixes import check_frame_size, check_mixes
from middlebench.experiment.overlays import laid_over
from middlebench.experiment.rates import kind_of
from middlebench.experiment.schema import schema, strict_validator
from middlebench.experiment.side_by_side import check_side_by_side
from middlebench.experiment.testbed_check import check_figure_ports, check_testbed
from middlebench.experiment.throughput import as_figures, check_goals, is_asked, with_series
from middlebench.files.schema_errors import first_error, shown, suggestion
from middlebench.files.strict_yaml import MAX_DEPTH, MAX_DIGITS, read_yaml
from middlebench.frame_mix import size_words
from middlebench.functions import of_configuration
from middlebench.software.choice import check_software
from middlebench.units import line_rate_mbit

PICTURE_RULES = Path(__file__).parents[3] / "rules" / "pictures"
OTHER_FIGURES = tuple(sorted(path.stem for path in PICTURE_RULES.glob("*.smk")))
"""Figures that rules of their own draw, a file each: their names are taken."""

OTHER_FOLDERS = ("imported", "logs", "software")
"""Folders of results/ that are no testbed's: their names are taken too."""

MAX_POINTS = 100_000
"""Most points of one figure: beyond that a step or a number of repetitions was mistyped."""


def load(path: str | Path, *overlays: str | Path) -> dict:
    """The configuration of a YAML file with overlays, validated, with its cost sweeps."""
    config = laid_over(read_yaml(path), map(read_yaml, overlays), OTHER_FIGURES)
    validate(config)
    return league.with_rule_functions(with_cost_sweeps(config))


def validate(config: Any) -> None:
    """Raise ConfigError unless the whole (merged) configuration can be measured."""
    _check_tree(config, [])
    validator = strict_validator(schema())
    fault = first_error(validator.iter_errors(config), validator.schema)
    if fault:
        raise ConfigError(fault)
    _check_taken(config)
    of_configuration(config)
    _check_expected_failures(config)
    check_software(config)
    check_mixes(config)
    for name, testbed in config["testbeds"].items():
        check_testbed(f"testbeds.{name}", testbed)
    for name, dut in config["duts"].items():
        if "snat_address" in dut:
            check_snat_address(f"duts.{name}.snat_address", dut["snat_address"])
        if pool := dut.get("snat_addresses"):
            check_snat_addresses(f"duts.{name}.snat_addresses", pool)
    for name, does in of_configuration(config).items():
        if does.addresses:
            check_snat_addresses(f"functions.{name}.addresses", does.addresses)
    check_imported(config)
    config = league.with_rule_functions(with_cost_sweeps(config))
    for name, figure in config["figures"].items():
        with _told_of(told_of(name, figure)):
            _check_figure(config, name)
    check_figure_ports(config)
    if is_asked(config):
        check_goals(config["throughput"])
        _check_throughput(config)
    if league.is_asked(config):
        league.check_league(config)
        _check_league(config)
    _check_shared_points(config)
    check_comparisons(config)
    check_side_by_side(config)


def _check_figure(config: Mapping, figure: str) -> None:
    check_names(config, figure)
    check_frame_size(config, figure)
    check_dut_and_function(config, figure)
    check_protocol(config, figure)
    check_dut_software(config, figure)
    check_connections(config, figure)
    check_ports(config, figure)
    _check_repetitions(config, figure)
    _check_rates(config, figure)


def _check_throughput(config: Mapping) -> None:
    """Its series, as figures: each alone, and beside those that are drawn."""
    series = as_figures(config)
    with _told_of("throughput"):
        for name in series["figures"]:
            _check_figure(series, name)
        check_figure_ports(with_series(config))


def _check_league(config: Mapping) -> None:
    """The same of the league's."""
    series = league.as_figures(config)
    with _told_of(league.LEAGUE):
        for name in series["figures"]:
            _check_figure(series, name)
        check_figure_ports(series)


@contextmanager
def _told_of(section: str) -> Iterator[None]:
    """What a section stands for is in no file: what is wrong with it names the section, if any."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{section}: {error}" if section else str(error)) from error


def _check_tree(node: Any, path: list[str]) -> None:
    """What no schema can say: keys are texts (`1:` and `yes:` are none), numbers can be printed."""
    where = ".".join(path) or "configuration"
    if len(path) > MAX_DEPTH:
        raise ConfigError(f"{where}: nested too deeply; allowed: {MAX_DEPTH} levels")
    if isinstance(node, Mapping):
        for key, value in node.items():
            if not isinstance(key, str):
                raise ConfigError(f"{where}: {shown(key)} is no name; allowed: keys that are texts")
            _check_tree(value, [*path, key])
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_tree(value, [*path, str(index)])
    elif isinstance(node, int) and abs(node) >= 10**MAX_DIGITS:
        raise ConfigError(f"{where}: a number too long; allowed: at most {MAX_DIGITS} digits")


def _check_taken(config: Mapping) -> None:
    for section, taken in (("figures", OTHER_FIGURES), ("testbeds", OTHER_FOLDERS)):
        for name in taken:
            if name in config[section]:
                others = ", ".join(taken)
                raise ConfigError(f"{section}.{name}: the name is taken; allowed: any but {others}")


def _check_expected_failures(config: Mapping) -> None:
    known = of_configuration(config)
    for name in config["expected_failures"]:
        dut, _, function = name.rpartition(".")
        if dut and dut not in DUTS:
            raise ConfigError(
                f"expected_failures.{name}: {dut} is no DUT{suggestion(dut, DUTS)}; allowed: "
                f"{', '.join(DUTS)}"
            )
        if function not in known:
            hint = suggestion(function, known)
            raise ConfigError(
                f"expected_failures.{name}: is no function{hint}; allowed: {', '.join(known)}"
            )


def _check_repetitions(config: Mapping, figure: str) -> None:
    repetitions = figure_settings(config, figure)["repetitions"]
    own = "repetitions" in config["figures"][figure]
    where = f"figures.{figure}.repetitions" if own else "defaults.repetitions"
    least, most = repetitions["min"], repetitions["max"]
    if least > most:
        raise ConfigError(f"{where}.min: {least}; allowed: at most `max`, {most}")


def _check_rates(config: Mapping, figure: str) -> None:
    where = f"figures.{figure}.rates_mbit"
    settings = figure_settings(config, figure)
    kind = kind_of(settings["rates_mbit"])
    kind.check(where, settings["repetitions"])
    count = len(settings["flows"]) * kind.most_points(settings["repetitions"])
    if count > MAX_POINTS:
        raise ConfigError(
            f"figures.{figure}: {count} points (flows x rates x most repetitions); "
            f"allowed: at most {MAX_POINTS}"
        )
    link_mbit = config["testbeds"][settings["testbed"]]["link_mbit"]
    if link_mbit is None or config["verdict"]["above_line_rate"] == "mark":
        return
    limit = math.floor(line_rate_mbit(link_mbit, settings["frame_size"]))
    highest = kind.coarse[-1]
    if highest > limit:
        raise ConfigError(
            f"{where}{kind.highest_key}: {highest} is above line rate; allowed: at most {limit} "
            f"[Mbit/s] of {size_words(settings['frame_size'])} frames on {settings['testbed']} "
            f"({link_mbit} Mbit/s link), or verdict.above_line_rate: mark"
        )


def _check_shared_points(config: Mapping) -> None:
    """A record belongs to all figures that ask for its point, so they must ask for the same."""
    for one, other in combinations(config["figures"], 2):
        shared = first_shared_point(config, one, other)
        if not shared:
            continue
        ours, theirs = (measuring_settings(config, figure) for figure in (one, other))
        differing = [key for key in ours if ours[key] != theirs[key]]
        if differing:
            key = differing[0]
            raise ConfigError(
                f"figures.{other}.{key}: {shown(theirs[key])} where figures.{one} has "
                f"{shown(ours[key])} for the same point {shared.path}; "
                f"allowed: the same {key} in both"
            )
