"""Digests of what results are made from: by content."""

import os
from pathlib import Path

from middlebench.provenance.digests import changed, files_digest


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


def test_what_changed_is_named():
    """Ingredients by name, modules of the code each."""
    old = {"settings": "1", "nat.flows": "1", "code": "a/knee:1 a/units:1", "gone": "1"}
    new = {"settings": "1", "nat.flows": "2", "code": "a/knee:2 a/units:1 a/new:1"}
    assert changed(old, new) == ["nat.flows", "a/knee.py", "a/new.py", "gone"]
    assert changed(old, old) == []
