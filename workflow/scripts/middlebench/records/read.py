"""Reading point records: one that is not whole, of our form and consistent is never used."""

import json
from pathlib import Path
from typing import Any

from middlebench.errors import RecordError
from middlebench.files import fast_schema, seal
from middlebench.records import rules as record_rules
from middlebench.records.record import SCHEMA

WHAT = f"a point record of schema {SCHEMA}"
AGAIN = "to measure the point again"


def read(path: str | Path) -> dict[str, Any]:
    """The point record in `path`, without its seal.

    RecordError in one line that names file and reason, unless it is sealed, of the form that
    workflow/schemas/point.schema.json says, lies where its identity says, and fits every rule of
    `records.rules`.
    """
    found = seal.read(path, WHAT, AGAIN, _form)
    reason = fast_schema.fault("point", found) or _inconsistent(found, path)
    if reason:
        raise RecordError(f"{path}: {reason}; delete the file {AGAIN}")
    return found


def _form(found: dict[str, Any]) -> str | None:
    """Records of an earlier form have no seal, so this is looked at first."""
    if type(found.get("schema")) is int and found["schema"] == SCHEMA:
        return None
    return f"schema is {json.dumps(found.get('schema'))[:40]}"


def _inconsistent(found: dict[str, Any], path: str | Path) -> str | None:
    try:
        return record_rules.fault(found, path)
    except RecursionError:  # settings are as deep as they like
        return "nested too deeply"
