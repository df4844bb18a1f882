"""No file grows beyond what one reads at a sitting."""

from collections import Counter

import pytest

from workspace import REPOSITORY

LIMITS = {
    "Snakefile": 120,
    "workflow/rules/**/*.smk": 120,
    "workflow/scripts/*.py": 60,
    "workflow/scripts/middlebench/**/*.py": 300,
    "tests/**/*.py": 300,
}
"""Files -> the number of lines that each has fewer of."""


@pytest.mark.parametrize("files", LIMITS)
def test_files_are_short(files):
    """Rules, scripts, modules and tests; one that is longer has two concerns."""
    lines = {
        str(path.relative_to(REPOSITORY)): len(path.read_text(encoding="utf-8").splitlines())
        for path in REPOSITORY.glob(files)
    }
    assert lines
    assert {path: count for path, count in lines.items() if count >= LIMITS[files]} == {}


def test_no_two_files_of_tests_have_one_name():
    """pytest imports each by its name alone."""
    names = Counter(path.name for path in REPOSITORY.glob("tests/*/test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
