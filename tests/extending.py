"""The code blocks of docs/extending.md, done to a copy of the workflow as a reader would."""

import re
from pathlib import Path

from workspace import REPOSITORY

TEXT = REPOSITORY / "docs/extending.md"

_SECTION = re.compile(r"^## (.*)\n((?:(?!## ).*\n)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^```\w+\n((?:#|\.\.) (\S+)(?:, (below|instead of) the line: (.*))?\n(?:.*\n)*?)```", re.M
)


def follow(folder: Path, title: str, page: Path = TEXT) -> set[str]:
    """Make the files of one section, and put in its lines; the paths that its blocks name.

    The first line of a block is a comment with a path; a file is the whole block, lines in one that
    is there stand below or instead of the line that the comment names.
    """
    blocks = _BLOCK.findall(dict(_SECTION.findall(page.read_text("utf-8")))[title])
    assert blocks, title
    for text, path, where, line in blocks:
        _put(folder / path, text, where, line)
    return {path for _, path, _, _ in blocks}


def _put(path: Path, text: str, where: str, line: str) -> None:
    if not where:
        assert not path.exists(), path
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    before, found, after = path.read_text("utf-8").partition(f"\n{line}\n")
    assert found, f"{path}: no line {line}"
    _, added = text.split("\n", 1)
    kept = found if where == "below" else "\n"
    path.write_text(f"{before}{kept}{added}{after}", encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path in it."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
