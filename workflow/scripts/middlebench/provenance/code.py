"""Which modules of Python a program consists of, and digests of what they do.

Used while Snakemake reads the rules, so it imports nothing slow.  Dates of files play no part.
"""

import ast
import hashlib
import io
import json
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from middlebench.files.canonical import text_digest

SHORT = 12
"""Hex digits that tell the versions of one module from each other."""

PACKAGE = "__init__"

NONE: Mapping[str, str] = {}


class Module(NamedTuple):
    """What one file says, whatever its name."""

    digest: str
    """Of what it does (`code_alone`); empty for a file without code."""
    imports: list[str]
    """What it may import, by name: modules, and names that may be modules."""


class Code:
    """The modules of the library `package` below `base`; what is found is kept in the file `kept`.

    `kept` may be deleted.  OSError or SyntaxError for a file that is no module.
    """

    def __init__(self, base: Path, package: str, kept: Path) -> None:
        self._base = base
        self._package = package
        self._kept = kept
        self._by_source = _read_kept(kept)
        self._by_path: dict[Path, Module] = {}
        self._by_module: dict[str, Path | None] = {}
        self._new = False

    def closure(self, *entries: Path | str) -> list[Path]:
        """The files of some programs: themselves, and all of the library that they import.

        An entry is a file, or the name of a module of the library that is loaded by name.
        """
        waiting = [e if isinstance(e, Path) else self._by_name(e) for e in entries]
        found: set[Path] = set()
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += filter(None, map(self._path, self._named(path)))
        return sorted(found)

    def line(self, paths: Iterable[Path], instead: Mapping[str, str] = NONE) -> str:
        """The files by name with their digests: `a/knee:0123456789ab a/units:...`.

        `instead`: by the name of a module what its digest is made of, where not all of it counts.
        """
        named = {str(p.relative_to(self._base).with_suffix("")): self._of(p).digest for p in paths}
        named = {name.removeprefix(f"{self._package}/"): of for name, of in named.items() if of}
        named |= {name: text_digest(instead[name])[:SHORT] for name in instead if name in named}
        return " ".join(f"{name}:{digest}" for name, digest in sorted(named.items()))

    def keep(self) -> None:
        """Write what was found anew; where that cannot be, it is found again next time."""
        if not self._new:
            return
        self._new = False
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._kept.with_suffix(".new")
            unfinished.write_text(json.dumps(self._by_source), encoding="utf-8")
            unfinished.replace(self._kept)
        except OSError:
            pass

    def _named(self, path: Path) -> Iterator[str]:
        """What a file imports, and the packages that are imported on the way there."""
        for name in self._of(path).imports:
            parts = name.split(".")
            if parts[0] == self._package:
                yield from (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))

    def _by_name(self, module: str) -> Path:
        """The file of a module of the library; where it would be when it is not there."""
        name = f"{self._package}.{module}"
        return self._path(name) or (self._base / name.replace(".", "/")).with_suffix(".py")

    def _path(self, name: str) -> Path | None:
        """The file of a module; None for a name inside of one.  Each is looked for once."""
        if name not in self._by_module:
            base = self._base / name.replace(".", "/")
            candidates = (base.with_suffix(".py"), base / f"{PACKAGE}.py")
            self._by_module[name] = next((path for path in candidates if path.is_file()), None)
        return self._by_module[name]

    def _of(self, path: Path) -> Module:
        if path not in self._by_path:
            source = path.read_bytes()
            key = hashlib.sha256(source).hexdigest()
            if key not in self._by_source:
                self._by_source[key] = _look(source.decode("utf-8"))
                self._new = True
            self._by_path[path] = Module(*self._by_source[key])
        return self._by_path[path]


def _look(source: str) -> Module:
    alone = code_alone(source)
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return Module(text_digest(alone)[:SHORT] if alone else "", sorted(names))


def code_alone(source: str) -> str:
    """Python source without what changes nothing that is measured.

    That is: comments, docstrings, empty lines, spaces at the ends of lines, and the words of an
    exception that is raised with nothing else.  Made of the text, not of a syntax tree: the same
    with every version of Python.  SyntaxError.
    """
    tree = ast.parse(source)  # before tokens, which have an error of their own
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in sorted(_silent(tree), key=lambda n: (n.lineno, n.col_offset), reverse=True):
        _blank(lines, node)
    # inside of a string of several lines too: an empty line more there is no change
    return "\n".join(stripped for line in lines if (stripped := line.rstrip()))


def _silent(tree: ast.Module) -> Iterator[ast.stmt | ast.expr]:
    """Docstrings, and the words of exceptions."""
    for node in ast.walk(tree):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]
        elif isinstance(node, ast.Raise) and _says_words_alone(node.exc):
            yield node.exc.args[0]


def _says_words_alone(raised: ast.expr | None) -> bool:
    """Is it a call of an exception with one text, and that all?"""
    if not isinstance(raised, ast.Call) or len(raised.args) != 1 or raised.keywords:
        return False
    (said,) = raised.args
    text = isinstance(said, ast.Constant) and isinstance(said.value, str)
    return text or isinstance(said, ast.JoinedStr)


def _blank(lines: list[str], node: ast.stmt | ast.expr) -> None:
    """Take a part out of the lines; its columns count bytes of UTF-8."""
    first, last = node.lineno - 1, node.end_lineno - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [before + after] + [""] * (last - first)


def _read_kept(path: Path) -> dict[str, list]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
