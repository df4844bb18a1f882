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
    try:
        _, made_from = _looked_at(path)
    except RecordError as error:
        raise RecordError(f"{path} {error}") from error
    except OSError as error:
        raise RecordError(f"{path} cannot be read ({error.strerror})") from error
    if made_from is None:
        return "it does not say what it was made from"
    names = changed(made_from, wanted) if made_from != wanted else []
    if not names:
        return None
    asked = "settings" in names and settings
    told = json.loads(path.read_bytes()).get("settings") if asked else None
    if told:
        at = names.index("settings")
        names[at : at + 1] = _differences(told, settings)
    return f"{', '.join(names)} changed"


def records_digest(paths: Iterable[str | Path]) -> str | None:
    """One digest of some sealed files and their names; None when one is missing or not whole."""
    digest = hashlib.sha256()
    for path in map(Path, paths):
        try:
            seal, _ = _looked_at(path)
        except (OSError, RecordError):
            return None
        digest.update(f"{path} {seal}\n".encode())
    return digest.hexdigest()


def _looked_at(path: Path) -> tuple[str, dict[str, str] | None]:
    """The seal of a file and its `made_from`, if any: read again only when it is another file."""
    at = path.stat()
    return _read(path, at.st_mtime_ns, at.st_size, at.st_ino)


@cache
def _read(path: Path, *_version: int) -> tuple[str, dict[str, str] | None]:
    text = path.read_bytes()
    found = _MADE_FROM.search(text[:_HEAD])
    return seal_of(text), _parsed(found[1]) if found else None


@cache
def _parsed(text: bytes) -> dict[str, str]:
    """Thousands of records were made from the same."""
    return json.loads(text)


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
