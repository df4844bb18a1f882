"""Figures whose series stand side by side in one: which of them can.

Used while Snakemake reads the rules: nothing slow is imported.
"""

from collections.abc import Mapping

from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings
from middlebench.experiment.ladder import drawn_figures
from middlebench.files.schema_errors import suggestion

SAME = ("testbed", "protocol")
"""What they must share: other machines or another load would differ in more than the DUT."""


def standing(config: Mapping) -> list[str]:
    """The figures; ConfigError when there are none."""
    if not config["side_by_side"]:
        raise ConfigError(
            "side_by_side: null, so there is no figures/side_by_side.pdf; allowed: names of figures"
        )
    return config["side_by_side"]


def check_side_by_side(config: Mapping) -> None:
    """ConfigError for a name that is no figure, or for figures of another testbed or protocol."""
    names, known = config["side_by_side"] or [], drawn_figures(config)
    for name in names:
        if name not in known:
            hint = suggestion(name, known)
            raise ConfigError(
                f"side_by_side: {name} is no figure{hint}; allowed: {', '.join(known)}"
            )
        ours, first = (figure_settings(config, figure) for figure in (name, names[0]))
        for key in SAME:
            if ours[key] != first[key]:
                raise ConfigError(
                    f"side_by_side: {name} has {key} {ours[key]}; allowed: figures with "
                    f"{first[key]}, as {names[0]} has"
                )
