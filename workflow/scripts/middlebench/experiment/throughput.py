"""Throughput: which series the section `throughput` asks for, and how each is measured.

A series is a `Point` without a rate, and repetition 0: its trials are points at rates that the
search finds.  Used while Snakemake reads the rules, so it imports nothing slow.
"""

from collections.abc import Mapping
from typing import Any

from middlebench.errors import ConfigError
from middlebench.experiment.grid import measuring_settings, series_of
from middlebench.experiment.rates import COARSE
from middlebench.files.schema_errors import suggestion
from middlebench.frame_mix import FrameSize, size_path
from middlebench.records.identity import Point

PICTURE = "throughput"
"""The figure that is made of all series."""

_OWN = ("functions", "frame_sizes", "goals", "goal_sets", "lowest_pps", "latency")
"""What the section says of all series, and no figure could."""


def is_asked(config: Mapping[str, Any]) -> bool:
    """Is any throughput to be measured?"""
    return config["throughput"] is not None


def as_figures(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with a figure for each function and size of the section, and no other.

    So all that is asked of a figure (its settings, checks, calibrations) can be asked of these.
    """
    section = config["throughput"] if is_asked(config) else {}
    shared = {key: of for key, of in section.items() if key not in _OWN}
    figures = {
        f"{PICTURE}_{function}_{size_path(size)}": {
            **shared,
            "function": function,
            "frame_size": size,
            "rates_mbit": 1,
            "drawn": False,
        }
        for function in section.get("functions", ())
        for size in section.get("frame_sizes", ())
    }
    return {**config, "figures": figures}


def with_series(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with all that is measured as figures: those of `as_figures` too."""
    return {**config, "figures": config["figures"] | as_figures(config)["figures"]}


def all_series(config: Mapping[str, Any]) -> list[Point]:
    """Every series, each once, in the order of the section."""
    return series_of(as_figures(config))


def check_goals(section: Mapping[str, Any]) -> None:
    """ConfigError unless the goals are there, and each set of them can be reached."""
    sets = section["goal_sets"]
    if section["goals"] not in sets:
        hint = suggestion(section["goals"], sets)
        raise ConfigError(
            f"throughput.goals: {section['goals']} is not under goal_sets{hint}; allowed: "
            f"{', '.join(sets)}"
        )
    for name, of in sets.items():
        where = f"throughput.goal_sets.{name}"
        for less, more in (("first_trial_ms", "trial_ms"), ("trial_ms", "sum_ms")):
            if of[less] > of[more]:
                raise ConfigError(
                    f"{where}.{less}: {of[less]}; allowed: at most `{more}`, {of[more]}"
                )
        ratios = of["loss_ratios"]
        if "pdr" in ratios and not ratios["ndr"] < ratios["pdr"]:
            raise ConfigError(
                f"{where}.loss_ratios.pdr: {ratios['pdr']}; allowed: more than `ndr`, "
                f"{ratios['ndr']}"
            )


def throughput_settings(
    config: Mapping[str, Any], function: str, frame_size: FrameSize | None = None
) -> dict[str, Any]:
    """All that decides how a series of a function is measured, but for the cell itself.

    `frame_size`: one of the section; the first when None.

    `trial`: the settings of its trials, as a point's, with the window of those of the latency;
    `goals`: a set of `goal_sets`; `latency`: at which shares of the NDR it is measured;
    `lowest_pps`: the least load [packets/s].
    """
    section, figures = config["throughput"], as_figures(config)
    name = f"{PICTURE}_{function}_{size_path(frame_size or section['frame_sizes'][0])}"
    return {
        "trial": measuring_settings(figures, name) | {"stage": COARSE},
        "goals": section["goal_sets"][section["goals"]] | {"name": section["goals"]},
        **{key: section[key] for key in ("latency", "lowest_pps")},
    }
