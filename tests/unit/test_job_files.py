"""Plans, checks and calibrations: what other jobs wrote is believed when it is whole and theirs."""

import json

import pytest

from middlebench.errors import RecordError
from middlebench.records.job_files import read_calibration, read_check, read_plan
from middlebench.records.record import write

pytestmark = pytest.mark.tried("lies")

ITEM = {"name": "outbound_passed", "passed": True, "detail": "seen", "failure_expected": False}
ROW = {"flows": 100, "rate_mbit": 500, "stage": "coarse", "state": "measured"}
PLAN = {"more": ["results/x.json"], "why": {}, "sweep": [ROW]}
CHECK = {"function": "nat", "protocol": "tcp", "passed": True, "items": [ITEM]}
CALIBRATION = {"frame_size": 64, "flows": 100, "ceiling_pps": 5e6, "floor_ns": None}
MACHINE = {"busy_dut": 1800, "busy_generator": 1801, "far": 0, "found": []}
CALIBRATION |= {"machine": MACHINE}
READERS = {
    "2.json": (read_plan, PLAN),
    "nat_tcp.json": (read_check, CHECK),
    "64b_100flows.json": (lambda path: read_calibration(path, 64, 100), CALIBRATION),
}


def refusal(path, content=None):
    """The line that a file is refused with; `content`: written there before, and sealed."""
    if content is not None:
        write(content, path)
    with pytest.raises(RecordError) as refused:
        READERS[path.name][0](path)
    line = str(refused.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", READERS)
def test_a_file_of_another_job_was_edited(tmp_path, name):
    """Its seal does not fit: it is refused in one line that says how it is made again."""
    path, (read, content) = tmp_path / name, READERS[name]
    write(content, path)
    assert read(path) == content
    text = path.read_text(encoding="utf-8").replace("seen", "lost").replace("500", "900")
    path.write_text(text.replace("0.0,", "9.0,"), encoding="utf-8")
    line = refusal(path)
    assert line.startswith("was changed after it was written (its seal does not fit); allowed: ")
    assert "delete the file to " in line


@pytest.mark.parametrize("text", ["", "{", "[]", "nul", '{"more": [NaN]}', "[" * 100_000])
@pytest.mark.parametrize("name", READERS)
def test_a_file_of_another_job_is_damaged(tmp_path, name, text):
    """Cut, empty, not JSON, without a seal: one line, never a traceback."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    refusal(path)


@pytest.mark.parametrize("name", READERS)
def test_a_file_of_another_job_has_no_seal(tmp_path, name):
    """As earlier versions wrote it."""
    path = tmp_path / name
    path.write_text(json.dumps(READERS[name][1]), encoding="utf-8")
    assert refusal(path).startswith("has no seal")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("2.json", {"more": [1], "sweep": []}, "more is no list of paths"),
        ("2.json", {"more": [], "sweep": [{"flows": 1}]}, "sweep is no list of rates"),
        ("nat_tcp.json", CHECK | {"function": "forward"}, "function is that of forward_tcp"),
        ("nat_tcp.json", CHECK | {"items": [{"name": "x"}]}, "items is no list of checks"),
        ("64b_100flows.json", CALIBRATION | {"flows": 1}, "flows is 1; allowed: a calibration wi"),
        ("64b_100flows.json", CALIBRATION | {"ceiling_pps": 0}, "ceiling_pps or floor_ns is missi"),
        ("64b_100flows.json", CALIBRATION | {"floor_ns": "1"}, "floor_ns is no time"),
        ("64b_100flows.json", CALIBRATION | {"machine": [1]}, "machine has no limits of states"),
        ("64b_100flows.json", CALIBRATION | {"machine": {"far": 0}}, "machine has no limits of"),
    ],
)
def test_a_file_of_another_job_is_of_another_thing(tmp_path, name, content, words):
    """Copied from elsewhere or sealed anew, it is refused all the same."""
    assert refusal(tmp_path / name, content).startswith(words)
