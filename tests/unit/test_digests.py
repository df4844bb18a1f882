"""Digests of what results are made from: by content, and of code by what it does."""

import os
from pathlib import Path

import pytest

from middlebench.digests import CodeDigests, changed, code_alone, files_digest

SOURCE = '''"""A module."""

NAME = "# no comment"


def double(x):
    """Twice x."""
    return 2 * x  # twice


class Empty:
    """Nothing, "nothing" and ümlaut."""
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
    ],
)
def test_what_no_program_does_is_no_change(same):
    """A comment, a docstring or an empty line is none."""
    assert same != SOURCE
    assert code_alone(same) == code_alone(SOURCE)


@pytest.mark.parametrize(
    "other",
    [
        SOURCE.replace("# no comment", "# a comment"),
        SOURCE.replace("2 * x", "3 * x"),
        SOURCE.replace("double", "twice"),
        SOURCE + "x = 1\n",
    ],
)
def test_what_a_program_does_is_a_change(other):
    """Also within a string that looks like a comment."""
    assert code_alone(other) != code_alone(SOURCE)


def test_a_docstring_beside_its_class_takes_nothing_with_it():
    """Only the string goes."""
    assert code_alone('class A: "ü"; x = 1') != code_alone('class B: "ü"; x = 1')


def test_a_file_with_an_older_date_is_another_file(tmp_path):
    """Content counts, dates do not."""
    first, second = tmp_path / "a/x.flows", tmp_path / "b/x.flows"
    for path, text in ((first, "one"), (second, "two")):
        path.parent.mkdir()
        path.write_text(text)
    os.utime(second, (1, 1))
    assert files_digest([first]) != files_digest([second])
    second = Path(tmp_path / "c/x.flows")
    second.parent.mkdir()
    second.write_text("one")
    assert files_digest([first]) == files_digest([second])


def test_digests_are_kept_between_runs_and_may_be_lost(tmp_path):
    """The file holds them by content; a damaged one is as good as none."""
    module, kept = tmp_path / "src/a/knee.py", tmp_path / "kept/code.json"
    module.parent.mkdir(parents=True)
    module.write_text(SOURCE)
    first = CodeDigests(tmp_path / "src", kept)
    line = first.of([str(module)])
    assert line.startswith("a/knee:")
    first.keep()
    assert CodeDigests(tmp_path / "src", kept).of([str(module)]) == line
    kept.write_text("[")
    assert CodeDigests(tmp_path / "src", kept).of([str(module)]) == line


def test_what_changed_is_named():
    """Ingredients by name, modules of the code each."""
    old = {"settings": "1", "nat.flows": "1", "code": "a/knee:1 a/units:1", "gone": "1"}
    new = {"settings": "1", "nat.flows": "2", "code": "a/knee:2 a/units:1 a/new:1"}
    assert changed(old, new) == ["nat.flows", "a/knee.py", "a/new.py", "gone"]
    assert changed(old, old) == []
