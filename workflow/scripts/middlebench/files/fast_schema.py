"""JSON schemas that many files are checked against: compiled once a process, faults in one line."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[3] / "schemas"

NONE: Mapping[str, Any] = {}


def fault(name: str, value: Any, own: Mapping[str, Any] = NONE) -> str | None:
    """What of `value` is not as workflow/schemas/<name>.schema.json says, None when all is.

    Such as `raw.received is -1; allowed: bigger than or equal to 0`.  `own` are schemas of keys
    that it must have besides.
    """
    import fastjsonschema  # here, as most of what imports this never checks anything

    try:
        _compiled(name, json.dumps(own))(value)
    except fastjsonschema.JsonSchemaValueException as error:
        return _said(error)
    return None


@cache
def _compiled(name: str, own: str) -> Callable[[Any], Any]:
    import fastjsonschema

    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    schema["properties"] |= json.loads(own)
    schema["required"] += json.loads(own)
    definitions = schema.pop("definitions")
    return fastjsonschema.compile(_laid_out(schema, definitions), use_default=False)


def _laid_out(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema with its definitions where they are meant: with calls it takes twice as long."""
    if isinstance(schema, list):
        return [_laid_out(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = schema.get("$ref", "").removeprefix("#/definitions/")
    laid = {key: value for key, value in schema.items() if key not in ("$ref", "description")}
    laid = {**definitions.get(name, {}), **laid}
    return {key: _laid_out(value, definitions) for key, value in laid.items()}


def _said(error: Any) -> str:
    path = [str(part) for part in error.path[1:]]
    where = ".".join(path) or "the whole"
    if error.rule == "required":
        missing = next(key for key in error.rule_definition if key not in error.value)
        return f"{'.'.join([*path, missing])} is missing"
    if error.rule == "additionalProperties" and error.rule_definition is False:
        known = error.definition.get("properties", {})
        unknown = next(key for key in error.value if key not in known)
        return f"{'.'.join([*path, repr(unknown)[:40]])} is an unknown key"
    allowed = error.message.partition(" must ")[2].removeprefix("be ")
    return f"{where} is {json.dumps(error.value)[:40]}; allowed: {allowed}"
