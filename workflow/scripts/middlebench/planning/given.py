"""What Snakemake is given on its command line, read as strictly as config.yaml.

Snakemake reads the files of `--configfile` and the values of `--config` before it reads any rule,
with readers of its own: they drop a key that stands twice, make texts of numbers, and end in a
traceback or not at all.  So the profile, which it reads first, has them replaced.
"""

import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from middlebench.errors import ConfigError, one_line_errors
from middlebench.experiment.grid import merge
from middlebench.files.strict_yaml import parse, read_yaml
from middlebench.url_users import without_user

GREEDY = {
    "--configfile": "a file",
    "--configfiles": "a file",
    "--config": "a value",
    "-C": "a value",
}
"""Options of Snakemake's that take all words after them, and for what."""


def read_strictly(words: Sequence[str] = ()) -> None:
    """Have Snakemake read configurations by this module from now on; a fault ends it in one line.

    `words`: what a user typed behind `snakemake`; the words of its jobs are its own.

    Without the profile (`--workflow-profile none`) this comes too late for what is slow or fatal
    to Snakemake's readers; `given` still says what they let pass.
    """
    import snakemake.cli
    import snakemake.common.configfile
    import snakemake.settings.types

    with one_line_errors():
        check_words(words)
    reader = _in_one_line(_read)
    snakemake.common.configfile.load_configfile = reader
    snakemake.settings.types.load_configfile = reader
    snakemake.cli.parse_config = _in_one_line(values)


def check_words(words: Sequence[str]) -> None:
    """ConfigError that says what to type when an option of GREEDY has taken targets for its own."""
    for at, option in enumerate(words):
        if option == "--":
            return
        if option not in GREEDY:
            continue
        end = next((i for i in range(at + 1, len(words)) if words[i].startswith("-")), len(words))
        taken = words[at + 1 : end]
        targets = [word for word in taken[1:] if _is_target(option, word)]
        if not targets:
            continue
        own = [word for word in taken if word not in targets]
        right = ["snakemake", *targets, *words[:at], *words[end:], option, *own]
        raise ConfigError(
            f"{option}: takes {targets[0]} for {GREEDY[option]}; allowed: targets before it, as in "
            f"{shlex.join(map(without_user, right))}"
        )


def _is_target(option: str, word: str) -> bool:
    """Is a word behind the first one of an option of GREEDY what Snakemake shall make?"""
    if GREEDY[option] == "a value":
        return "=" not in word
    path = Path(word)
    if path.suffix in (".yaml", ".yml"):
        return False
    return path.suffix != ".json" and (bool(path.suffix) or not path.is_file())


def given(files: Iterable[str | Path], entries: Iterable[str] | None) -> list[dict]:
    """What each file of `--configfile` says, and the entries of `--config`: the last word holds."""
    return [*map(_read, files), values(entries)]


def values(entries: Iterable[str] | None) -> dict:
    """The values of `--config`, each `key=value` with a value in YAML.

    >>> values(["style={dpi: 200}", "cost=null"])
    {'style': {'dpi': 200}, 'cost': None}
    """
    merged: dict = {}
    for entry in entries or ():
        key, equals, value = entry.partition("=")
        if not equals or not key:
            example = "--config 'style={dpi: 200}'"
            told = f"--config {without_user(entry)}: no value"
            raise ConfigError(f"{told}; allowed: key=value, as in {example}")
        merged = merge(merged, {key: parse(value, f"--config {key}")})
    return merged


def _read(path: str | Path) -> dict:
    """A file, named as the user did: Snakemake makes its path absolute."""
    path, here = Path(path), Path.cwd()
    return read_yaml(path.relative_to(here) if path.is_relative_to(here) else path)


def _in_one_line(function: Callable) -> Callable:
    def strict(argument: Any) -> dict:
        with one_line_errors():
            return function(argument)

    return strict
