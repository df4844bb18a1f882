"""The league: which series the section `league` asks for, and how each is measured.

A series is a `Point` without a rate, and repetition 0, as in `experiment.throughput`.  Every DUT of
the configuration that its testbed can run takes part with each function that it has: a new one
needs no word here.  Used while Snakemake reads the rules, so it imports nothing slow.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from middlebench.duts.registry import available, entry
from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings, measuring_settings, on_hosts
from middlebench.experiment.rates import COARSE
from middlebench.files.schema_errors import suggestion
from middlebench.records.identity import Point

LEAGUE = "league"
PARTS = (LEAGUE,)
"""What series are for: a table and a figure each."""

_SHARED = ("testbed", "protocol", "seed", "flow_order", "durations")
"""What the section may say as a figure does."""


def is_asked(config: Mapping[str, Any], part: str = LEAGUE) -> bool:
    """Is that part of the league to be measured?"""
    return part in PARTS and config["league"] is not None


def testbed_of(config: Mapping[str, Any]) -> str:
    """The testbed that all of it is measured on."""
    return config["league"].get("testbed", config["defaults"]["testbed"])


def testbeds(config: Mapping[str, Any]) -> list[str]:
    """The same in a list, which is empty without a league."""
    return [testbed_of(config)] if is_asked(config) else []


def duts(config: Mapping[str, Any]) -> list[str]:
    """The DUTs that take part, in the order of the configuration."""
    able = available(on_hosts(config["testbeds"][testbed_of(config)]))
    return [
        name for name in config["duts"] if name in able and name not in config["league"]["without"]
    ]


def can(config: Mapping[str, Any], dut: str, function: str) -> bool:
    """Has the DUT that function, with the load that there is?"""
    protocol = config["league"].get("protocol", config["defaults"]["protocol"])
    of = entry(dut)
    return function in of.functions and not (protocol == "udp" and function in of.tcp_only)


def _cells(config: Mapping[str, Any], part: str) -> Iterator[tuple[str, str, int, list[int]]]:
    """(DUT, function, frame size [B], numbers of flows)."""
    section = config["league"]
    for function in section["functions"]:
        for dut in duts(config):
            if can(config, dut, function):
                for size in section["sizes"]:
                    yield dut, function, size["frame_size"], size["flows"]


def as_figures(config: Mapping[str, Any], part: str | None = None) -> dict[str, Any]:
    """The configuration with a figure for each DUT, function and size of a part, and no other.

    Of all parts when None.  So all that is asked of a figure can be asked of these.
    """
    figures: dict[str, dict] = {}
    for of in PARTS if part is None else (part,):
        for dut, function, size, flows in _cells(config, of) if is_asked(config, of) else ():
            section = config["league"]
            name = f"{LEAGUE}_{dut}_{function}_{size}b"
            figure = figures.setdefault(
                name,
                {key: section[key] for key in _SHARED if key in section}
                | {"dut": dut, "function": function, "frame_size": size, "flows": []}
                | {"rates_mbit": 1, "drawn": False},
            )
            figure["flows"] = list(dict.fromkeys([*figure["flows"], *flows]))
    return {**config, "figures": figures}


def all_series(config: Mapping[str, Any], part: str | None = None) -> list[Point]:
    """Every series of a part, of all when None, each once."""
    figures = as_figures(config, part)
    found = []
    for name in figures["figures"]:
        of = figure_settings(figures, name)
        cell = [of[key] for key in ("testbed", "dut", "function", "frame_size")]
        found += [Point(*cell, flows, 0, 0, of["protocol"]) for flows in of["flows"]]
    return list(dict.fromkeys(found))


def league_settings(config: Mapping[str, Any], dut: str, function: str) -> dict[str, Any]:
    """All that decides how a series is measured, but for the cell itself.

    `trial`: the settings of its trials, as a point's; `find`: how well its capacity is to be known,
    and with how much traffic; `repetitions`; `latency`: at which shares of the capacity it is
    measured.
    """
    figures, section = as_figures(config), config["league"]
    name = next(
        name
        for name, of in figures["figures"].items()
        if (of["dut"], of["function"]) == (dut, function)
    )
    return {
        "trial": measuring_settings(figures, name) | {"stage": COARSE},
        **{key: section[key] for key in ("find", "repetitions", "latency")},
    }


def check_league(config: Mapping[str, Any]) -> None:
    """ConfigError unless its names are there and some DUT takes part."""
    section, known = config["league"], config["duts"]
    for name in section["without"]:
        if name not in known:
            raise ConfigError(
                f"league.without: {name} is not under duts{suggestion(name, known)}; allowed: "
                f"{', '.join(known)}"
            )
    if testbed_of(config) not in config["testbeds"]:
        return  # told of its figures
    taking_part = duts(config)
    if not taking_part:
        raise ConfigError(f"league.without: leaves no DUT; allowed: one of {', '.join(known)} less")
    for function in section["functions"]:
        if not any(can(config, dut, function) for dut in taking_part):
            raise ConfigError(
                f"league.functions: no DUT of the league has {function}; allowed: functions of "
                f"{', '.join(taking_part)}"
            )
