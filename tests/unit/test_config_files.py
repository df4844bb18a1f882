"""Files of the configuration: what is read, and the line for what is none."""

import os
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from configurations import changed, fault, outcome
from middlebench.errors import ConfigError
from middlebench.experiment.config import load
from middlebench.files.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, read_yaml
from middlebench.planning.given import values
from workspace import REPOSITORY

LAUGHS = "a: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
"""Ten lines that mean 10^9 values."""

STAIRS = "a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 40))
"""A short text that means a deep list."""

NOT_READ = [
    ("", ": is empty; allowed: keys with values"),
    ("just a text", ": holds 'just a text'; allowed: keys with values"),
    ("[1]", ": holds [1]; allowed: keys with values"),
    ("a: [1\n", ", line 2, column 1: not YAML: did not find"),
    ("a:\n\t- 1\n", ", line 2, column 1: not YAML: found character that cannot start"),
    ("a: {b: 1, b: 2}\n", ", line 1, column 11: the key b stands here twice; allowed: once"),
    ('{"a": {"b": 1, "b": 2}}', ", line 1, column 16: the key b stands here twice; allowed"),
    ("a: !!python/object:os.system x\n", ", line 1, column 4: the tag !!python/object:os.system"),
    ("a: !!int x\n", ", line 1, column 4: the tag !!int; allowed: none"),
    ("a: !!binary aGk=\n", ", line 1, column 4: the tag !!binary; allowed: none"),
    ("a: !own {b: 1}\n", ", line 1, column 4: the tag !own; allowed: none"),
    ("[a]: 1\n", ", line 1, column 1: not YAML: found unhashable key"),
    ("a: *b\n", ", line 1, column 4: not YAML: found undefined alias"),
    ("a: &a [*a]\n", ", line 1, column 8: *a contains itself; allowed: "),
    ("figures: &a\n  b: *a\n", ", line 2, column 6: *a contains itself; allowed: "),
    ("a:\n  <<: 5\n", ", line 2, column 7: not YAML: expected a mapping or list of mappings"),
    ("a: 1\n---\na: 2\n", ", line 2, column 1: not YAML: expected a single document"),
    ("a: 1:40\n", ", line 1, column 4: '1:40' is a number of base 60 to YAML; allowed: a number"),
    ("a: 0000:03:00.0\n", ", line 1, column 4: '0000:03:00.0' is a number of base 60 to YAML"),
    ("a: 1" + "0" * 399, ", line 1, column 4: a number of 400 digits; allowed: at most 18"),
    ("a: 1" + "0" * 4999, ", line 1, column 4: a number of 5000 digits; allowed: at most 18"),
    ("a: 0x" + "f" * 5000, ", line 1, column 4: a number of 5001 digits; allowed: at most 18"),
    ("a: 0." + "1" * 400, ", line 1, column 4: a number of 400 digits; allowed: at most 18"),
    (LAUGHS, ", line 5, column 20: too much; allowed: at most 20000 values"),
    ("a: [" + "1," * MAX_NODES + "]", ", line 1, column "),
    ("a: " + "[" * 10000, f", line 1, column 19: nested too deeply; allowed: at most {MAX_DEPTH}"),
    ("".join(" " * n + "a:\n" for n in range(500)), ", line 17, column 17: nested too deeply"),
    (
        "a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 40)),
        ", line 17, col",
    ),
    ("#" * (MAX_BYTES + 1), f": is too long; allowed: at most {MAX_BYTES} bytes"),
    ("a: \x00", ": not YAML: "),
]


@pytest.mark.tried("words")
@pytest.mark.parametrize(("text", "line"), NOT_READ, ids=[line[:40] for _, line in NOT_READ])
def test_a_file_that_is_no_configuration_is_told_with_its_line(tmp_path, text, line):
    """File, line, column, and what is allowed, in one line and at once."""
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    begin = time.process_time()
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert time.process_time() - begin < 1
    told = str(caught.value)
    assert told.startswith(f"{path}{line}")
    assert "; allowed: " in told
    assert "\n" not in told


@given(text=st.text(st.sampled_from("ab:-[]{}!&*<>|'\"#? \n\t1.0xe,\x00\x85\ufeff"), max_size=30))
@example(text="a: !!bool x")
@example(text="a: !!timestamp x")
@example(text="a: 0x")
@example(text="a: " + "[" * 2000)
@example(text="a: " + "? " * 2000)
@example(text="<<: [&a {}, *a, 1]")
def test_any_text_is_a_mapping_or_told_in_one_line(text, tmp_path_factory):
    """Nothing that can stand in a file ends with another exception."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    told = outcome(read_yaml, path)
    assert told is None or (told.startswith(str(path)) and "\n" not in told)
    assert told is None or "; allowed: " in told


@given(content=st.binary(max_size=40))
@example(content="a: 1".encode("utf-16"))
@example(content="a: é".encode("latin-1"))
@example(content="a: é".encode("utf-8-sig"))
def test_any_bytes_are_a_mapping_or_told_in_one_line(content, tmp_path_factory):
    """The same of other encodings."""
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    told = outcome(read_yaml, path)
    assert told is None or ("\n" not in told and "; allowed: " in told)


@pytest.mark.tried("words")
def test_a_configuration_that_is_no_file_is_told(tmp_path):
    """A missing one, a folder, a pipe that nobody writes to, a device that never ends."""
    os.mkfifo(tmp_path / "pipe.yaml")
    for name in ("missing.yaml", ".", "pipe.yaml", "/dev/zero", "\x00"):
        with pytest.raises(ConfigError, match="; allowed: a file in YAML"):
            read_yaml(tmp_path / name if name != "\x00" else name)


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("style", "--config style: no value; allowed: key=value"),
        ("style={dpi: 1, dpi: 2}", "--config style, line 1, column 10: the key dpi stands here tw"),
        ("style={dpi: " + "9" * 5000 + "}", "--config style, line 1, column 7: a number of 5000"),
        ("style=[&a [*a]]", "--config style, line 1, column 6: *a contains itself"),
        ("style=[", "--config style, line 2, column 1: not YAML: did not find"),
    ],
)
def test_a_value_of_the_command_line_is_read_like_a_file(entry, line):
    """The same limits, the same words, with the name of the option."""
    with pytest.raises(ConfigError) as caught:
        values([entry])
    assert str(caught.value).startswith(line)


def test_values_of_the_command_line_have_types():
    """Numbers, booleans and null are these; what stands in quotes is a text."""
    said = values(["a={n: 3, b: true, z: null, t: '3', l: [1, x]}", "k=1", "a={n: 4}", "e="])
    assert said == {
        "a": {"n": 4, "b": True, "z": None, "t": "3", "l": [1, "x"]},
        "k": 1,
        "e": None,
    }


@pytest.mark.tried("words")
def test_dates_are_texts(tmp_path):
    """Where a number is asked for, a date is told as it was written."""
    path = tmp_path / "c.yaml"
    path.write_text("a: [2026-01-01, 2026-13-01]\n", encoding="utf-8")
    dates = read_yaml(path)["a"]
    assert dates == ["2026-01-01", "2026-13-01"]
    assert fault(changed("style/dpi", dates[0])).startswith("style.dpi: '2026-01-01'; allowed: an")


def test_merge_keys_of_yaml_are_no_duplicates(tmp_path):
    """`<<: *anchor` may be overridden beside it: that is what it is for."""
    path = tmp_path / "c.yaml"
    path.write_text("a: &x {k: 1, m: 2}\nb:\n  <<: *x\n  k: 3\n", encoding="utf-8")
    assert read_yaml(path)["b"] == {"k": 3, "m": 2}


def test_overlays_are_laid_over_each_other(tmp_path):
    """Later files win, key by key."""
    for name, repetitions in (("one", 2), ("two", 3)):
        text = f"defaults: {{repetitions: {{min: {repetitions}}}}}\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    config = load(REPOSITORY / "config.yaml", tmp_path / "one.yaml", tmp_path / "two.yaml")
    assert config == changed("defaults/repetitions/min", 3)
