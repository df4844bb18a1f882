"""Which OpenFlow rules a configuration uses.  Read with the rules of the workflow: nothing slow."""

from collections.abc import Callable, Mapping
from typing import Any

from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings, measuring_settings
from middlebench.experiment.ladder import drawn_figures

SUFFIX = ".flows"

NO_RULES = ("function", "prefix", "memory_mb")
"""Settings that no rules name: another size of memory draws nothing anew."""


def rules_in_use(
    config: Mapping[str, Any], program_of: Callable[[str, str], str]
) -> dict[str, dict[str, Any]]:
    """The OpenFlow rules of the drawn figures: path -> the settings of their DUT in them.

    `program_of` gives the path of what makes a DUT do a function.
    """
    found: dict[str, dict[str, Any]] = {}
    for figure in drawn_figures(config):
        settings = figure_settings(config, figure)
        dut, function = settings["dut"], settings["function"]
        path = program_of(dut, function)
        if path.endswith(SUFFIX):
            known = measuring_settings(config, figure)["dut"].items()
            found.setdefault(path, {k: v for k, v in known if k not in NO_RULES})
    return found


def at_least_one(rules: Mapping[str, Any]) -> list[str]:
    """The paths of the rules in use; ConfigError when there are none."""
    if not rules:
        raise ConfigError(
            "figures: none has a DUT with OpenFlow rules, so there is no "
            "figures/flow_tables.pdf; allowed: for example dut: ovs-dpdk"
        )
    return list(rules)
