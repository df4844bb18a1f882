"""The lists of library modules in code.smk name exactly what each script imports."""

import ast
from pathlib import Path

import pytest

from middlebench.duts import DUTS, ON_HOSTS, dut_class
from workspace import REPOSITORY

SCRIPTS = REPOSITORY / "workflow/scripts"
LIBRARY = SCRIPTS / "middlebench"


def code_lists(name="CODE"):
    """The mapping CODE, or another constant, as code.smk writes it."""
    text = (REPOSITORY / "workflow/rules/code.smk").read_text(encoding="utf-8")
    return ast.literal_eval(text.split(f"\n{name} = ", 1)[1].split("\n\n", 1)[0])


def module_path(name: str) -> Path | None:
    """The file of a module `middlebench.a.b`, None when there is none (a name inside a module)."""
    base = SCRIPTS / name.replace(".", "/")
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def imported_by(path: Path) -> set[Path]:
    """The files of the library that a file imports itself, packages above them included."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours = [name.split(".") for name in names if name.split(".")[0] == "middlebench"]
    parents = {".".join(parts[:depth]) for parts in ours for depth in range(1, len(parts) + 1)}
    return {found for name in parents if (found := module_path(name))}


def closure(script: Path) -> list[str]:
    """All library modules that a script imports, directly or not, as CODE names them."""
    found: set[Path] = set()
    waiting = {script}
    while waiting:
        path = waiting.pop()
        waiting |= imported_by(path) - found
        found |= imported_by(path)
    names = {str(path.relative_to(LIBRARY).with_suffix("")) for path in found}
    return sorted(names - {"__init__"})


ENTRIES = {f"{name}, in a sandbox": (entry, []) for name, entry in DUTS.items()}
ENTRIES |= {
    f"{name}, on a host": (entry, code_lists("ON_HOSTS_CODE")) for name, entry in ON_HOSTS.items()
}


@pytest.mark.parametrize(("entry", "more"), ENTRIES.values(), ids=ENTRIES)
@pytest.mark.parametrize("rule", ["check_function", "measure_point"])
def test_what_a_duts_module_imports_is_in_the_lists_of_measuring(rule, entry, more):
    """The module itself is added by `code` in code.smk, with what else it needs in CODE."""
    needed = set(closure(LIBRARY / f"{entry.module}.py"))
    assert needed <= {*code_lists()[rule], *entry.more, *more}


@pytest.mark.parametrize("rule", ["check_function", "measure_point"])
@pytest.mark.parametrize("module", code_lists("ON_HOSTS_CODE"))
def test_what_measuring_on_hosts_imports_is_in_the_lists(rule, module):
    """These are loaded by name too."""
    needed = set(closure(LIBRARY / f"{module}.py"))
    assert needed <= {*code_lists()[rule], *code_lists("ON_HOSTS_CODE")}


@pytest.mark.parametrize("rule", code_lists())
def test_the_list_names_exactly_what_the_script_imports(rule):
    """A module that is missing would not trigger a rerun; one too many would trigger it in vain."""
    assert code_lists()[rule] == closure(SCRIPTS / f"{rule}.py")


@pytest.mark.parametrize(
    ("name", "on_host"), [*((name, False) for name in DUTS), *((name, True) for name in ON_HOSTS)]
)
def test_every_dut_can_be_loaded(name, on_host):
    """The registry names a class with the parts of the interface that all use."""
    found = dut_class(name, on_host)
    for part in ("attachment", "learned_command", "counting_command", "counted", "facts"):
        assert hasattr(found, part)


def test_every_script_has_a_list():
    """A script without a list would be no input of its rule."""
    assert sorted(code_lists()) == sorted(path.stem for path in SCRIPTS.glob("*.py"))
