"""Whatever stands in a configuration: it can be measured, or one line says why not."""

import copy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from configurations import FILE, HARDWARE, TALLINN, YAML_VALUES, changed, leaves, outcome
from middlebench.errors import ConfigError
from middlebench.experiment.config import validate
from middlebench.files.strict_yaml import parse
from workspace import REPOSITORY

SHIPPED = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
SIGNS = ["&a ", "*a", "<<: ", "!!int ", "- ", ": ", "? ", "[", "]", "{", "}", '"', "'", "#", "%"]
BLANKS = ["|\n", "\t", "\n", "---\n", "\x00", "é"]
VALUES = ["0x", "1:40", "9" * 5000, "1e999", ".nan", "2026-13-01", "~", "[" * 2000]
KEYS = ["figures:\n  &a b: *a\n", "style: {}\n", "  nat_cost: *a\n"]


@given(
    path=st.sampled_from([path for path, _ in leaves(FILE)]),
    value=YAML_VALUES,
    key=st.text(max_size=12) | st.none() | st.integers(),
)
@example(path=("figures", "nat_64b", "flows"), value=[[1]], key=None)
@example(path=("testbeds", "sandbox"), value=HARDWARE | {"link_mbit": 10**6}, key=None)
def test_any_mutation_is_valid_or_told_in_one_line(path, value, key):
    """Whatever stands anywhere: ConfigError in one line or a configuration that can be measured."""
    config = changed("/".join(path), value)
    if key is not None:
        config[key] = value
    told = outcome(validate, config)
    assert told is None or ("\n" not in told and "; allowed: " in told)


@given(path=st.sampled_from([path for path, _ in leaves(TALLINN)]), value=YAML_VALUES)
@example(path=("ports",), value=[{}, {}])
@example(path=("loadgen", "ports"), value=[{"interface": "x"}, {"interface": "x"}])
def test_any_mutation_of_a_hardware_testbed_is_valid_or_told_in_one_line(path, value):
    """The same of two servers."""
    config = changed("testbeds/lab", copy.deepcopy(TALLINN))
    *parents, last = path
    node = config["testbeds"]["lab"]
    for part in parents:
        node = node[part]
    node[last] = value
    told = outcome(validate, config)
    assert told is None or ("\n" not in told and "; allowed: " in told)


@given(document=YAML_VALUES)
def test_any_document_is_valid_or_told_in_one_line(document):
    """The same when the whole document is something else."""
    with pytest.raises(ConfigError, match="; allowed: "):
        validate(document)


def read(text):
    """The configuration that a text means, validated."""
    config = parse(text, "config.yaml")
    validate(config)


@pytest.mark.tried("words")
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, len(SHIPPED)),
            st.integers(0, 20),
            st.sampled_from([*SIGNS, *BLANKS, *VALUES, *KEYS]),
        ),
        min_size=1,
        max_size=3,
    )
)
@example(changes=[(SHIPPED.index("100, 10000"), 10, "9" * 5000)])
def test_any_change_of_the_shipped_file_is_valid_or_told_in_one_line(changes):
    """Pieces of YAML put in, letters taken out, anywhere in config.yaml."""
    text = SHIPPED
    for place, taken, piece in changes:
        text = text[:place] + piece + text[place + taken :]
    told = outcome(read, text)
    assert told is None or ("\n" not in told and "; allowed: " in told)
