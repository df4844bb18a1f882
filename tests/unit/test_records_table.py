"""From point records to one table of them."""

import json

import pytest

from middlebench.errors import RecordError
from middlebench.record import check
from middlebench.records_table import POINT_COLUMNS, records_table
from records import LATENCIES, make_record, table_of, without_result, write_record


def test_columns_are_those_of_the_contract():
    """points.csv has its columns in their order: identity, verdict, gated, raw, state, origin."""
    measured = ["offered_pps", "sent_pps", "received_pps", "received_mbit", "loss_ratio"]
    measured += ["latency_count"]
    measured += [f"latency_{name}_ns" for name in LATENCIES]
    counters = ["offered", "sent", "refused", "skipped", "received", "lost", "duplicated"]
    counters += ["foreign", "out_of_order"]
    expected = ["testbed", "dut", "function", "protocol", "frame_size_bytes", "flows"]
    expected += ["rate_mbit", "repetition", "verdict", "reason", "stage", "asked_pps", "clean_s"]
    expected += ["window_s", "disturbed_share"]
    expected += [*measured, "latency_p50_above_floor_ns"]
    expected += [f"raw_{name}" for name in (*measured, *counters)]
    expected += ["checked", "wrong"]
    expected += ["state_expected", "state_after_warmup", "state_after_window"]
    expected += ["ceiling_pps", "floor_ns", "switch_cycles_per_packet", "switch_idle_share"]
    expected += ["tsc_hz", "start_utc", "dut_version"]
    expected += ["generator_version", "record"]
    assert expected == POINT_COLUMNS


def test_nothing_received_has_loss_but_no_latency(tmp_path):
    """With 100 % loss the loss ratio is 1, and every latency cell is empty."""
    row = table_of(tmp_path, [make_record(median_ns=None, loss_ratio=1)]).iloc[0]
    assert row["loss_ratio"] == 1
    assert row[[name for name in POINT_COLUMNS if name.startswith("latency_")]].isna().all()


def test_without_gating_the_raw_figures_are_the_figures(tmp_path):
    """On a testbed without gating the record has no gated section, and its raw one decides."""
    record = make_record(raw_loss_ratio=0.25) | {"gated": None, "disturbance": None}
    record["settings"]["gating"] = None
    row = table_of(tmp_path, [record]).iloc[0]
    assert row["loss_ratio"] == row["raw_loss_ratio"] == pytest.approx(0.25)
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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"schema": 2, "identity": {"te', id="truncated"),
        pytest.param("hello\nworld", id="not JSON"),
        pytest.param("[1]", id="no object"),
        pytest.param("{}", id="no schema number"),
        pytest.param('{"schema": 1}', id="schema of another form"),
        pytest.param('{"schema": true}', id="schema is no number"),
        pytest.param('{"schema": 2, "x": NaN}', id="NaN"),
    ],
)
def test_unreadable_record_is_one_line_with_its_path(tmp_path, text):
    """A broken record file is named, with what is allowed, in one line."""
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(RecordError) as error:
        records_table([path])
    assert str(error.value).startswith(f"{path}: ")
    assert "allowed: a point record of schema 2" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_missing_or_binary_record_is_a_record_error(tmp_path, content):
    """A file that is missing or not text is reported like any other broken record."""
    path = tmp_path / "record.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError, match=r"record\.json: "):
        records_table([path])


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("identity", "rate_mbit", "500", r'identity\.rate_mbit is "500"; allowed: int'),
        ("identity", "flows", None, r"identity\.flows is null; allowed: a value"),
        ("raw", "lost", 1.5, r"raw\.lost is 1\.5; allowed: int"),
        ("gated", "loss_ratio", True, r"gated\.loss_ratio is true; allowed: float"),
        ("gated", "latency", [], r"gated\.latency\.count is missing"),
        ("software", "dut", {}, r"software\.dut\.name is missing"),
        ("calibration", "floor_ns", "1", r'calibration\.floor_ns is "1"; allowed: float'),
        ("disturbance", "dut_silences", {}, r"disturbance\.dut_silences\.count is missing"),
    ],
)
def test_wrong_value_is_named_by_its_key(tmp_path, section, key, value, message):
    """A value of a wrong type, or none where one is needed, is an error that names the key."""
    record = make_record()
    record[section][key] = value
    with pytest.raises(RecordError, match=message):
        table_of(tmp_path, [record])


def test_missing_key_is_named(tmp_path):
    """A record that lacks a key of its schema is refused, not filled with an empty cell."""
    record = make_record()
    del record["raw"]["skipped"]
    with pytest.raises(RecordError, match=r"raw\.skipped is missing"):
        table_of(tmp_path, [record])


def test_two_records_of_one_point_are_refused(tmp_path):
    """The same point twice would count twice, so it is an error that names both files."""
    path = write_record(tmp_path, make_record())
    twin = tmp_path / "twin.json"
    twin.write_text(path.read_text())
    with pytest.raises(RecordError, match=r"is of the same point as"):
        records_table([path, twin])


@pytest.mark.parametrize("median_ns", [1000.0, None])
def test_synthetic_records_follow_the_schema(median_ns):
    """The helper's records are such as a measurement writes, so the other tests mean something."""
    check(json.loads(json.dumps(make_record(median_ns=median_ns))))


def test_synthetic_records_without_a_result_follow_the_schema():
    """A point above line rate is not run: all that would be measured is null."""
    check(json.loads(json.dumps(without_result("above_line_rate", "too much for the link"))))
