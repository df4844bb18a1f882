"""What is asked of Snakemake by name, when no rule makes it: one line in place of its exception.

Used while Snakemake reads the rules; its own parser of the command line, which takes a fifth of a
second, is asked only when some word may be such a target.
"""

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings
from middlebench.experiment.ladder import drawn_figures
from middlebench.files.schema_errors import suggestion
from middlebench.url_users import without_user

_FIGURE = re.compile(r"(figures/(?:states/)?)?([^/]+?)(\.[^./]*)?")
_FORMS = (".pdf", ".png")
_OVERLAY = (".yaml", ".yml")
_TARGETS = (
    *("all", "figures", "tables", "throughput", "compare", "checks", "calibrations"),
    *("report.html", "prepare"),
)


class Asked(NamedTuple):
    """What of a command line is to be made, and whether an overlay stands there too."""

    targets: list[str]
    overlay: bool


def asked_for(words: Sequence[str]) -> Asked:
    """What `words` behind `snakemake` ask for, as it reads them."""
    from snakemake.cli import get_argument_parser

    args = get_argument_parser().parse_args(list(words))
    named = (args.targets, args.until, args.forcerun, args.prioritize)
    return Asked([word for of in named for word in of or ()], bool(args.configfile))


def check_targets(
    words: Sequence[str], workflow: Any, config: Mapping[str, Any], pictures: Iterable[str]
) -> None:
    """ConfigError for the first target that no rule of Snakemake's `workflow` makes.

    `words`: behind `snakemake`; `pictures`: the figures that rules of their own draw.
    """

    def made(word: str) -> bool:
        return workflow.is_rule(word) or _is_made(os.path.relpath(word or "."), workflow.rules)

    if all(word.startswith("-") or made(word) for word in words):
        return
    asked = asked_for(words)
    target = next((target for target in asked.targets if not made(target)), None)
    if target is None:
        return
    of_figure = _FIGURE.fullmatch(target)
    if Path(target).suffix in _OVERLAY:
        told = _of_overlay(target, words, asked)
    elif of_figure and (of_figure[1] or of_figure[2] in config["figures"]):
        told = _of_figure(*of_figure.groups(), config, list(pictures))
        told += "" if asked.overlay else "; one of an overlay needs --configfile behind it"
    else:
        known = list(filter(made, _TARGETS))
        hint = suggestion(target, known)
        told = f"no rule makes it{hint}; allowed: {', '.join(known)}, or a file of some rule"
    raise ConfigError(f"{without_user(target)}: {told}")


def _is_made(path: str, rules: Iterable[Any]) -> bool:
    return any(rule.is_producer(path) for rule in rules)


def _of_overlay(target: str, words: Sequence[str], asked: Asked) -> str:
    others = [word for word in words if word != target]
    behind = [] if asked.overlay else ["--configfile"]
    right = shlex.join(map(without_user, ["snakemake", *others, *behind, target]))
    return f"is nothing that is made; allowed: an overlay behind --configfile, as in {right}"


def _of_figure(
    folder: str | None, name: str, form: str | None, config: Mapping, pictures: list[str]
) -> str:
    folder, form = folder or "figures/", form if form in _FORMS else _FORMS[0]
    drawn = drawn_figures(config)
    every = drawn if folder != "figures/" else [*drawn, *pictures]
    of_function = [of for of in drawn if figure_settings(config, of)["function"] == name]
    near = of_function or get_close_matches(name, every, n=1)
    hint = f" (did you mean {folder}{near[0]}{form}?)" if near else ""
    allowed = f"<name>.pdf or .png of {', '.join(every)}"
    return f"no figure of this configuration{hint}; allowed: {allowed}"
