"""Names of files that Snakemake takes as they are."""

import re

from middlebench.errors import ConfigError

_FILLED = re.compile(r"[{}]|<[a-z]\w*>")


def check_not_filled(where: str, path: str) -> None:
    """ConfigError, told at `where`, for a path in which Snakemake would fill something in."""
    if _FILLED.search(path):
        raise ConfigError(
            f"{where}: {path}; allowed: a path without braces and <name>, which Snakemake fills"
        )
