"""Write docs/reliability.md to standard output: what was tried on the workflow, and what happens.

It is read from the source of the tests marked `tried`, and of the table of wrong DUTs; none is run.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from workspace import REPOSITORY

AREAS = {
    "starts": "It starts for everyone",
    "hangs": "It never hangs",
    "lies": "It never lies",
    "words": "It says it in one line",
}
NAMES = {
    "dut": "DUT", "duts": "DUT's", "nat": "NAT", "json": "JSON", "url": "URL", "mac": "MAC",
    "ovs vswitchd": "ovs-vswitchd", "softgens": "softgen's", "snakemakes": "Snakemake's",
    "generators": "generator's", "configurations": "configuration's", "switchs": "switch's",
    "runs": "run's", "rules": "rule's",
}  # fmt: skip
"""Words of a test's name as the field writes them."""

WRONG_DUTS = "tests/system/test_wrong_duts.py"
HEAD = """\
# What was tried, and what happens

Each line is a test: its name says what was tried on the workflow, its docstring what happens.
`make test` runs them, `make test-all` the slow ones too. Made by `make docs`, not edited by hand.
"""


class Tried(NamedTuple):
    """One test marked `tried`."""

    area: str
    what: str
    happens: str
    where: str
    slow: bool


def page(root: Path) -> str:
    """The page about the tests below `root`; ValueError in one line for what has no place in it."""
    found = [
        tried for path in sorted(root.glob("tests/**/test_*.py")) for tried in read(path, root)
    ]
    parts = [HEAD]
    for area, title in AREAS.items():
        rows = [
            (tried.what, tried.happens, f"`{tried.where}`" + (" (slow)" if tried.slow else ""))
            for tried in found
            if tried.area == area
        ]
        if rows:
            parts.append(f"## {title}\n\n{table(('tried', 'what happens', 'where'), rows)}")
    if (root / WRONG_DUTS).exists():
        parts.append(
            "## Wrong DUTs\n\nEach was made wrong on purpose. The functional check keeps it from "
            "being measured; the verdict is that of a point\nmeasured all the same.\n\n"
            + table(
                ("DUT", "functional check", "verdict of a point"), wrong_duts(root / WRONG_DUTS)
            )
        )
    return "\n".join(parts)


def read(path: Path, root: Path) -> Iterator[Tried]:
    """The tests of a file that are marked, in their order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    whole = [
        mark
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for mark in (node.value.elts if isinstance(node.value, ast.List) else [node.value])
    ]
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        marks = [*whole, *node.decorator_list]
        slow = any(ast.unparse(mark) == "pytest.mark.slow" for mark in marks)
        where = path.relative_to(root).as_posix()
        for area in dict.fromkeys(areas(marks)):
            docstring = ast.get_docstring(node)
            if area not in AREAS:
                raise ValueError(f"{where}: {node.name}: tried {area}; allowed: {', '.join(AREAS)}")
            if not docstring:
                raise ValueError(f"{where}: {node.name}: tried, and no docstring says what happens")
            yield Tried(area, in_words(node.name), first_sentence(docstring), where, slow)


def areas(marks: list[ast.expr]) -> Iterator[str]:
    """The areas that `tried` marks name."""
    for mark in marks:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.tried":
            yield ast.literal_eval(mark.args[0])


def in_words(name: str) -> str:
    """The name of a test as words."""
    words = name.removeprefix("test_").replace("_", " ")
    words = re.sub(rf"\b({'|'.join(NAMES)})\b", lambda word: NAMES[word[0]], words)
    return words if words.startswith(("ovs", "softgen")) else words[:1].upper() + words[1:]


def first_sentence(docstring: str) -> str:
    """Up to the first full stop that ends a sentence, in one line."""
    text = " ".join(docstring.split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]


def wrong_duts(path: Path) -> Iterator[tuple[str, str, str]]:
    """Name, failing items and verdict of each row of WRONG_DUTS."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    rows = next(
        node.value.elts
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WRONG_DUTS"
    )
    for row in rows:
        fields = {
            word.arg: ast.literal_eval(word.value)
            for word in row.keywords
            if word.arg in ("name", "check_items", "verdict")
        }
        items = fields["check_items"]
        failing = "not asked" if items is None else ", ".join(f"`{item}`" for item in items)
        verdict = " or ".join(f"`{name}`" for name in fields["verdict"])
        yield fields["name"], failing, verdict or "not seen by the load, which goes one way"


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> str:
    """A table of Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )


if __name__ == "__main__":
    try:
        sys.stdout.write(page(REPOSITORY))
    except ValueError as error:
        sys.exit(f"reliability: {error}")
