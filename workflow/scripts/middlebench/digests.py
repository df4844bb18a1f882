"""Digests of what a result is made from: of files by content, of Python code by what it does.

Used while Snakemake reads the rules, so it imports nothing slow.  Dates of files play no part.
"""

import ast
import hashlib
import io
import json
import tokenize
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

SHORT = 12
"""Hex digits that tell the versions of one module from each other."""


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def files_digest(paths: Iterable[str | Path]) -> str:
    """SHA-256 of the names and contents of some files, whatever their order; OSError."""
    listed = sorted((Path(path).name, _file_digest(str(path))) for path in paths)
    return text_digest(json.dumps(listed))


class CodeDigests:
    """Digests of Python modules below `base`, kept between runs in the file `kept`.

    A comment, a docstring or an empty line changes none of them.  `kept` may be deleted.
    OSError or SyntaxError for a file that is no module.
    """

    def __init__(self, base: Path, kept: Path) -> None:
        self._base = base
        self._kept = kept
        self._by_source = _read_kept(kept)
        self._by_path: dict[str, str] = {}
        self._new = False

    def of(self, paths: Iterable[str]) -> str:
        """The modules by name with their digests in one line: `a/knee:0123456789ab a/units:...`."""
        named = {
            str(Path(p).relative_to(self._base).with_suffix("")): self._of_path(p) for p in paths
        }
        return " ".join(f"{name}:{digest}" for name, digest in sorted(named.items()))

    def keep(self) -> None:
        """Write what was computed anew; where that cannot be, it is computed again next time."""
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

    def _of_path(self, path: str) -> str:
        if path not in self._by_path:
            source = Path(path).read_bytes()
            digest = hashlib.sha256(source).hexdigest()
            if digest not in self._by_source:
                found = text_digest(code_alone(source.decode("utf-8")))
                self._by_source[digest] = found[:SHORT]
                self._new = True
            self._by_path[path] = self._by_source[digest]
        return self._by_path[path]


def code_alone(source: str) -> str:
    """Python source without comments, docstrings, empty lines and spaces at the ends of lines.

    Made of the text, not of a syntax tree: the same with every version of Python.  SyntaxError.
    """
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            _blank(lines, node.body[0])
    # inside of a string of several lines too: an empty line more there is no change
    return "\n".join(stripped for line in lines if (stripped := line.rstrip()))


def _blank(lines: list[str], node: ast.stmt) -> None:
    """Take a statement out of the lines; its columns count bytes of UTF-8."""
    first, last = node.lineno - 1, node.end_lineno - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [before + after] + [""] * (last - first)


def changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Which ingredients differ, by name; of the code, which modules."""
    names = []
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) == new.get(name):
            continue
        if name == "code" and name in old and name in new:
            before, now = (dict(_modules(of[name])) for of in (old, new))
            differing = sorted(n for n in {*before, *now} if before.get(n) != now.get(n))
            names += [f"{module}.py" for module in differing]
        else:
            names.append(name)
    return names


def _modules(line: str) -> Iterable[tuple[str, str]]:
    for module in line.split():
        name, _, digest = module.partition(":")
        yield name, digest


@cache
def _file_digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _read_kept(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
