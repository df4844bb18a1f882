"""What the rules take for a script's program is what Python loads for it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from middlebench.duts.registry import DUTS, dut_class
from middlebench.provenance.code import Code
from workspace import REPOSITORY

SCRIPTS = REPOSITORY / "workflow/scripts"
LIBRARY = SCRIPTS / "middlebench"
LOADED = """
import ast, sys
sys.path.insert(0, sys.argv[1])
tree = ast.parse(open(sys.argv[2]).read())
tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
exec(compile(tree, sys.argv[2], "exec"))
print(*(m.__file__ for name, m in sys.modules.items() if name.split(".")[0] == "middlebench"))
"""


@pytest.mark.parametrize("script", sorted(path.stem for path in SCRIPTS.glob("*.py")))
def test_a_program_has_all_that_its_script_loads(script, tmp_path):
    """Each module that Python loads when the script begins; what a function loads comes on top."""
    path = SCRIPTS / f"{script}.py"
    command = [sys.executable, "-c", LOADED, SCRIPTS, path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    loaded = {Path(file) for file in said.split()}
    found = set(Code(SCRIPTS, "middlebench", tmp_path / "kept").closure(path))
    assert loaded <= found
    assert LIBRARY / "__init__.py" in loaded


def test_no_import_is_relative():
    """The graph of imports has absolute ones alone."""
    for path in LIBRARY.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


@pytest.mark.parametrize(
    ("name", "on_hosts"),
    [(name, where) for name, of in DUTS.items() for where in (False, True) if of.on(where)],
)
def test_every_dut_can_be_loaded(name, on_hosts):
    """The registry names a class with the parts of the interface that all use."""
    found = dut_class(name, on_hosts)
    for part in ("attachment", "learned_command", "counting_command", "counted", "facts"):
        assert hasattr(found, part)


def test_rules_import_nothing_slow():
    """All that the rule files import is loaded on every call of Snakemake."""
    files = [REPOSITORY / "Snakefile", *(REPOSITORY / "workflow/rules").rglob("*.smk")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    imports = re.findall(r"^from middlebench.*", text, re.MULTILINE)
    assert len(imports) > 10
    slow = "('pandas', 'numpy', 'scipy', 'matplotlib', 'jsonschema')"
    code = "\n".join([*imports, "import sys", f"print([m for m in {slow} if m in sys.modules])"])
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=True).stdout
    assert said == "[]\n"
