"""Which of the sealed results that are there are kept: those made from what is wanted now.

A result is a check, a calibration, a point record or a plan: a sealed JSON file (`seal`) that holds
by name what it was made from (`made_from`).  It fits, and is kept, wherever it came from and
whenever; or it does not, and is made again.  Used while Snakemake reads the rules.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from middlebench.errors import RecordError
from middlebench.files.seal import seal_of
from middlebench.provenance.digests import changed

_HEAD = 16384
"""Bytes within which `made_from` ends; it comes first in a file."""

_MADE_FROM = re.compile(rb'\n "made_from": (\{[^{}]*\})')


def misfit(
    path: Path, wanted: Mapping[str, str], settings: Mapping[str, Any] | None = None
) -> str | None:
    """Why the result in `path` cannot be kept, in words; None when it can.

    `wanted`: its `made_from` if it were made now.  `settings`: what is wanted behind its digest,
    for the words.  RecordError, with the file's name in it, for a file that is not whole.
    """
    text = _read(path)
    try:
        seal_of(text)
    except RecordError as error:
        raise RecordError(f"{path} {error}") from error
    found = _MADE_FROM.search(text[:_HEAD])
    if not found:
        return "it does not say what it was made from"
    names = changed(json.loads(found[1]), wanted)
    if not names:
        return None
    told = json.loads(text).get("settings") if "settings" in names and settings else None
    if told:
        at = names.index("settings")
        names[at : at + 1] = _differences(told, settings)
    return f"{', '.join(names)} changed"


def records_digest(paths: Iterable[str | Path]) -> str | None:
    """One digest of some sealed files and their names; None when one is missing or not whole."""
    digest = hashlib.sha256()
    for path in map(Path, paths):
        try:
            at = path.stat()
            seal = _seal(path, at.st_mtime_ns, at.st_size, at.st_ino)
        except (OSError, RecordError):
            return None
        digest.update(f"{path} {seal}\n".encode())
    return digest.hexdigest()


@cache
def _seal(path: Path, *_version: int) -> str:
    return seal_of(path.read_bytes())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror})") from error


def _differences(old: Any, new: Any, where: str = "") -> list[str]:
    """The leaves that differ, as `durations.window_ms (2000, now 300)`."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [*new, *(key for key in old if key not in new)]
        return [
            line
            for key in keys
            for line in _differences(old.get(key), new.get(key), f"{where}.{key}".lstrip("."))
        ]
    return [] if old == new else [f"{where} ({json.dumps(old)}, now {json.dumps(new)})"]
