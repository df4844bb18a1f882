"""A job's files under one name: one alone may come as a text, and no script minds."""

import ast

import pytest

from workspace import REPOSITORY

SCRIPTS = sorted((REPOSITORY / "workflow/scripts").glob("*.py"))
OF_ONE = {"Path", "read_csv", "read_reference", "read_calibration", "read_table"}
OF_ONE |= {"write_frame_sizes", "read_tried"}
"""What takes one file."""


def is_input(node) -> bool:
    """`snakemake.input.<name>`, or `given.<name>` for short."""
    if not isinstance(node, ast.Attribute):
        return False
    return ast.unparse(node.value) in ("snakemake.input", "given")


def called(node) -> str:
    """The name of what is called; empty for what is no call."""
    return ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""


def careless(source: str) -> list[str]:
    """The inputs that a script neither takes as one file nor as `many`."""
    tree = ast.parse(source)
    taken = {
        arg
        for node in ast.walk(tree)
        if called(node) in {"many", *OF_ONE}
        for arg in node.args
        if is_input(arg)
    }
    return [ast.unparse(node) for node in ast.walk(tree) if is_input(node) and node not in taken]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_takes_one_file_or_many(script):
    """`for path in snakemake.input.x` would read the letters of a single path."""
    assert careless(script.read_text(encoding="utf-8")) == []


def test_what_is_careless():
    """The test above can fail."""
    assert careless("for x in snakemake.input.records: pass") == ["snakemake.input.records"]
    assert careless("Path(snakemake.input.source[0])") == ["snakemake.input.source"]
    assert careless("records_table(snakemake.input.records)") == ["snakemake.input.records"]
    assert careless("many(snakemake.input.records); pd.read_csv(snakemake.input.points)") == []
