"""Packages of the library import from those below them, as pyproject.toml says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workspace import REPOSITORY

PROGRAM = Path(sys.executable).with_name("lint-imports")


def said(folder: Path) -> tuple[int, str]:
    """Status and words of lint-imports on the library below `folder`."""
    run = subprocess.run(
        [PROGRAM, "--no-cache", "--config", REPOSITORY / "pyproject.toml"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout


@pytest.fixture
def scripts(tmp_path) -> Path:
    """A copy of the library to plant imports in."""
    library = REPOSITORY / "workflow/scripts/middlebench"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(library, tmp_path / "middlebench", ignore=ignored)
    return tmp_path


def plant(scripts: Path, module: str, line: str) -> None:
    """An import at the end of a module."""
    path = scripts / f"middlebench/{module}.py"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{line}\n", encoding="utf-8")


def test_the_library_keeps_its_layers(scripts):
    """The copy as it is."""
    status, words = said(scripts)
    assert status == 0, words


@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("hosts/host", "from middlebench.duts import registry", "hosts is not allowed to import"),
        ("files/seal", "def f():\n    import middlebench.records.read", "files is not allowed to"),
        ("loadgens/softgen", "import middlebench.duts.interface", "loadgens is not allowed to"),
        ("units", "from middlebench.errors import ConfigError", "units is not allowed to import"),
        ("figures/drawing/style", "import middlebench.figures.comparison", "cycle"),
    ],
    ids=["upwards", "upwards, in a function", "sideways", "sideways at the bottom", "circle"],
)
def test_an_import_that_is_not_downwards_fails(scripts, module, line, told):
    """It is named; so is a circle inside of one package."""
    plant(scripts, module, line)
    status, words = said(scripts)
    assert status == 1
    assert told in words


def test_a_package_without_a_place_fails(scripts):
    """A new one must be put into the table."""
    (scripts / "middlebench/toys").mkdir()
    (scripts / "middlebench/toys/__init__.py").write_text('"""Toys."""\n', encoding="utf-8")
    status, words = said(scripts)
    assert status == 1
    assert "middlebench.toys" in words
