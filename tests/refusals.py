"""Files of records that are none, and the line that they are refused with."""

import pytest

from middlebench.errors import RecordError
from middlebench.files import seal
from middlebench.records.read import read
from records import make_record, write_record


def put(folder, record, text=None):
    """A record sealed anew, where its point was before anything was made of it; or another text."""
    path = write_record(folder, make_record())
    path.write_text(seal.sealed(record) if text is None else text, encoding="utf-8")
    return path


def refusal(path):
    """The line that a record is refused with."""
    with pytest.raises(RecordError) as refused:
        read(path)
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    assert line.endswith("delete the file to measure the point again")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")
