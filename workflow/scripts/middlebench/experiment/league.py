"""The league: which series the section `league` asks for, and how each is measured.

A series is a `Point` without a rate, and repetition 0, as in `experiment.throughput`.  Every DUT of
the configuration that its testbed can run takes part with each function that it has: a new one
needs no word here.  Used while Snakemake reads the rules, so it imports nothing slow.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from middlebench.duts.registry import available, entry, implementation, most_connections
from middlebench.duts.rule_lists import BASE, LANGUAGES, NAME, count_of
from middlebench.errors import ConfigError
from middlebench.experiment.grid import measuring_settings, on_hosts, series_of
from middlebench.experiment.mixes import makes_mixes
from middlebench.experiment.rates import COARSE
from middlebench.files.schema_errors import suggestion
from middlebench.frame_mix import FrameSize, size_path
from middlebench.records.identity import Point
from middlebench.software.choice import is_chosen

LEAGUE, FLOWS, RULES = "league", "flows", "rules"
PARTS = (LEAGUE, FLOWS, RULES)
"""What series are for: a table and a figure each."""

_SHARED = ("testbed", "protocol", "seed", "flow_order", "durations")
"""What the section may say as a figure does."""


def is_asked(config: Mapping[str, Any], part: str = LEAGUE) -> bool:
    """Is that part of the league to be measured?"""
    section = config["league"]
    return section is not None and (part == LEAGUE or section["scaling"][part] is not None)


def testbed_of(config: Mapping[str, Any]) -> str:
    """The testbed that all of it is measured on."""
    return config["league"].get("testbed", config["defaults"]["testbed"])


def measured_at(config: Mapping[str, Any], part: str = LEAGUE) -> list[str]:
    """The testbed in a list, which is empty where the part is not asked for."""
    return [testbed_of(config)] if is_asked(config, part) else []


def duts(config: Mapping[str, Any]) -> list[str]:
    """The DUTs that take part, in the order of the configuration.

    On hosts those that share the ports with the DUT of `defaults`, or with the first that can, as
    ports are bound once; and none whose software the configuration does not have.
    """
    hosts = on_hosts(config["testbeds"][testbed_of(config)])
    able = [
        name
        for name in config["duts"]
        if name in available(hosts)
        and name not in config["league"]["without"]
        and (not entry(name).software or is_chosen(config, entry(name).software))
    ]
    if not hosts:
        return able
    usual = config["defaults"]["dut"]
    first = [name for name in able if name == usual] or able
    kinds = {implementation(name, hosts).ports for name in first[:1]}
    return [name for name in able if implementation(name, hosts).ports in kinds]


def can(config: Mapping[str, Any], dut: str, function: str) -> bool:
    """Has the DUT that function, with the load that there is?"""
    protocol, of = _protocol(config), entry(dut)
    if count_of(function) is not None:
        has = PurePath(of.program).suffix in LANGUAGES and BASE in of.functions
        return has and protocol == "udp"
    other_only = of.tcp_only if protocol == "udp" else of.udp_only
    return function in of.functions and function not in other_only


def _protocol(config: Mapping[str, Any]) -> str:
    return config["league"].get("protocol", config["defaults"]["protocol"])


def _held(config: Mapping[str, Any], dut: str, flows: list[int]) -> list[int]:
    """Those numbers of flows that the DUT has room for."""
    software = config["software"].get(entry(dut).software) or {}
    limit = most_connections(dut, config["duts"][dut], software)
    limited = limit and _protocol(config) == "tcp"
    return [number for number in flows if not limited or number <= limit[0]]


def _cells(config: Mapping[str, Any], part: str) -> Iterator[tuple[str, str, int | str, list[int]]]:
    """(DUT, function, frame size [B] or name of a mix, numbers of flows).

    Without mixes where the generator makes none.
    """
    section = config["league"]
    functions, sizes = section["functions"], section["sizes"]
    if part != LEAGUE:
        scaled = section["scaling"][part]
        sizes = [scaled] if part == FLOWS else [{**scaled, "flows": [scaled["flows"]]}]
        functions = [scaled["function"]] if part == FLOWS else rule_functions(config)
    if not makes_mixes(config["testbeds"][testbed_of(config)]):
        sizes = [size for size in sizes if not isinstance(size["frame_size"], str)]
    for function in functions:
        for dut in duts(config):
            if can(config, dut, function):
                for size in sizes:
                    if flows := _held(config, dut, size["flows"]):
                        yield dut, function, size["frame_size"], flows


def rule_functions(config: Mapping[str, Any]) -> list[str]:
    """The functions that are lists of rules, from the shortest on."""
    if not is_asked(config) or not is_asked(config, RULES):
        return []
    return [f"{NAME}{count}" for count in sorted(config["league"]["scaling"][RULES]["counts"])]


def with_rule_functions(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with these among its functions; no others of such a name."""
    kept = {name: of for name, of in config["functions"].items() if count_of(name) is None}
    made = {name: {"like": BASE} for name in rule_functions(config)}
    return {**config, "functions": kept | made}


def as_figures(config: Mapping[str, Any], part: str | None = None) -> dict[str, Any]:
    """The configuration with a figure for each DUT, function and size of a part, and no other.

    Of all parts when None.  So all that is asked of a figure can be asked of these.
    """
    figures: dict[str, dict] = {}
    for of in PARTS if part is None else (part,):
        for dut, function, size, flows in _cells(config, of) if is_asked(config, of) else ():
            section = config["league"]
            name = f"{LEAGUE}_{dut}_{function}_{size_path(size)}"
            figure = figures.setdefault(
                name,
                {key: section[key] for key in _SHARED if key in section}
                | {"dut": dut, "function": function, "frame_size": size, "flows": []}
                | {"rates_mbit": 1, "drawn": False},
            )
            figure["flows"] = list(dict.fromkeys([*figure["flows"], *flows]))
    return {**config, "figures": figures}


def with_played(config: Mapping[str, Any], there: Callable[[str, str], bool]) -> dict[str, Any]:
    """The configuration with figures of the parts whose table is `there` (testbed, part)."""
    made = {}
    for part in PARTS:
        if any(there(testbed, part) for testbed in measured_at(config, part)):
            made |= as_figures(config, part)["figures"]
    return {**config, "figures": config["figures"] | made}


def all_series(config: Mapping[str, Any], part: str | None = None) -> list[Point]:
    """Every series of a part, of all when None, each once."""
    return series_of(as_figures(config, part))


def league_settings(
    config: Mapping[str, Any], dut: str, function: str, frame_size: FrameSize | None = None
) -> dict[str, Any]:
    """All that decides how a series is measured, but for the cell itself.

    `frame_size`: that of the series; the first that there is when None.

    `trial`: the settings of its trials, as a point's; `find`: how well its capacity is to be known,
    and with how much traffic; `repetitions`; `latency`: at which shares of the capacity it is
    measured.
    """
    figures, section = as_figures(config), config["league"]
    name = next(
        name
        for name, of in figures["figures"].items()
        if (of["dut"], of["function"]) == (dut, function) and frame_size in (None, of["frame_size"])
    )
    return {
        "trial": measuring_settings(figures, name) | {"stage": COARSE},
        **{key: section[key] for key in ("find", "repetitions", "latency")},
    }


def check_league(config: Mapping[str, Any]) -> None:
    """ConfigError unless its names are there, some DUT takes part, and each function has one."""
    section = config["league"]
    where = "league.testbed" if "testbed" in section else "defaults.testbed"
    _check_under(where, testbed_of(config), "testbeds", config)
    for name in section["without"]:
        _check_under("league.without", name, "duts", config)
    taking_part = duts(config)
    if not taking_part:
        known = ", ".join(config["duts"])
        raise ConfigError(f"league.without: leaves no DUT; allowed: one of {known} less")
    asked = [("league.functions", name) for name in section["functions"]]
    if is_asked(config, FLOWS):
        asked.append(("league.scaling.flows.function", section["scaling"][FLOWS]["function"]))
    for where, function in asked:
        if not any(can(config, dut, function) for dut in taking_part):
            raise ConfigError(
                f"{where}: no DUT of the league has {function}; allowed: functions of "
                f"{', '.join(taking_part)}"
            )


def _check_under(where: str, name: str, section: str, config: Mapping[str, Any]) -> None:
    known = config[section]
    if name not in known:
        hint = suggestion(name, known)
        raise ConfigError(
            f"{where}: {name} is not under {section}{hint}; allowed: {', '.join(known)}"
        )
