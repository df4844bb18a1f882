"""What is computed in one place is computed nowhere else: the library's syntax tells."""

import ast

import pytest

from middlebench.experiment.grid import as_param
from middlebench.files.canonical import text_digest
from middlebench.records.record import settings_digest
from records import SETTINGS
from workspace import REPOSITORY

LIBRARY = REPOSITORY / "workflow/scripts"
RULES = sorted((REPOSITORY / "workflow/rules").glob("*.smk"))


def is_eight(node):
    """The bits of a byte."""
    return isinstance(node, ast.Constant) and node.value == 8 and type(node.value) is int


def converts_rates(node):
    """Bits from bytes, or bytes from bits."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.Div):
        return False
    return is_eight(node.left) or is_eight(node.right)


def makes_canonical_text(node):
    """JSON with sorted keys, and in one line: what digests are made of."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    options = {option.arg for option in node.keywords}
    return node.func.attr == "dumps" and "sort_keys" in options and "indent" not in options


def is_local(node):
    """The address of this machine."""
    return isinstance(node, ast.Constant) and node.value == "local"


def asks_whether_here(node):
    """A comparison with that address, or a default of it."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        return isinstance(node.ops[0], ast.Eq | ast.NotEq) and any(map(is_local, sides))
    if isinstance(node, ast.Dict):
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        return "address" in keys and any(map(is_local, node.values))
    return isinstance(node, ast.Call) and any(map(is_local, node.args))


@pytest.mark.parametrize(
    ("found", "home"),
    [(converts_rates, "units"), (makes_canonical_text, "canonical"), (asks_whether_here, None)],
)
def test_it_stands_in_its_home_alone(found, home):
    """Packets/s of a rate; the text of settings; whether a host is this machine (`addresses`)."""
    places = {
        path.stem
        for path in LIBRARY.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if found(node)
    }
    assert places == ({home} if home else set())


def test_rules_do_none_of_it():
    """They call the library."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in RULES)
    assert "measure_point" in text
    for part in ("sort_keys=True", '"local"', " / 8", " * 8"):
        assert part not in text


def test_a_plan_and_a_record_agree_on_the_digest_of_settings():
    """What a rule wants is what a record has, whatever the order of the keys."""
    other = dict(reversed(SETTINGS.items()))
    assert text_digest(as_param(other)) == settings_digest(SETTINGS)
