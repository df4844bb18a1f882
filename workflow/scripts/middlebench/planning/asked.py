"""What the figures of a configuration are measured on, and what they measure."""

from collections.abc import Mapping

from middlebench.experiment.grid import figure_settings
from middlebench.experiment.ladder import drawn_figures


def functions(config: Mapping) -> set[str]:
    """The functions that some figure measures, and the one that is only checked."""
    return {settings["function"] for settings in config["figures"].values()} | {"nat_thesis"}


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
