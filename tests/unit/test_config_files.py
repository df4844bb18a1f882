"""Files of the configuration: what is read, and the line for what is none."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from configurations import changed, outcome
from middlebench.config import load, read_yaml
from middlebench.errors import ConfigError
from workspace import REPOSITORY


def test_a_mapping_that_contains_itself_is_told(tmp_path):
    """YAML can write such a thing with an alias."""
    path = tmp_path / "loop.yaml"
    path.write_text("figures: &a\n  b: *a\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="nested too deeply"):
        load(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "c.yaml: is empty"),
        ("just a text", "c.yaml: holds 'just a text'"),
        ("a: [1\n", "c.yaml, line 2, column 1: not YAML"),
        ("a:\n\t- 1\n", "c.yaml, line 2, column 1: not YAML"),
        ("a: {b: 1, b: 2}\n", "c.yaml, line 1, column 11: not YAML: the key b stands here twice"),
        ("a: 2026-13-01\n", "c.yaml: not YAML: ValueError('month must be in 1..12')"),
        ("a: !!python/object:os.system x\n", "c.yaml, line 1, column 4: not YAML: could not"),
        ("[a]: 1\n", "c.yaml, line 1, column 1: not YAML: found unhashable key"),
    ],
)
def test_a_file_that_is_no_configuration_is_told_with_its_line(tmp_path, text, line):
    """File, line and column of what YAML stumbles over."""
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(str(path.parent / line))
    assert "\n" not in str(caught.value)


@given(text=st.text(st.sampled_from("ab:-[]{}!&*<>|'\"#? \n\t1.0xe,\x00\x85\ufeff"), max_size=30))
@example(text="a: !!bool x")
@example(text="a: !!timestamp x")
@example(text="a: !!int x")
@example(text="a: " + "[" * 2000)
def test_any_text_is_a_mapping_or_told_in_one_line(text, tmp_path_factory):
    """Nothing that can stand in a file ends with another exception."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    told = outcome(read_yaml, path)
    assert told is None or (told.startswith(str(path)) and "\n" not in told)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    """Missing, a folder, or not a text."""
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff\xfe")
    for name in ("missing.yaml", ".", "binary.yaml"):
        with pytest.raises(ConfigError):
            read_yaml(tmp_path / name)


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
