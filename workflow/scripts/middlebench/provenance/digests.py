"""Digests of what a result is made from, by content; dates of files play no part.

Used while Snakemake reads the rules, so it imports nothing slow.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from middlebench.files.canonical import text_digest


def files_digest(paths: Iterable[str | Path]) -> str:
    """SHA-256 of the names and contents of some files, whatever their order; OSError."""
    listed = sorted((Path(path).name, _file_digest(str(path))) for path in paths)
    return text_digest(json.dumps(listed))


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Which ingredients differ, by name; of the code, which modules."""
    names = []
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) == new.get(name):
            continue
        if name == "code" and name in old and name in new:
            before, now = (dict(_modules(of[name])) for of in (old, new))
            differing = sorted(n for n in {*before, *now} if before.get(n) != now.get(n))
            names += [f"{module}.py" for module in differing]
        else:
            names.append(name)
    return names


def _modules(line: str) -> Iterable[tuple[str, str]]:
    for module in line.split():
        name, _, digest = module.partition(":")
        yield name, digest


@cache
def _file_digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
