"""What the cost model needs: its sections, written out as figures not drawn, and comparisons.

So all that is done for a figure (planning, repetition, tables) is done for its sweeps unchanged,
and all that is done for a comparison in turns for its pairs of neighbouring rungs.  Used while
Snakemake reads the rules, so it imports nothing slow.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from middlebench.errors import ConfigError
from middlebench.experiment.grid import on_hosts
from middlebench.functions import LADDER

COST, COST_LINUX = "cost", "cost_linux"
"""Sections: the ladder of a DUT each, the second one that of the kernel's router."""

PICTURE = "nat_cost"
PICTURES = {COST: PICTURE, COST_LINUX: "nat_cost_linux"}
"""Section -> the figure that is made of its sweeps."""


def sweep_name(function: str, frame_size: int, section: str = COST) -> str:
    """The name of the sweep of one rung at one frame size [B], such as `cost_nat_64b`."""
    return f"{section}_{function}_{frame_size}b"


def cost_sweeps(cost: Mapping[str, Any] | None, section: str = COST) -> dict[str, dict]:
    """The figures, by name, that a section `cost` stands for; none when it is null.

    What the section does not say (testbed, DUT, durations ...) comes from `defaults`, as with any
    figure.
    """
    if cost is None:
        return {}
    shared = {key: value for key, value in cost.items() if key not in ("functions", "sizes")}
    return {
        sweep_name(function, size["frame_size"], section): {
            **shared,
            "function": function,
            **{key: value for key, value in size.items() if key != "in_turns"},
            "drawn": False,
        }
        for function in cost["functions"]
        for size in cost["sizes"]
    }


_OF_LOAD = ("testbed", "dut", "seed", "flow_order", "flows_a_destination")
"""What the sweeps and the comparisons have in common; durations are those of any comparison."""


def rungs_in_turns(cost: Mapping[str, Any] | None, section: str = COST) -> dict[str, dict]:
    """The comparisons, by name, that a section `cost` stands for; none when it is null.

    At each frame size with `in_turns` and each number of flows: every rung beside the one below it,
    where both are asked for, which differ in their function alone.
    """
    if cost is None:
        return {}
    shared = {key: cost[key] for key in _OF_LOAD if key in cost}
    asked = [pair for pair in pairwise(LADDER) if set(pair) <= set(cost["functions"])]
    return {
        f"{sweep_name(pair[1], size['frame_size'], section)}_{flows}flows": {
            **shared,
            "frame_size": size["frame_size"],
            "flows": flows,
            "variants": {function: {"function": function} for function in pair},
        }
        for size in cost["sizes"]
        if size.get("in_turns")
        for flows in cost["flows"]
        for pair in asked
    }


def with_cost_sweeps(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the sweeps of both sections under `figures`, after all others.

    None of `cost_linux` where its DUT is not there, or its testbed is on hosts.  Those of an
    earlier section are replaced.  ConfigError when a figure that is drawn has the name of a sweep.
    The configuration must have the form of its schema.
    """
    sweeps = {}
    for section, cost in ladders(config).items():
        sweeps |= cost_sweeps(cost, section)
    figures = {name: of for name, of in config["figures"].items() if not is_cost_sweep(name, of)}
    for name in sweeps:
        if name in figures:
            raise ConfigError(
                f"figures.{name}: is the name of a sweep of the section {_section(name)}; "
                "allowed: another name"
            )
    return {**config, "figures": figures | sweeps}


def ladders(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any] | None]:
    """Both sections; None where nothing is measured of one."""
    return {COST: config[COST], COST_LINUX: _of_linux(config)}


def _of_linux(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The section `cost_linux` where its DUT is there, and on no hosts, which it cannot be on."""
    cost = config[COST_LINUX]
    if cost is None:
        return None
    dut, name = (cost.get(key, config["defaults"][key]) for key in ("dut", "testbed"))
    gone = dut not in config["duts"] or on_hosts(config["testbeds"].get(name, {}))
    return None if gone else cost


def _section(name: str) -> str | None:
    """The section that has a sweep of this name; None without."""
    form = rf"({'|'.join(PICTURES)})_({'|'.join(LADDER)})_\d+b"
    found = re.fullmatch(form, name)
    return found[1] if found else None


def is_cost_sweep(name: str, figure: Mapping[str, Any], section: str | None = None) -> bool:
    """Whether a figure was made by `cost_sweeps`, of a section or of any."""
    own = _section(name) if figure.get("drawn") is False else None
    return own is not None and section in (None, own)


def told_of(name: str, figure: Mapping[str, Any]) -> str:
    """The section of a sweep; empty for any other figure."""
    return (_section(name) or "") if is_cost_sweep(name, figure) else ""


def drawn_figures(config: Mapping[str, Any]) -> list[str]:
    """The figures that are drawn, in their order; the others only have tables."""
    return [name for name, figure in config["figures"].items() if figure.get("drawn", True)]
