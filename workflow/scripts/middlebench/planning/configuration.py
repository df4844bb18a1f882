"""The configuration of a run: made whole before anything is planned, and kept with its results."""

import json
from collections.abc import Iterable, Mapping, MutableMapping, Set
from pathlib import Path
from typing import Any

from middlebench.experiment.config import OTHER_FIGURES, validate
from middlebench.experiment.dut_needs import SOURCES, without_source
from middlebench.experiment.ladder import COST_LINUX, with_cost_sweeps
from middlebench.experiment.league import with_rule_functions
from middlebench.experiment.overlays import laid_over
from middlebench.planning.lacking import without_ladder
from middlebench.url_users import hide_users


def complete(config: MutableMapping[str, Any], base: Any, overlays: Iterable[Any]) -> list[str]:
    """Lay what the command line gave over `base`, check it, and add the ladder's sweeps.

    In place: what Snakemake made of the same is replaced.  ConfigError when it cannot be measured.
    Figures whose DUT has no source are left out, unless nothing else is asked for, and the kernel's
    ladder where this machine cannot measure it; returns the lines that say so.
    """
    given = list(overlays)
    whole = laid_over(base, given, OTHER_FIGURES)
    left_out = without_source(whole)
    if left_out:
        taken = _without(whole, {figure for of in left_out.values() for figure in of})
        whole = laid_over(base, [*given, taken], OTHER_FIGURES)
    validate(whole)
    ladder = without_ladder(whole)
    if ladder:
        whole = {**whole, COST_LINUX: None}
    config.clear()
    config.update(whole)
    config.update(with_rule_functions(with_cost_sweeps(config)))
    hide_users(config)
    return [ladder] * bool(ladder) + [
        f"middlebench: figures left out: {', '.join(figures)}, as software.{program} is null; "
        f"allowed: {SOURCES}"
        for program, figures in left_out.items()
    ]


def _without(config: Mapping, figures: Set[str]) -> dict[str, Any]:
    """An overlay that takes away some figures."""
    taken: dict[str, Any] = {"figures": dict.fromkeys(sorted(figures))}
    if config["only"]:
        taken["only"] = [name for name in config["only"] if name not in figures]
    return taken


def write_beside_results(config: Mapping, testbeds: Iterable[str]) -> None:
    """Lay the merged configuration beside the results of some testbeds."""
    import yaml

    plain = json.loads(json.dumps(config))
    for testbed in testbeds:
        path = Path(f"results/{testbed}/config.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".yaml.new")
        try:
            unfinished.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
