"""The thesis's numbers beside ours."""

from pathlib import Path

import pytest

from middlebench.analysis.published import published_values, read_reference
from middlebench.errors import ConfigError

REFERENCE = Path(__file__).parents[2] / "workflow/reference/thesis.yaml"


@pytest.fixture
def reference():
    """The shipped reference numbers."""
    return read_reference(REFERENCE)


def test_published_values_of_a_series(reference):
    """A series gets its own values in ascending order, with figure and kind."""
    values = published_values(reference, "nat", 64, 10000)
    assert [(v.figure, v.what, v.rate_mbit, v.is_line_rate) for v in values] == [
        ("4.7", "first spike", 320, False),
        ("4.7", "overload", 500, False),
    ]


def test_values_at_line_rate_are_marked(reference):
    """The 1500 B values of the thesis are what its cable carries, and say so."""
    assert published_values(reference, "firewall", 1518, 1000)[0].is_line_rate


def test_the_thesis_rules_share_the_values_of_nat(reference):
    """nat_thesis is compared with what the thesis printed for its NAT."""
    assert published_values(reference, "nat_thesis", 64, 100) == published_values(
        reference, "nat", 64, 100
    )


@pytest.mark.parametrize("key", [("nat", 64, 999), ("forward", 64, 100), ("nat", 512, 100)])
def test_unpublished_series_has_no_values(reference, key):
    """A series that the thesis did not measure has no published value."""
    assert published_values(reference, *key) == []


@pytest.mark.parametrize("text", ["", "- a", "link_mbit: 1", "a: [", None])
def test_broken_reference_is_one_error(tmp_path, text):
    """A reference file that is missing, no YAML or incomplete is named."""
    path = tmp_path / "thesis.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=r"thesis\.yaml: .*allowed: a YAML mapping"):
        read_reference(path)
