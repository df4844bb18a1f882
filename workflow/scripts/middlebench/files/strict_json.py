"""JSON as its standard has it: what Python's reader takes besides, or trips over, is refused.

Refused are NaN and Infinity, numbers that no double or 64 bit integer holds, a key that stands
twice in an object, half of a surrogate pair, nesting beyond Python's, text that is not UTF-8.
Used while Snakemake reads the rules.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import orjson

_LARGEST = 2**63 - 1

_COLON = re.compile(rb'"\s*:')
"""Ends every key, and stands in few texts besides."""


def parse(text: bytes | str) -> Any:
    """The value of a JSON text; ValueError with one line that says why it is none."""
    try:
        return _quickly(text.encode() if isinstance(text, str) else text)
    except (ValueError, RecursionError):  # it is said below, in words
        return _in_words(text)


def _quickly(text: bytes) -> Any:
    """The same by a parser that says little, and lets the last of two keys win; ValueError."""
    value = orjson.loads(text)
    if not _nests(value):
        _look([value])
    if len(_COLON.findall(text)) != _keys(value):
        raise ValueError("a key stands twice, or a text looks like one")
    return value


def _keys(value: Any) -> int:
    """How many keys all objects have, as far as lists are of one kind.  ValueError: `_look`."""
    count, numbers, waiting = 0, [], [value] if _nests(value) else []
    while waiting:
        found = waiting.pop()
        items = found
        if isinstance(found, dict):
            count += len(found)
            items = found.values()
        for item in items:
            kind = type(item)
            if kind is float or kind is int:
                numbers.append(item)
            elif kind is dict or (kind is list and item and _nests(item[0])):
                waiting.append(item)
            elif kind is list:
                _look_at_list(item)
    if numbers and not -_LARGEST <= min(numbers) <= max(numbers) <= _LARGEST:
        _look(numbers)
    return count


def _nests(item: Any) -> bool:
    return isinstance(item, dict | list)


def _in_words(text: bytes | str) -> Any:
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        value = _DECODER.decode(text)
        _look([value])
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from error
    except UnicodeEncodeError as error:
        raise ValueError("half of a surrogate pair in a text") from error
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {twice[:40]!r} stands twice")
    _look(made.values())
    return made


def _constant(name: str) -> float:
    raise ValueError(f"the number {name} is not JSON")


def _look(values: Iterable[Any]) -> None:
    """ValueError unless each number is one that 64 bit hold; objects have been looked at."""
    for value in values:
        if isinstance(value, float):
            fits = math.isfinite(value)
        elif isinstance(value, int):
            fits = -_LARGEST <= value <= _LARGEST
        else:
            fits = True
        if not fits:
            raise ValueError("a number is too large")
        if isinstance(value, list):
            _look_at_list(value)


def _look_at_list(values: list[Any]) -> None:
    try:
        fine = abs(sum(values)) <= _LARGEST  # a histogram: infinity would be its sum too
    except (TypeError, OverflowError):  # not numbers alone, or no double has them
        fine = False
    if not fine:
        _look(values)


_DECODER = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_object)
