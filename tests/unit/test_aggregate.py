"""From point records to points.csv and series.csv."""

import json
from pathlib import Path

import pandas as pd
import pytest

from middlebench.aggregate import (
    POINT_COLUMNS,
    SERIES_COLUMNS,
    points_table,
    read_record,
    series_table,
    write_csv,
    write_tables,
)
from middlebench.errors import RecordError
from middlebench.record import check
from records import LATENCIES, make_record, sandbox_records, write_record

GOLDEN = Path(__file__).parent.parent / "golden"


def without_result(**identity):
    """The record of a point that failed."""
    record = make_record(verdict="failed", reason="the generator died", **identity)
    return record | dict.fromkeys(("raw", "gated", "disturbance", "state"))


def golden_records():
    """Two series with all that a table can hold: a knee, an invalid point and a failed one."""
    return [
        make_record(rate_mbit=500),
        make_record(rate_mbit=1000, loss_ratio=0.001, raw_loss_ratio=0.1),
        make_record(rate_mbit=1100, verdict="disturbed", reason="0.010 s of 0.300 s were clean"),
        make_record(rate_mbit=1200, loss_ratio=0.2, verdict="overloaded", reason="lost 20 %"),
        without_result(rate_mbit=1300),
        make_record(flows=10000, rate_mbit=500, loss_ratio=0.5, verdict="overloaded"),
    ]


def test_tables_equal_the_golden_ones(tmp_path, monkeypatch):
    """The same records give the same points.csv and series.csv, byte for byte, in any order."""
    monkeypatch.chdir(tmp_path)
    paths = [write_record(Path(), record) for record in golden_records()]
    write_tables(reversed(paths), 0.005, "points.csv", "series.csv")
    for name in ("points.csv", "series.csv"):
        assert Path(name).read_text() == (GOLDEN / name).read_text(), name


def test_columns_are_those_of_the_contract():
    """points.csv has its columns in their order: identity, verdict, gated, raw, origin."""
    measured = ["offered_pps", "sent_pps", "received_pps", "received_mbit", "loss_ratio"]
    measured += ["latency_count"]
    measured += [f"latency_{name}_ns" for name in LATENCIES]
    counters = ["offered", "sent", "refused", "skipped", "received", "lost", "duplicated"]
    counters += ["foreign", "out_of_order"]
    expected = ["testbed", "dut", "function", "frame_size_bytes", "flows", "rate_mbit"]
    expected += ["repetition"]
    expected += ["verdict", "reason", "asked_pps", "clean_s", "window_s", "disturbed_share"]
    expected += measured + [f"raw_{name}" for name in (*measured, *counters)]
    expected += ["state_expected", "state_found", "start_utc", "dut_version"]
    expected += ["generator_version", "record"]
    assert expected == POINT_COLUMNS


def test_what_was_not_measured_is_empty(tmp_path):
    """A failed point leaves its cells empty; nothing becomes 0."""
    write_tables([write_record(tmp_path, without_result())], 0.005, tmp_path / "p", tmp_path / "s")
    row = pd.read_csv(tmp_path / "p").iloc[0]
    empty = [name for name in POINT_COLUMNS if pd.isna(row[name])]
    assert {"loss_ratio", "raw_lost", "latency_p50_ns", "clean_s", "state_found"} <= set(empty)
    assert not (
        row[[n for n in POINT_COLUMNS if "latency" in n or n.startswith("raw_")]] == 0
    ).any()


def test_nothing_received_has_loss_but_no_latency(tmp_path):
    """With 100 % loss the loss ratio is 1, and every latency cell is empty."""
    path = write_record(tmp_path, make_record(median_ns=None, loss_ratio=1))
    row = points_table([path]).iloc[0]
    assert row["loss_ratio"] == 1
    assert row[[name for name in POINT_COLUMNS if name.startswith("latency_")]].isna().all()


def test_without_gating_the_raw_figures_are_the_figures(tmp_path):
    """On a testbed without gating the record has no gated section, and its raw one decides."""
    record = make_record(raw_loss_ratio=0.25) | {"gated": None, "disturbance": None}
    record["settings"]["gating"] = None
    row = points_table([write_record(tmp_path, record)]).iloc[0]
    assert row["loss_ratio"] == row["raw_loss_ratio"] == pytest.approx(0.25)
    assert row["clean_s"] == row["window_s"]


def test_received_rate_is_in_frame_bits(tmp_path):
    """received_mbit is received packets/s times the frame, 10^6 bit a Mbit."""
    row = points_table([write_record(tmp_path, make_record(rate_mbit=512))]).iloc[0]
    assert row["received_mbit"] == pytest.approx(512, rel=1e-5)
    assert row["asked_pps"] == 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"schema": 1, "identity": {"te', id="truncated"),
        pytest.param("hello\nworld", id="not JSON"),
        pytest.param("[1]", id="no object"),
        pytest.param("{}", id="no schema number"),
        pytest.param('{"schema": 2}', id="wrong schema number"),
        pytest.param('{"schema": true}', id="schema is no number"),
        pytest.param('{"schema": 1, "x": NaN}', id="NaN"),
    ],
)
def test_unreadable_record_is_one_line_with_its_path(tmp_path, text):
    """A broken record file is named, with what is allowed, in one line."""
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(RecordError) as error:
        read_record(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "allowed: a point record of schema 1" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_missing_or_binary_record_is_a_record_error(tmp_path, content):
    """A file that is missing or not text is reported like any other broken record."""
    path = tmp_path / "record.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordError, match=r"record\.json: "):
        read_record(path)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("identity", "rate_mbit", "500", r'identity\.rate_mbit is "500"; allowed: int'),
        ("identity", "flows", None, r"identity\.flows is null; allowed: a value"),
        ("raw", "lost", 1.5, r"raw\.lost is 1\.5; allowed: int"),
        ("gated", "loss_ratio", True, r"gated\.loss_ratio is true; allowed: float"),
        ("gated", "latency", [], r"gated\.latency\.count is missing"),
        ("software", "dut", {}, r"software\.dut\.name is missing"),
    ],
)
def test_wrong_value_is_named_by_its_key(tmp_path, section, key, value, message):
    """A value of a wrong type, or none where one is needed, is an error that names the key."""
    record = make_record()
    record[section][key] = value
    with pytest.raises(RecordError, match=message):
        points_table([write_record(tmp_path, record)])


def test_missing_key_is_named(tmp_path):
    """A record that lacks a key of its schema is refused, not filled with an empty cell."""
    record = make_record()
    del record["raw"]["skipped"]
    with pytest.raises(RecordError, match=r"raw\.skipped is missing"):
        points_table([write_record(tmp_path, record)])


def test_two_records_of_one_point_are_refused(tmp_path):
    """The same point twice would count twice, so it is an error that names both files."""
    path = write_record(tmp_path, make_record())
    twin = tmp_path / "twin.json"
    twin.write_text(path.read_text())
    with pytest.raises(RecordError, match=r"is of the same point as"):
        points_table([path, twin])


def test_only_valid_points_decide_the_knee(tmp_path):
    """A point whose verdict says nothing about the DUT neither raises nor lowers the knee."""
    records = [make_record(rate_mbit=100), make_record(rate_mbit=200, verdict="generator_limited")]
    points = points_table([write_record(tmp_path, record) for record in records])
    row = series_table(points, 0.005).iloc[0]
    assert (row["points"], row["points_valid"], row["knee_mbit"]) == (2, 1, 100)


def test_knee_is_found_in_a_noisy_series(tmp_path):
    """Each number of flows is a series of its own, with its knee in both packet rates."""
    records = sandbox_records(knees={100: 1100, 10000: 800}, rates=range(100, 1601, 100))
    points = points_table([write_record(tmp_path, record) for record in records])
    series = series_table(points, 0.005)
    assert list(series.columns) == SERIES_COLUMNS
    assert dict(zip(series["flows"], series["knee_mbit"], strict=True)) == {100: 1100, 10000: 800}
    assert list(series["knee_pps"]) == [2148438, 1562500]
    assert list(series["knee_pps_binary"]) == [2252800, 1638400]


def test_no_records_give_empty_tables():
    """Without a record both tables have their columns and no row."""
    points = points_table([])
    assert list(points.columns) == POINT_COLUMNS
    assert series_table(points, 0.005).empty


def test_table_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """When writing fails the old file stays and no temporary one is left."""
    path = tmp_path / "points.csv"
    path.write_text("old")

    def fail_midway(_self, target, **_options):
        Path(target).write_text("half")
        raise OSError("no space left")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail_midway)
    with pytest.raises(OSError, match="no space"):
        write_csv(pd.DataFrame({"a": [1]}), path)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"points.csv": "old"}


@pytest.mark.parametrize("median_ns", [1000.0, None])
def test_synthetic_records_follow_the_schema(median_ns):
    """The helper's records are such as a measurement writes, so the other tests mean something."""
    check(json.loads(json.dumps(make_record(median_ns=median_ns))))
