"""From point records to one table of them."""

import pytest

from middlebench.errors import RecordError
from middlebench.records.table import POINT_COLUMNS, records_table
from middlebench.records.table import table_of as rows_of
from records import LATENCIES, make_record, write_record
from tables import table_of


def test_columns_are_those_of_the_contract():
    """points.csv has its columns in their order: identity, verdict, gated, raw, state, origin."""
    measured = ["offered_pps", "sent_pps", "received_pps", "received_mbit"]
    measured += ["put_pps", "arrived_pps", "shortfall_ratio", "loss_ratio", "latency_count"]
    measured += [f"latency_{name}_ns" for name in LATENCIES]
    counters = ["offered", "sent", "refused", "skipped", "received", "lost", "arrived"]
    counters += ["duplicated", "foreign", "out_of_order"]
    expected = ["testbed", "dut", "function", "protocol", "frame_size_bytes", "flows"]
    expected += ["rate_mbit", "repetition", "verdict", "reason", "stage", "asked_pps", "clean_s"]
    expected += ["window_s", "disturbed_share", "state"]
    expected += [*measured, "latency_p50_above_floor_ns"]
    expected += [f"raw_{name}" for name in (*measured, *counters)]
    expected += ["checked", "wrong"]
    expected += ["state_expected", "state_after_warmup", "state_after_window"]
    expected += ["ceiling_pps", "floor_ns", "at_least_pps", "switch_cycles_per_packet"]
    expected += ["core_mhz", "switch_idle_share"]
    expected += ["tsc_hz", "start_utc", "dut_version"]
    expected += ["generator_version", "record"]
    assert expected == POINT_COLUMNS


@pytest.mark.parametrize(
    ("software", "text"),
    [
        ({"dpdk": "DPDK 22.11.11"}, "Open vSwitch 3.1.0, DPDK 22.11.11"),
        ({"dpdk": "none"}, "Open vSwitch 3.1.0"),
        ({}, "Open vSwitch 3.1.0"),
        ({"dpdk": "none", "sha256": "ab" * 32}, "Open vSwitch 3.1.0 (sha256 abababab)"),
    ],
)
def test_a_version_names_what_is_there(software, text):
    """A switch without DPDK says that it has `none`; so does its record, and no version."""
    record = make_record()
    record["software"]["dut"] = {"name": "Open vSwitch", "version": "3.1.0", **software}
    assert rows_of([(record, "x")])["dut_version"].item() == text


def test_nothing_received_has_loss_but_no_latency(tmp_path):
    """With 100 % loss the loss ratio is 1, and every latency cell is empty."""
    row = table_of(tmp_path, [make_record(median_ns=None, loss_ratio=1)]).iloc[0]
    assert row["loss_ratio"] == 1
    assert row[[name for name in POINT_COLUMNS if name.startswith("latency_")]].isna().all()


def test_without_gating_the_raw_figures_are_the_figures(tmp_path):
    """On a testbed without gating all time counts as clean."""
    record = make_record(raw_loss_ratio=0.25, settings={"gating": None})
    row = table_of(tmp_path, [record]).iloc[0]
    assert row["loss_ratio"] == row["raw_loss_ratio"] == pytest.approx(0.25, rel=1e-5)
    assert row["clean_s"] == row["window_s"]


def test_received_rate_is_in_frame_bits(tmp_path):
    """received_mbit is received packets/s times the frame, 10^6 bit a Mbit."""
    row = table_of(tmp_path, [make_record(rate_mbit=512)]).iloc[0]
    assert row["received_mbit"] == pytest.approx(512, rel=1e-5)
    assert row["asked_pps"] == 1_000_000


def test_latency_above_the_floor_is_never_negative(tmp_path):
    """A median below the calibrated floor is noise of the calibration, not negative latency."""
    row = table_of(tmp_path, [make_record(median_ns=1000, floor_ns=1000.3)]).iloc[0]
    assert row["latency_p50_above_floor_ns"] == 0


def test_two_records_of_one_point_are_refused(tmp_path):
    """The same point twice would count twice, so it is an error that names both files."""
    paths = [write_record(tmp_path / name, make_record()) for name in ("one", "other")]
    with pytest.raises(RecordError, match=r"other/results/\S+ is of the same point as \S+/one/"):
        records_table(paths)
