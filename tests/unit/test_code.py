"""Which modules a program consists of, and digests of what they do."""

import pytest

from middlebench.provenance.code import Code, code_alone

SOURCE = '''"""A module."""

NAME = "# no comment"


def double(x):
    """Twice x."""
    return 2 * x  # twice


class Empty:
    """Nothing, "nothing" and ümlaut."""


def refuse(x):
    if x: raise ValueError("ü"); raise KeyError(f"no {x}")
    raise ValueError(
        f"no {x}, "
        "not at all"
    ) from x
    raise ValueError("no", x)
'''


@pytest.mark.parametrize(
    "same",
    [
        SOURCE.replace("A module.", "Another\n\nword."),
        SOURCE.replace('    """Twice x."""\n', ""),
        SOURCE.replace("# twice", "# two times"),
        SOURCE.replace("# twice", ""),
        SOURCE.replace("\n\n\n", "\n\n"),
        SOURCE + "\n# the end\n",
        SOURCE.replace("not at all", "never"),
        SOURCE.replace('(f"no {x}"', '("none"'),
    ],
)
def test_what_no_program_does_is_no_change(same):
    """A comment, a docstring, an empty line or the words of an exception are none."""
    assert same != SOURCE
    assert code_alone(same) == code_alone(SOURCE)


@pytest.mark.parametrize(
    "other",
    [
        SOURCE.replace("# no comment", "# a comment"),
        SOURCE.replace("2 * x", "3 * x"),
        SOURCE.replace("double", "twice"),
        SOURCE + "x = 1\n",
        SOURCE.replace("raise KeyError", "raise IndexError"),
        SOURCE.replace('"no", x', '"none", x'),
    ],
)
def test_what_a_program_does_is_a_change(other):
    """Also within a string that looks like a comment."""
    assert code_alone(other) != code_alone(SOURCE)


def test_a_docstring_beside_its_class_takes_nothing_with_it():
    """Only the string goes."""
    assert code_alone('class A: "ü"; x = 1') != code_alone('class B: "ü"; x = 1')


@pytest.fixture
def library(tmp_path):
    """A script and a library of four modules, two of them imported; (its `Code`, the script)."""
    texts = {
        "lib/__init__.py": '"""A library."""',
        "lib/a/__init__.py": "x = 1",
        "lib/a/knee.py": SOURCE + "\nfrom lib.a import units\n",
        "lib/a/units.py": "def late():\n    import lib.far\n",
        "lib/far.py": "import json",
        "lib/other.py": "from lib import a",
        "plot.py": "import os.path\nfrom lib.a.knee import double",
    }
    for name, text in texts.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "src", tmp_path / "kept/code.json"


def names(library, *entries):
    """What `closure` finds, by name."""
    base, _ = library
    return {str(path.relative_to(base)) for path in Code(base, "lib", library[1]).closure(*entries)}


def test_a_program_is_all_that_it_imports(library):
    """Directly or not, at the top or in a function, with the packages above; and no more."""
    base, _ = library
    packages = {"lib/__init__.py", "lib/a/__init__.py"}
    modules = {"lib/a/knee.py", "lib/a/units.py", "lib/far.py"}
    assert names(library, base / "plot.py") == {"plot.py"} | packages | modules
    assert names(library, "other") == {"lib/other.py"} | packages
    assert "lib/other.py" in names(library, base / "plot.py", "other")


def test_digests_are_kept_between_runs_and_may_be_lost(library):
    """The file holds them by content; a damaged one is as good as none."""
    base, kept = library
    first = Code(base, "lib", kept)
    line = first.line(first.closure(base / "plot.py"))
    told = [word.partition(":")[0] for word in line.split()]
    assert told == ["a/__init__", "a/knee", "a/units", "far", "plot"]  # lib/__init__ does nothing
    first.keep()
    for content in (kept.read_text(), "["):
        kept.write_text(content)
        again = Code(base, "lib", kept)
        assert again.line(again.closure(base / "plot.py")) == line


def test_an_entry_stands_for_a_registry(library):
    """What is said of a module counts instead of its text; of one that no program has, nothing."""
    base, kept = library

    def line(entry):
        code = Code(base, "lib", kept)
        return code.line(code.closure(base / "plot.py"), {"a/knee": entry, "nowhere": "x"})

    one = line("one")
    assert "nowhere" not in one
    assert line("two") != one
    (base / "lib/a/knee.py").write_text("from lib.a import units\nimport lib.far\n", "utf-8")
    assert line("one") == one
