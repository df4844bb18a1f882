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

from middlebench.cost_sweeps import is_cost_sweep, with_cost_sweeps
from middlebench.dut_check import check_dut, check_snat_address
from middlebench.duts import entry
from middlebench.errors import ConfigError
from middlebench.grid import (
    figure_settings,
    measuring_settings,
    merge,
    most_tries,
    on_hosts,
    possible_points,
)
from middlebench.protocol_check import check_dut_software, check_protocol
from middlebench.rates import coarse_rates
from middlebench.schema_errors import first_error, shown, suggestion
from middlebench.software import check_software
from middlebench.testbeds import check_figure_ports, check_testbed
from middlebench.units import line_rate_mbit

SCHEMA_PATH = Path(__file__).parents[2] / "schemas" / "config.schema.yaml"

OTHER_FIGURES = ("flow_tables", "packet_sizes", "testbed")
"""Figures that rules of their own draw: their names are taken."""

MAX_POINTS = 10_000
"""Most points of one figure: beyond that a step or a number of repetitions was mistyped."""

# What PyYAML raises besides its own errors: a date like 2026-13-01, `!!bool x`, endless brackets.
_YAML_SLIPS = (ValueError, LookupError, AttributeError, TypeError, RecursionError)

_MAX_DEPTH = 16  # no key lies deeper than 4; YAML aliases can make a mapping that contains itself


def load(path: str | Path, *overlays: str | Path) -> dict:
    """The configuration of a YAML file with overlays, validated, with its cost sweeps."""
    config = read_yaml(path)
    for overlay in overlays:
        config = merge(config, read_yaml(overlay))
    validate(config)
    return with_cost_sweeps(config)


def read_yaml(path: str | Path) -> dict:
    """The mapping in a YAML file; a key written twice is an error, as the first would vanish."""
    import yaml

    try:
        text = Path(path).read_text(encoding="utf-8")
        document = yaml.load(text, Loader=_strict_loader())  # noqa: S506 - derived from a safe one
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not a text in UTF-8 (byte {error.start})") from error
    except yaml.YAMLError as error:
        raise ConfigError(_yaml_fault(path, error)) from error
    except _YAML_SLIPS as error:
        raise ConfigError(f"{path}: not YAML: {error!r}") from error
    if not isinstance(document, dict):
        what = "is empty" if document is None else f"holds {shown(document)}"
        raise ConfigError(f"{path}: {what}; allowed: keys with values, as in config.yaml")
    return document


def retyped(values: Any) -> Any:
    """Values of `--config 'key={...}'` as YAML means them: Snakemake makes texts of its scalars."""
    import yaml

    if isinstance(values, Mapping):
        return {key: retyped(value) for key, value in values.items()}
    if isinstance(values, list):
        return [retyped(value) for value in values]
    if not isinstance(values, str):
        return values
    try:
        scalar = yaml.safe_load(values)
    except (yaml.YAMLError, *_YAML_SLIPS):
        return values
    return values if isinstance(scalar, dict | list) else scalar


def validate(config: Any, schema_path: Path = SCHEMA_PATH) -> None:
    """Raise ConfigError unless the whole (merged) configuration can be measured."""
    _check_keys(config, [])
    validator = _validator(schema_path)
    fault = first_error(validator.iter_errors(config), validator.schema)
    if fault:
        raise ConfigError(fault)
    check_software(config)
    for name, testbed in config["testbeds"].items():
        check_testbed(f"testbeds.{name}", testbed)
    for name, dut in config["duts"].items():
        if "snat_address" in dut:
            check_snat_address(f"duts.{name}.snat_address", dut["snat_address"])
    config = with_cost_sweeps(config)
    for name, figure in config["figures"].items():
        with _told_of_cost(is_cost_sweep(name, figure)):
            _check_figure(config, name)
    check_figure_ports(config)
    _check_shared_points(config)


def _check_figure(config: Mapping, figure: str) -> None:
    _check_names(config, figure)
    _check_function(config, figure)
    check_protocol(config, figure)
    check_dut_software(config, figure)
    _check_repetitions(config, figure)
    _check_rates(config, figure)


@contextmanager
def _told_of_cost(from_cost: bool) -> Iterator[None]:
    """A sweep of the section `cost` stands in no file: what is wrong with one names the section."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"cost: {error}" if from_cost else str(error)) from error


def _check_keys(node: Any, path: list[str]) -> None:
    """Keys are texts: `1:` or `yes:` in YAML is a number or a boolean, which no schema can name."""
    where = ".".join(path) or "configuration"
    if len(path) > _MAX_DEPTH:
        raise ConfigError(f"{where}: nested too deeply; allowed: {_MAX_DEPTH} levels")
    if isinstance(node, Mapping):
        for key, value in node.items():
            if not isinstance(key, str):
                raise ConfigError(f"{where}: {shown(key)} is no name; allowed: keys that are texts")
            _check_keys(value, [*path, key])
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _check_keys(value, [*path, str(index)])


def _check_names(config: Mapping, figure: str) -> None:
    if figure in OTHER_FIGURES:
        taken = ", ".join(OTHER_FIGURES)
        raise ConfigError(f"figures.{figure}: the name is taken; allowed: any but {taken}")
    own = config["figures"][figure]
    for key, section in (("testbed", "testbeds"), ("dut", "duts")):
        name = figure_settings(config, figure)[key]
        if name not in config[section]:
            where = f"figures.{figure}.{key}" if key in own else f"defaults.{key}"
            hint = suggestion(name, config[section])
            known = ", ".join(config[section])
            raise ConfigError(f"{where}: {name} is not under {section}{hint}; allowed: {known}")


def _check_function(config: Mapping, figure: str) -> None:
    settings = figure_settings(config, figure)
    testbed = config["testbeds"][settings["testbed"]]
    where = f"figures.{figure}.dut" if "dut" in config["figures"][figure] else "defaults.dut"
    check_dut(where, settings["dut"], settings["testbed"], testbed)
    function = settings["function"]
    known = entry(settings["dut"], on_hosts(testbed)).functions
    if function not in known:
        raise ConfigError(
            f"figures.{figure}.function: {function} is not one of {settings['dut']}'s; "
            f"allowed: {', '.join(known)}"
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
    rates = settings["rates_mbit"]
    if rates["from"] > rates["to"]:
        raise ConfigError(f"{where}.from: {rates['from']}; allowed: at most `to`, {rates['to']}")
    count = len(coarse_rates(rates)) * len(settings["flows"]) * most_tries(settings)
    if count > MAX_POINTS:
        raise ConfigError(
            f"figures.{figure}: {count} points (flows x rates x most repetitions); "
            f"allowed: at most {MAX_POINTS}"
        )
    refine = rates.get("refine")
    if refine and (rates["step"] % refine["step"] or rates["step"] == refine["step"]):
        raise ConfigError(
            f"{where}.refine.step: {refine['step']}; allowed: a part of `step`, {rates['step']}, "
            "without a remainder"
        )
    link_mbit = config["testbeds"][settings["testbed"]]["link_mbit"]
    if link_mbit is None or config["verdict"]["above_line_rate"] == "mark":
        return
    limit = math.floor(line_rate_mbit(link_mbit, settings["frame_size"]))
    highest = coarse_rates(rates)[-1]
    if highest > limit:
        raise ConfigError(
            f"{where}.to: {highest} is above line rate; allowed: at most {limit} [Mbit/s] of "
            f"{settings['frame_size']} B frames on {settings['testbed']} ({link_mbit} Mbit/s "
            "link), or verdict.above_line_rate: mark"
        )


def _check_shared_points(config: Mapping) -> None:
    """A record belongs to all figures that ask for its point, so they must ask for the same."""
    points = {figure: set(possible_points(config, figure)) for figure in config["figures"]}
    for one, other in combinations(points, 2):
        shared = points[one] & points[other]
        if not shared:
            continue
        ours, theirs = (measuring_settings(config, figure) for figure in (one, other))
        differing = [key for key in ours if ours[key] != theirs[key]]
        if differing:
            key = differing[0]
            raise ConfigError(
                f"figures.{other}.{key}: {shown(theirs[key])} where figures.{one} has "
                f"{shown(ours[key])} for the same point {min(shared).path}; "
                f"allowed: the same {key} in both"
            )


def _validator(schema_path: Path) -> Any:
    """A JSON schema validator: 1.0 is no integer, NaN no number, a pattern covers all the text."""
    import re

    import jsonschema
    import yaml

    base = jsonschema.Draft202012Validator

    def whole_pattern(_: Any, pattern: str, text: Any, __: Any) -> Any:
        if isinstance(text, str) and not re.fullmatch(pattern.removesuffix("$"), text):
            yield jsonschema.ValidationError(f"{text!r} does not match {pattern!r}")

    def is_integer(_: Any, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def is_number(_: Any, value: Any) -> bool:
        return (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        )

    types = base.TYPE_CHECKER.redefine_many({"integer": is_integer, "number": is_number})
    strict = jsonschema.validators.extend(base, {"pattern": whole_pattern}, type_checker=types)
    text = schema_path.read_text(encoding="utf-8")
    schema = yaml.load(text, Loader=_safe_loader())  # noqa: S506 - a safe one, in C
    return strict(schema, format_checker=jsonschema.FormatChecker(formats=["ipv4"]))


def _safe_loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _strict_loader() -> Any:
    """A YAML loader that refuses a key written twice in one mapping."""
    import yaml

    class StrictLoader(_safe_loader()):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict:
            seen = set()
            for key_node, _ in node.value:
                if not isinstance(key_node.value, str) or key_node.tag.endswith(":merge"):
                    continue
                if key_node.value in seen:
                    fault = f"the key {key_node.value} stands here twice"
                    raise yaml.constructor.ConstructorError(
                        problem=fault, problem_mark=key_node.start_mark
                    )
                seen.add(key_node.value)
            return super().construct_mapping(node, deep)

    return StrictLoader


def _yaml_fault(path: str | Path, error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
    what = getattr(error, "problem", None) or error
    return f"{where}: not YAML: {' '.join(str(what).split())}"
