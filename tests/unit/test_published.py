"""The thesis's numbers beside ours."""

from pathlib import Path

import pandas as pd
import pytest

from middlebench.aggregate import series_table
from middlebench.errors import ConfigError
from middlebench.published import packet_rate_table, published_values, read_reference
from records import sandbox_records, table_of

REFERENCE = Path(__file__).parents[2] / "workflow/reference/thesis.yaml"


@pytest.fixture
def reference():
    """The shipped reference numbers."""
    return read_reference(REFERENCE)


def firewall_series(folder, flows):
    """The series of a firewall at 64 B with a knee at 800 Mbit/s."""
    records = sandbox_records(function="firewall", knees={flows: 800}, rates=range(700, 1000, 100))
    return series_table(table_of(folder, records), 0.005, 0.25)


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


def test_packet_rates_are_recomputed_and_compared(tmp_path, reference):
    """Both conventions are computed; ours stands beside the series with the thesis's flows only."""
    table = packet_rate_table(firewall_series(tmp_path, 10000), reference)
    assert list(table["pps_binary"]) == list(table["published_pps"]) == [853090, 1474560]
    assert list(table["pps_decimal"]) == [813570, 1406250]
    assert list(table["flows"]) == [1000, 10000]
    assert list(table["line_rate_mbit"]) == [9870.0, 7619.0]
    ours = table.iloc[1]
    assert (ours["knee_mbit"], ours["knee_pps"], ours["knee_pps_binary"]) == (800, 1562500, 1638400)
    assert ours["ratio"] == pytest.approx(1562500 / 1406250, abs=1e-4)
    assert table.iloc[0][["testbed", "dut", "knee_mbit", "knee_pps", "ratio"]].isna().all()


def test_another_number_of_flows_is_not_compared(tmp_path, reference):
    """A series with other flows than the thesis's leaves the measured cells empty."""
    table = packet_rate_table(firewall_series(tmp_path, 100), reference)
    assert len(table) == 2
    assert table["knee_mbit"].isna().all()


def test_series_without_a_knee_has_no_ratio(tmp_path, reference):
    """A measured series in which nothing held names the DUT and leaves knee and ratio empty."""
    series = firewall_series(tmp_path, 10000)
    series[["knee_mbit", "knee_pps", "knee_pps_binary"]] = pd.NA
    row = packet_rate_table(series, reference).iloc[1]
    assert row["dut"] == "ovs-dpdk"
    assert pd.isna(row["ratio"])


@pytest.mark.parametrize("text", ["", "- a", "link_mbit: 1", "a: [", None])
def test_broken_reference_is_one_error(tmp_path, text):
    """A reference file that is missing, no YAML or incomplete is named."""
    path = tmp_path / "thesis.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=r"thesis\.yaml: .*allowed: a YAML mapping"):
        read_reference(path)
