"""JSON as its standard has it: what Python's reader takes besides, or trips over, is refused.

Refused are NaN and Infinity, numbers that no double or 64 bit integer holds, a key that stands
twice in an object, half of a surrogate pair, nesting beyond Python's, text that is not UTF-8.
Used while Snakemake reads the rules.
"""

import json
import math
from collections.abc import Iterable
from typing import Any

_LARGEST = 2**63 - 1


def parse(text: bytes | str) -> Any:
    """The value of a JSON text; ValueError with one line that says why it is none."""
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
