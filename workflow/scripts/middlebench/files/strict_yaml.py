"""YAML as a configuration may be written: read strictly, and within limits that no hand reaches.

Everything is a ConfigError with one line, `<where>, line 1, column 2: <what>; allowed: <...>`.
yaml is imported where it is used: Snakemake reads this module on every call.
"""

import os
import stat
from pathlib import Path
from typing import Any

from middlebench.errors import ConfigError
from middlebench.files.schema_errors import shown

MAX_BYTES = 1 << 20
"""Of a file: config.yaml with its comments has a hundredth of it."""

MAX_NODES = 20_000
"""Values and keys, those behind aliases counted each time: config.yaml has 500, a figure 30."""

MAX_DEPTH = 16
"""Levels: no key of the schema lies deeper than 6."""

MAX_DIGITS = 18
"""Of a number: no key takes more than 10, and more than 18 fit in no machine word."""

FORM = "keys with values, as in config.yaml"

# What PyYAML raises besides its own errors: a number like 0x, endless brackets.
_SLIPS = (ValueError, LookupError, AttributeError, TypeError, RecursionError)


def read_yaml(path: str | Path) -> dict:
    """The mapping in a YAML file."""
    document = parse(_text(path), str(path))
    if not isinstance(document, dict):
        what = "is empty" if document is None else f"holds {shown(document)}"
        raise ConfigError(f"{path}: {what}; allowed: {FORM}")
    return document


def parse(text: str, where: str) -> Any:
    """The value that a YAML text means; dates are texts.  `where` names it in what is said."""
    import yaml

    try:
        _check_limits(text)
        return yaml.load(text, Loader=_strict_loader())  # noqa: S506 - derived from a safe one
    except yaml.YAMLError as error:
        raise ConfigError(_line(where, error)) from error
    except _SLIPS as error:
        raise ConfigError(f"{where}: not YAML: {error!r}; allowed: {FORM}") from error


def safe_loader() -> Any:
    """PyYAML's safe loader, in C where there is one."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _text(path: str | Path) -> str:
    """What is in a file; a pipe or a device is none, as it may never end."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ConfigError(f"{path}: is no regular file; allowed: a file in YAML")
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {why}; allowed: a file in YAML") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: is too long; allowed: at most {MAX_BYTES} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: not a text (byte {error.start}); allowed: a text in UTF-8"
        ) from error


def _without_waiting(path: str, flags: int) -> int:
    """Opening a pipe would wait for somebody who writes."""
    return os.open(path, flags | os.O_NONBLOCK)


class _Node:
    """A value that is being read: how many nodes it has, and how many levels."""

    def __init__(self, anchor: str | None) -> None:
        self.anchor, self.nodes, self.levels = anchor, 1, 1

    def take(self, nodes: int, levels: int) -> None:
        self.nodes += nodes
        self.levels = max(self.levels, levels + 1)


def _check_limits(text: str) -> None:
    """A fault at the first thing that makes a small text large, deep or of a type of its own.

    Read as events, before any value is made of them.
    """
    import yaml

    known: dict[str, _Node] = {}
    around = [_Node(None)]
    for event in yaml.parse(text, Loader=safe_loader()):
        node = _Node(getattr(event, "anchor", None))
        if getattr(event, "tag", None) is not None:
            told = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise _fault(event, f"the tag {told}", "none: the form of a value says its type")
        if isinstance(event, yaml.AliasEvent):
            if any(event.anchor == outer.anchor for outer in around):
                raise _fault(event, f"*{event.anchor} contains itself", "a value with an end")
            node = known.get(event.anchor, node)  # an unknown one is told by what makes the values
        elif isinstance(event, yaml.CollectionStartEvent):
            around.append(node)
            _check_size(event, around[0].nodes, len(around) - 1)
            continue
        elif isinstance(event, yaml.CollectionEndEvent):
            node = around.pop()
        elif not isinstance(event, yaml.ScalarEvent):
            continue
        if node.anchor:
            known[node.anchor] = node
        around[-1].take(node.nodes, node.levels)
        _check_size(event, around[-1].nodes, len(around) - 1 + node.levels - 1)


def _check_size(event: Any, nodes: int, levels: int) -> None:
    if nodes > MAX_NODES:
        raise _fault(event, "too much", f"at most {MAX_NODES} values, those behind aliases counted")
    if levels > MAX_DEPTH:
        raise _fault(event, "nested too deeply", f"at most {MAX_DEPTH} levels")


def _fault(at: Any, what: str, allowed: str) -> Exception:
    import yaml

    return yaml.constructor.ConstructorError(
        problem=f"{what}; allowed: {allowed}", problem_mark=at.start_mark
    )


def _strict_loader() -> Any:
    """A YAML loader that refuses a key written twice, and numbers that are none."""

    class StrictLoader(safe_loader()):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict:
            seen = set()
            for key_node, _ in node.value:
                if not isinstance(key_node.value, str) or key_node.tag.endswith(":merge"):
                    continue
                if key_node.value in seen:
                    raise _fault(key_node, f"the key {key_node.value} stands here twice", "once")
                seen.add(key_node.value)
            return super().construct_mapping(node, deep)

    for kind in ("int", "float"):
        StrictLoader.add_constructor(f"tag:yaml.org,2002:{kind}", _number)
    StrictLoader.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in forms if not tag.endswith(":timestamp")]
        for first, forms in StrictLoader.yaml_implicit_resolvers.items()
    }
    return StrictLoader


def _number(loader: Any, node: Any) -> int | float:
    """A number of common length; 1:40 would be 100 to YAML 1.1, and 0000:03:00.0 180.0."""
    whole = node.value if node.tag.endswith(":int") else node.value.lower().partition("e")[0]
    digits = sum(letter.isalnum() for letter in whole.lstrip("+-0._"))
    if ":" in node.value:
        told = f"{shown(node.value)} is a number of base 60 to YAML"
        raise _fault(node, told, "a number without colons, or a text in quotes")
    if digits > MAX_DIGITS:
        told = f"a number of {digits} digits"
        raise _fault(node, told, f"at most {MAX_DIGITS} digits, or a text in quotes")
    made = loader.construct_yaml_int if node.tag.endswith(":int") else loader.construct_yaml_float
    return made(node)


def _line(where: str, error: Any) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
    what = " ".join(str(getattr(error, "problem", None) or error).split())
    if what.startswith("but found"):  # then the sentence begins in another field
        what = f"{error.context}, {what}"
    if "; allowed: " in what:
        return f"{where}: {what}"
    return f"{where}: not YAML: {what}; allowed: {FORM}"
