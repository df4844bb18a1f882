"""docs/reliability.md and how it is made."""

import pytest

from reliability import first_sentence, page
from workspace import REPOSITORY

MODULE = '''
import pytest

@pytest.mark.tried("hangs")
@pytest.mark.parametrize("a", [1])
def test_a_daemon_that_hangs(a):
    """The job ends by itself, e.g. after 3.5 s. Nothing
    is left."""

def test_something_else():
    """Not listed."""

@pytest.mark.slow
@pytest.mark.tried("lies")
@pytest.mark.tried("words")
def test_a_file():
    """It is named in
    one line, a|b."""
'''


def made(folder, text):
    """The page of a tree with one file of tests."""
    (folder / "tests/unit").mkdir(parents=True, exist_ok=True)
    (folder / "tests/unit/test_one.py").write_text(text, encoding="utf-8")
    return page(folder)


def test_the_committed_page_is_that_of_the_tests():
    """`make docs` makes it; a test that is marked is in it."""
    committed = (REPOSITORY / "docs/reliability.md").read_text(encoding="utf-8")
    assert committed == page(REPOSITORY), "run `make docs`"


def test_marked_tests_are_listed_by_area(tmp_path):
    """Name, first sentence of the docstring, file; slow ones say so."""
    assert made(tmp_path, MODULE).splitlines()[5:] == [
        "## It never hangs",
        "",
        "| tried | what happens | where |",
        "| --- | --- | --- |",
        "| A daemon that hangs | The job ends by itself, e.g. after 3.5 s. | "
        "`tests/unit/test_one.py` |",
        "",
        "## It never lies",
        "",
        "| tried | what happens | where |",
        "| --- | --- | --- |",
        "| A file | It is named in one line, a&#124;b. | `tests/unit/test_one.py` (slow) |",
        "",
        "## It says it in one line",
        "",
        "| tried | what happens | where |",
        "| --- | --- | --- |",
        "| A file | It is named in one line, a&#124;b. | `tests/unit/test_one.py` (slow) |",
    ]


@pytest.mark.parametrize("marks", ['pytest.mark.tried("starts")', '[pytest.mark.tried("starts")]'])
def test_a_mark_of_the_module_is_one_of_its_tests(tmp_path, marks):
    """As pytest has it."""
    text = f'import pytest\n\npytestmark = {marks}\n\ndef test_a():\n    """B."""\n'
    assert "| A | B. | `tests/unit/test_one.py` |" in made(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '@pytest.mark.tried("luck")\ndef test_a():\n    """B."""\n',
            "tried luck; allowed: starts,",
        ),
        (
            '@pytest.mark.tried("lies")\ndef test_a():\n    pass\n',
            "test_a: tried, and no docstring",
        ),
    ],
)
def test_what_has_no_place_in_the_page_is_refused(tmp_path, text, said):
    """An area that is none, and a test that does not say what happens."""
    with pytest.raises(ValueError, match=said):
        made(tmp_path, text)


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("One.", "One."),
        ("One; and `a.b` too. Two.", "One; and `a.b` too."),
        ("No stop\n\n    here", "No stop here"),
        ("What? Yes.", "What?"),
    ],
)
def test_a_sentence_ends_where_the_next_begins(docstring, sentence):
    """A dot within a number or a name ends none."""
    assert first_sentence(docstring) == sentence
