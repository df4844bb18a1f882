"""One leaf of a JSON document changed: what a hand or a broken program makes of it."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

NUMBERS = st.one_of(
    st.sampled_from([-1, 0, 1, -5, 0.5, 2**31, 2**53, 2**62, 1e-300, 1e15, 1e308]),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
)
OTHERS = st.sampled_from(
    ["", "x", "5", "\u2028", True, False, None, [], {}, [1], {"a": 1}, [[]] * 3]
)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Paths of everything in nested objects and lists that holds nothing itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        if isinstance(inner, dict | list) and inner:
            yield from leaves(inner, (*path, key))
        yield (*path, key)


def at(value: Any, path: Path) -> Any:
    """What lies at a path."""
    for key in path:
        value = value[key]
    return value


def edited(document: dict[str, Any], **leaf: Any) -> dict[str, Any]:
    """A copy of a document with values at dotted keys (`__` for the dot) changed."""
    made = copy.deepcopy(document)
    for key, value in leaf.items():
        *above, last = key.split("__")
        at(made, tuple(above))[last] = value
    return made


@st.composite
def changes(draw, document: dict[str, Any]) -> tuple[Path, str, Any]:
    """(Path, how, new value): a number or a text changed, a type, a key removed or added."""
    path = draw(st.sampled_from(list(leaves(document))))
    old = at(document, path)
    how = draw(st.sampled_from(["value", "value", "kind", "remove", "add"]))
    if how == "value" and isinstance(old, int | float) and not isinstance(old, bool):
        near = [old + 1, old - 1, old * 2, old / 2, -old, old * 1.01]
        return path, how, draw(st.one_of(st.sampled_from(near), NUMBERS))
    if how == "value" and isinstance(old, str):
        return path, how, draw(st.one_of(st.text(max_size=20), st.just(old + "x")))
    return path, how, draw(st.one_of(OTHERS, NUMBERS))


def apply(document: dict[str, Any], change: tuple[Path, str, Any]) -> None:
    """Make the change, in place."""
    (*above, key), how, value = change
    holder = at(document, tuple(above))
    if how == "remove":
        del holder[key]
    elif how == "add" and isinstance(holder, dict):
        holder["added"] = value
    elif how == "add":
        holder.insert(key, value)
    else:
        holder[key] = value
