"""Comparisons in turns: what `compare` and the ladders ask for, and what decides each.

A variant is looked at as a figure of a configuration of its own, in which its software and its
settings of the DUT are laid over the others: all that is known of a figure (what it is checked for,
built from and measured with) then holds for it too.  Used while Snakemake reads the rules.
"""

from collections.abc import Mapping
from typing import Any

from middlebench.experiment.grid import (
    figure_settings,
    is_sandbox_here,
    measuring_settings,
    merge,
)
from middlebench.experiment.ladder import COST, COST_LINUX, ladders, rungs_in_turns

PICTURE = "compare"
"""The figure that is made of the comparisons of the section `compare`."""

CELL = ("dut", "function", "frame_size", "flows")
"""What a variant may have of its own, beside the DUT's settings and its software."""


def comparisons(config: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The comparisons that the section `compare` asks for, by name.

    Where `defaults.testbed` is on other hosts, those alone that name another one.
    """
    can = is_sandbox_here(config["testbeds"].get(config["defaults"]["testbed"], {}))
    return {name: of for name, of in (config["compare"] or {}).items() if can or "testbed" in of}


def cost_comparisons(
    config: Mapping[str, Any], section: str | None = None
) -> dict[str, Mapping[str, Any]]:
    """Those of neighbouring rungs that a section of a ladder asks for, or both do, by name.

    None where it is measured on other hosts.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for name, cost in ladders(config).items():
        testbed = (cost or {}).get("testbed", config["defaults"]["testbed"])
        if section in (None, name) and is_sandbox_here(config["testbeds"].get(testbed, {})):
            found |= rungs_in_turns(cost, name)
    return found


def all_comparisons(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Those of all sections."""
    return {**comparisons(config), **cost_comparisons(config)}


def comparison_testbed(config: Mapping, name: str) -> str:
    """The testbed that a comparison is measured on."""
    return all_comparisons(config)[name].get("testbed", config["defaults"]["testbed"])


def compared_testbeds(config: Mapping) -> list[str]:
    """The testbeds of the comparisons of the section `compare`."""
    return list(dict.fromkeys(comparison_testbed(config, name) for name in comparisons(config)))


def variant_config(config: Mapping, name: str, variant: str) -> dict[str, Any]:
    """The configuration of one variant, which is its only figure: its flows are a list of one.

    Keys that neither the variant nor its comparison has are missing in the figure.
    """
    of = all_comparisons(config)[name]
    own = of["variants"][variant]
    defaults = {key: config["defaults"][key] for key in ("testbed", "dut", "protocol")}
    figure = defaults | {key: value for key, value in of.items() if key != "variants"}
    figure |= {key: own[key] for key in CELL if key in own}
    figure |= {"flows": [figure["flows"]]} if "flows" in figure else {}
    duts = config["duts"]
    if own.get("settings"):
        dut = figure["dut"]
        duts = duts | {dut: merge(duts.get(dut, {}), own["settings"])}
    software = config["software"] | own.get("software", {})
    made = {"figures": {variant: figure}, "duts": duts, "software": software}
    without = dict.fromkeys((COST, COST_LINUX, "compare", "throughput"))
    return {**config, **made, **without}


def variant_configs(config: Mapping, name: str) -> dict[str, dict[str, Any]]:
    """Those of all variants of a comparison, the one first that others are compared with."""
    variants = all_comparisons(config)[name]["variants"]
    return {variant: variant_config(config, name, variant) for variant in variants}


def compared_functions(config: Mapping) -> set[str]:
    """The functions of all variants of the section `compare`."""
    return {
        figure["function"]
        for name in comparisons(config)
        for of in variant_configs(config, name).values()
        for figure in of["figures"].values()
    }


def comparison_settings(config: Mapping, name: str) -> dict[str, Any]:
    """All that decides how a comparison is measured and decided.

    Keys: those of `comparing`; `variants`, a list in their order (the first is what others are
    compared with), each of name, dut, function, frame_size [B], flows and, as a point has them,
    `settings`; and gating (or None) and verdict, which are alike for all.
    """
    variants = []
    for variant, of in variant_configs(config, name).items():
        figure = figure_settings(of, variant)
        cell = {key: figure[key] for key in CELL} | {"flows": figure["flows"][0]}
        variants.append({"name": variant, **cell, "settings": measuring_settings(of, variant)})
    shared = {key: variants[0]["settings"][key] for key in ("gating", "verdict")}
    return {**config["comparing"], "variants": variants, **shared}
