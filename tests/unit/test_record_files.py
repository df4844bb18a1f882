"""Files that are no point records, or lie where they do not belong."""

import json

import pytest

from middlebench.files import seal
from records import make_record
from refusals import put, refusal

pytestmark = pytest.mark.tried("lies")

DEEP = "[" * 50_000 + "]" * 50_000
TOO_LARGE = "truncated or not JSON (a number is too large)"
WHOLE = seal.sealed(make_record())
TEXTS = {
    "empty": ("", "truncated or not JSON (Expecting value"),
    "cut in the middle": (WHOLE[: len(WHOLE) // 2], "truncated or not JSON ("),
    "cut by its last line": (WHOLE.rsplit("\n", 2)[0], "truncated or not JSON ("),
    "not JSON": ("hello\nworld", "truncated or not JSON ("),
    "a list": ("[1]", "holds no JSON object"),
    "a text": ('"x"', "holds no JSON object"),
    "null": ("null", "holds no JSON object"),
    "an object of nothing": ("{}", "schema is null; allowed: a point record of schema 6"),
    "an earlier form": ('{"schema": 2}', "schema is 2; allowed: a point record of schema 6"),
    "a key twice": (WHOLE.replace("{", '{"schema": 3,', 1), "truncated or not JSON (the key 'sch"),
    "NaN": (WHOLE.replace('": 0.0', '": NaN', 1), "truncated or not JSON (the number NaN"),
    "Infinity": (WHOLE.replace('": 0.0', '": Infinity', 1), "truncated or not JSON (the number I"),
    "an infinite number": (WHOLE.replace('": 0.0', '": 1e400', 1), TOO_LARGE),
    "a number of 400 digits": (WHOLE.replace('": 0,', f'": {"9" * 400},', 1), TOO_LARGE),
    "numbers of 400 digits": (WHOLE.replace('": 0,', f'": [0.5, {"9" * 400}],', 1), TOO_LARGE),
    "a number of 5000 digits": (WHOLE.replace('": 0,', f'": {"9" * 5000},', 1), "truncated or not"),
    "nested without end": (DEEP, "truncated or not JSON (nested too deeply)"),
    "nested in the settings": (
        WHOLE.replace('"dut": {', '"dut": {"x": ' + DEEP + ",", 1),
        "truncated or not JSON (nested too deeply)",
    ),
    "half of a surrogate pair": (
        WHOLE.replace('"any"', r'"\ud800"'),
        "truncated or not JSON (half of a surrogate pair",
    ),
    "no seal": (json.dumps(make_record()), "has no seal: it is not whole, or not written by"),
    "a key after the seal": (WHOLE.replace('"\n}', '",\n "x": 1\n}'), "has no seal"),
    "a seal that is none": (WHOLE.replace('"seal": "', '"seal": "x'), "was changed after it was"),
    "something after the end": (WHOLE + "\n", "has no seal"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_record_file_is_no_record(tmp_path, name):
    """Cut, mixed, not JSON or beyond what JSON has: refused in one line, never a traceback."""
    text, words = TEXTS[name]
    assert refusal(put(tmp_path, None, text)).startswith(words)


@pytest.mark.parametrize(
    "content", [None, b"\xff\xfe\x00", b"\x00" * 100], ids=["folder", "bytes", "zeros"]
)
def test_a_record_file_is_not_even_text(tmp_path, content):
    """A folder, another encoding, zeros of a crash: the same line."""
    path = put(tmp_path, None, "")
    path.unlink()
    path.mkdir() if content is None else path.write_bytes(content)
    refusal(path)


def test_a_record_lies_where_another_point_belongs(tmp_path):
    """Copied to another rate, or out of the folders of the grid, it is refused."""
    for name in ("600mbit_1.json", "record.json"):
        path = put(tmp_path, make_record())
        assert "identity is that of" in refusal(path.rename(path.with_name(name)))
