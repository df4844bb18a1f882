"""No name of the library is left over: each is used by the library, a script or a rule."""

import ast
import re
from collections import Counter

from workspace import REPOSITORY

WORKFLOW = REPOSITORY / "workflow"


def used_names():
    """How often each name is read in Python, called in a rule, or looked up by its text."""
    found = Counter()
    for path in WORKFLOW.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                found[node.id if isinstance(node, ast.Name) else node.attr] += 1
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] += 1
    for path in [
        REPOSITORY / "Snakefile",
        *REPOSITORY.glob("profiles/*/*"),
        *WORKFLOW.rglob("*.smk"),
    ]:
        found.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return found


def public_names(module):
    """The names that a module makes, but those that begin with `_`."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            made = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            made = [
                name.id
                for target in targets
                for name in ast.walk(target)
                if isinstance(name, ast.Name)
            ]
        else:
            made = []
        yield from (name for name in made if not name.startswith("_"))


def test_every_public_name_is_used():
    """What only a test uses is of no use."""
    used = used_names()
    paths = sorted((WORKFLOW / "scripts").rglob("*.py"))
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    unused = [
        f"{path.name}: {name}"
        for path, module in modules.items()
        for name in public_names(module)
        if not used[name]
    ]
    assert len(modules) > 50
    assert unused == []
