"""No file grows beyond what one reads at a sitting."""

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

LONGER = {
    "tests/workflow/test_reruns.py",
}
"""Files still to be divided; no other may join them."""


@pytest.mark.parametrize("files", LIMITS)
def test_files_are_short(files):
    """Rules, scripts, modules and tests; one that is longer has two concerns."""
    lines = {
        str(path.relative_to(REPOSITORY)): len(path.read_text(encoding="utf-8").splitlines())
        for path in REPOSITORY.glob(files)
    }
    assert lines
    long = {path: count for path, count in lines.items() if count >= LIMITS[files]}
    assert {path: count for path, count in long.items() if path not in LONGER} == {}
