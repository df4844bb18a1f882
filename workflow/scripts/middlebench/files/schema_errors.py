"""What a JSON schema found wrong, in one line for people: where, what, what is allowed."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from middlebench.url_users import without_user

if TYPE_CHECKING:
    from jsonschema import ValidationError

_TYPES = {
    "integer": "an integer",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_WITHOUT_RANGE = ("string", "boolean", "null")
_MAX_SHOWN = 60


def first_error(errors: Iterable["ValidationError"], schema: Mapping) -> str | None:
    """`<where>: <what>; allowed: <...>` of the error nearest to the root, None without errors.

    Errors at the same depth are taken in the order of their paths: the same input, the same line.
    `schema` is the whole schema: its `$defs` tell what a missing key should have been.
    """
    found = sorted(errors, key=lambda error: (len(error.absolute_path), _path(error.absolute_path)))
    return _line(found[0], schema.get("$defs", {})) if found else None


def shown(value: Any) -> str:
    """A value as it may stand in a line: cut when long; true, false, null as YAML writes them.

    Without the user of a URL, who may be a token.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = without_user(repr(value))
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` when one of the known words is near, else an empty text."""
    near = difflib.get_close_matches(str(word), [str(name) for name in known], n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _line(error: "ValidationError", definitions: Mapping) -> str:
    path = list(error.absolute_path)
    if error.validator == "additionalProperties":
        return _unknown_key(path, error)
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        properties = _resolved(error.schema, definitions).get("properties", {})
        allowed = _allowed(_resolved(properties.get(missing, {}), definitions))
        return f"{_path([*path, missing])}: is missing; allowed: {allowed}"
    if "propertyNames" in error.absolute_schema_path:
        path.append(error.instance)
        return f"{_path(path)}: not a good name; allowed: {error.schema['description']}"
    what = {
        "uniqueItems": "has a value twice",
        "minItems": "has too few" if error.instance else "is empty",
        "minProperties": "has too few" if error.instance else "is empty",
        "maxProperties": "has too many",
    }.get(error.validator, shown(error.instance))
    return f"{_path(path)}: {what}; allowed: {_allowed(error.schema)}"


def _unknown_key(path: list, error: "ValidationError") -> str:
    known = list(error.schema.get("properties", {}))
    unknown = next(key for key in error.instance if key not in known)
    hint = suggestion(unknown, known)
    return f"{_path([*path, unknown])}: unknown key{hint}; allowed: {', '.join(known)}"


def _path(path: Iterable) -> str:
    """`figures.nat_64b.flows[1]`; the whole document is called `configuration`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return " ".join(text.split()) or "configuration"


def _resolved(schema: Mapping, definitions: Mapping) -> Mapping:
    """A schema with what it refers to as `#/$defs/<name>` laid under it."""
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    return {**definitions.get(name, {}), **schema}


def _allowed(schema: Mapping) -> str:
    """A schema in words: its type and range, then its description with the unit."""
    if "enum" in schema:
        kind = ", ".join(shown(value).strip("'") for value in schema["enum"])
    else:
        types = schema.get("type", "a value")
        types = [types] if isinstance(types, str) else types
        ranged = next((name for name in types if name not in _WITHOUT_RANGE), None)
        said = {name: _TYPES.get(name, name) for name in types}
        kind = " or ".join(said[n] + _range(schema) * (n == ranged) for n in types)
    return f"{kind} ({schema['description']})" if "description" in schema else kind


def _range(schema: Mapping) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is None or most is None:
        return ""
    return f" of {least}" if least == most else f" of {least} to {most}"
