"""Overlays of the configuration, and what they leave out.

`null` in the place of a figure, DUT, testbed, function or comparison takes it away; `only` names
the figures that stay, of those that are drawn by rules of their own too.  Used while Snakemake
reads the rules.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from middlebench.errors import ConfigError
from middlebench.experiment.comparisons import PICTURE as COMPARE_PICTURE
from middlebench.experiment.grid import merge
from middlebench.experiment.ladder import PICTURES as COST_PICTURES
from middlebench.experiment.league import LEAGUE as LEAGUE_PICTURE
from middlebench.experiment.throughput import PICTURE as THROUGHPUT_PICTURE
from middlebench.files.schema_errors import suggestion

SECTIONS = ("figures", "duts", "testbeds", "functions", "compare")
"""Where an overlay may take an entry away."""

PICTURES = {
    **COST_PICTURES,
    "compare": COMPARE_PICTURE,
    "throughput": THROUGHPUT_PICTURE,
    "league": LEAGUE_PICTURE,
}
"""Sections that are for one figure each: without it they are null."""


def laid_over(base: Any, overlays: Iterable[Any], pictures: Collection[str]) -> Any:
    """`base` with the overlays laid over it one after the other, without what they leave out.

    `pictures` are the figures that rules of their own draw.  `only` of the result names what stays,
    where anything was left out, so that it can be laid over `base` once more.  ConfigError when
    there is nothing of a name that is left out.  Nothing has to be of the schema's form.
    """
    config, left_out = base, []
    for overlay in overlays:
        before, config = config, merge(config, overlay)
        if not isinstance(config, Mapping):
            return config
        for section in SECTIONS:
            entries = config.get(section)
            if not isinstance(entries, Mapping):
                continue
            gone = [name for name, of in entries.items() if of is None]
            known = [*(before.get(section) or {}), *(pictures if section == "figures" else ())]
            _check_known(section, gone, known)
            if gone:
                config = {**config, section: {n: of for n, of in entries.items() if n not in gone}}
            if section == "figures":
                left_out = [name for name in left_out if name not in config[section]] + gone
    return _only(_beside(_with_lists(config), left_out), left_out, pictures)


def _with_lists(config: Mapping) -> Mapping:
    """One number of flows is a list of one."""
    figures = config.get("figures")
    if isinstance(figures, Mapping):
        config = {**config, "figures": {name: _with_list(of) for name, of in figures.items()}}
    costs = {name: _with_list(config[name]) for name in COST_PICTURES if config.get(name)}
    return {**config, **costs}


def _with_list(figure: Any) -> Any:
    flows = figure.get("flows") if isinstance(figure, Mapping) else None
    return {**figure, "flows": [flows]} if type(flows) is int else figure


def _check_known(section: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(
                f"{section}.{name}: null takes away what is there, but there is no {name}"
                f"{suggestion(name, known)}; allowed: {', '.join(map(str, known))}"
            )


def _beside(config: Mapping, left_out: Collection[str]) -> Mapping:
    """What is taken away stands beside nothing."""
    named = config.get("side_by_side")
    if not isinstance(named, list) or not left_out:
        return config
    return {**config, "side_by_side": [name for name in named if name not in left_out] or None}


def _only(config: Mapping, left_out: Collection[str], pictures: Collection[str]) -> Mapping:
    only, figures = config.get("only"), config.get("figures")
    if not isinstance(figures, Mapping) or (only is None and not left_out):
        return config
    if only is not None and not (isinstance(only, list) and only):
        return config  # the schema says what is wrong
    every = [*figures, *pictures]
    for name in only or []:
        if name not in every:
            hint = suggestion(name, every)
            raise ConfigError(f"only: {name} is no figure{hint}; allowed: {', '.join(every)}")
    names = [name for name in only or every if name not in left_out]
    stay = {name: of for name, of in figures.items() if name in names}
    if not stay:
        raise ConfigError(
            f"only: none of the section figures is left; allowed: {', '.join(figures)}"
        )
    made = {picture: section for section, picture in PICTURES.items() if picture not in names}
    return {**config, "only": names, "figures": stay, **dict.fromkeys(made.values())}
