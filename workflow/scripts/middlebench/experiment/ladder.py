"""The sweeps that the cost model needs: the section `cost`, written out as figures not drawn.

So all that is done for a figure (planning, repetition, tables) is done for them unchanged.  Used
while Snakemake reads the rules, so it imports nothing slow.
"""

import re
from collections.abc import Mapping
from typing import Any

from middlebench.errors import ConfigError
from middlebench.functions import LADDER

PREFIX = "cost_"

PICTURE = "nat_cost"
"""The figure that is made of the sweeps."""


def sweep_name(function: str, frame_size: int) -> str:
    """The name of the sweep of one rung at one frame size [B], such as `cost_nat_64b`."""
    return f"{PREFIX}{function}_{frame_size}b"


def cost_sweeps(cost: Mapping[str, Any] | None) -> dict[str, dict]:
    """The figures, by name, that a section `cost` stands for; none when it is null.

    What the section does not say (testbed, DUT, durations ...) comes from `defaults`, as with any
    figure.
    """
    if cost is None:
        return {}
    shared = {key: value for key, value in cost.items() if key not in ("functions", "sizes")}
    return {
        sweep_name(function, size["frame_size"]): {
            **shared,
            "function": function,
            **size,
            "drawn": False,
        }
        for function in cost["functions"]
        for size in cost["sizes"]
    }


def with_cost_sweeps(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with the sweeps of its section `cost` under `figures`, after all others.

    Those of an earlier section are replaced.  ConfigError when a figure that is drawn has the name
    of a sweep.  The configuration must have the form of its schema.
    """
    sweeps = cost_sweeps(config["cost"])
    figures = {name: of for name, of in config["figures"].items() if not is_cost_sweep(name, of)}
    for name in sweeps:
        if name in figures:
            raise ConfigError(
                f"figures.{name}: is the name of a sweep of the section cost; allowed: another name"
            )
    return {**config, "figures": figures | sweeps}


def is_cost_sweep(name: str, figure: Mapping[str, Any]) -> bool:
    """Whether a figure was made by `cost_sweeps`."""
    form = rf"{PREFIX}({'|'.join(LADDER)})_\d+b"
    return figure.get("drawn") is False and re.fullmatch(form, name) is not None


def drawn_figures(config: Mapping[str, Any]) -> list[str]:
    """The figures that are drawn, in their order; the others only have tables."""
    return [name for name, figure in config["figures"].items() if figure.get("drawn", True)]
