"""JSON as its standard has it: what Python's reader takes besides, or trips over, is refused.

Refused are NaN and Infinity, numbers that no double or 64 bit integer holds, a key that stands
twice in an object, half of a surrogate pair, nesting beyond Python's, text that is not UTF-8.
Used while Snakemake reads the rules.
"""

import json
import math
import re
from typing import Any

_LARGEST = 2**63 - 1
_MAYBE_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parse(text: bytes | str) -> Any:
    """The value of a JSON text; ValueError with one line that says why it is none."""
    try:
        text = text.decode("utf-8") if isinstance(text, bytes) else text
        value = json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
        _numbers([value])
        if _MAYBE_HALF.search(text):
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
    _numbers(list(made.values()))
    return made


def _constant(name: str) -> float:
    raise ValueError(f"the number {name} is not JSON")


def _numbers(values: list[Any]) -> None:
    """ValueError unless each number is one that 64 bit hold; objects have been looked at."""
    try:
        if abs(sum(values)) <= _LARGEST:
            return  # a histogram: as fast as can be, as infinity would be its sum too
    except (TypeError, OverflowError):  # not numbers alone, or no double has them
        pass
    for value in values:
        if isinstance(value, list):
            _numbers(value)
        elif isinstance(value, int | float):
            _number(value)


def _number(value: float) -> None:
    if not (math.isfinite(value) if isinstance(value, float) else -_LARGEST <= value <= _LARGEST):
        raise ValueError("a number is too large")
