"""The configuration of a run: made whole before anything is planned, and kept with its results."""

import json
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from middlebench.experiment.config import OTHER_FIGURES, validate
from middlebench.experiment.ladder import with_cost_sweeps
from middlebench.experiment.league import with_rule_functions
from middlebench.experiment.overlays import laid_over
from middlebench.url_users import hide_users


def complete(config: MutableMapping[str, Any], base: Any, overlays: Iterable[Any]) -> None:
    """Lay what the command line gave over `base`, check it, and add the ladder's sweeps.

    In place: what Snakemake made of the same is replaced.  ConfigError when it cannot be measured.
    """
    whole = laid_over(base, overlays, OTHER_FIGURES)
    validate(whole)
    config.clear()
    config.update(whole)
    config.update(with_rule_functions(with_cost_sweeps(config)))
    hide_users(config)


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
