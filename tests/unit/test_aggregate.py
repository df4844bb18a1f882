"""From the table of records to the tables of results: points, rates, series, disturbance."""

from pathlib import Path

import pandas as pd
import pytest

from middlebench.analysis.interval import median_interval
from middlebench.analysis.tables import (
    RATE_COLUMNS,
    SERIES_COLUMNS,
    rates_table,
    series_table,
    write_csv,
    write_disturbance,
    write_tables,
)
from middlebench.records.table import DISTURBANCE_COLUMNS, POINT_COLUMNS, records_table
from records import make_record, repeated, sandbox_records, without_result, write_record
from tables import table_of

GOLDEN = Path(__file__).parent.parent / "golden"
TABLES = ("points", "series", "rates")


def write_all(folder, records):
    """All tables of the records, written to `folder`."""
    write_tables(records, 0.005, 0.25, *(folder / f"{name}.csv" for name in TABLES))
    write_disturbance(records, folder / "disturbance.csv")


def golden_records():
    """Two series with all that a table can hold: a knee, invalid points, one that was not run."""
    before = "2026-11-22T22:00:59.000+00:00"
    return [
        make_record(rate_mbit=500),
        make_record(rate_mbit=500, repetition=2, median_ns=1500, start=before),
        make_record(rate_mbit=500, repetition=3, loss_ratio=0.01, verdict="overloaded"),
        make_record(rate_mbit=1000, loss_ratio=0.001, raw_loss_ratio=0.1),
        make_record(rate_mbit=1100, verdict="disturbed"),
        make_record(rate_mbit=1200, loss_ratio=0.2, verdict="overloaded"),
        without_result(rate_mbit=1300),
        make_record(flows=10000, rate_mbit=500, loss_ratio=0.5, verdict="overloaded"),
    ]


def test_tables_equal_the_golden_ones(tmp_path, monkeypatch):
    """The same records give the same tables, byte for byte, in any order."""
    monkeypatch.chdir(tmp_path)
    paths = [write_record(Path(), record) for record in golden_records()]
    write_all(Path(), records_table(reversed(paths)))
    for name in (*TABLES, "disturbance"):
        assert Path(f"{name}.csv").read_text() == (GOLDEN / f"{name}.csv").read_text(), name


def test_what_was_not_measured_is_empty(tmp_path):
    """A point that was not run leaves its cells empty; nothing becomes 0."""
    write_all(tmp_path, table_of(tmp_path, [without_result()]))
    row = pd.read_csv(tmp_path / "points.csv").iloc[0]
    empty = {name for name in POINT_COLUMNS if pd.isna(row[name])}
    assert {"loss_ratio", "raw_lost", "latency_p50_ns", "clean_s", "state_after_window"} <= empty
    assert {"latency_p50_above_floor_ns", "dut_version"} <= empty
    assert not (
        row[[n for n in POINT_COLUMNS if "latency" in n or n.startswith("raw_")]] == 0
    ).any()


def test_only_valid_points_decide_the_knee(tmp_path):
    """A point whose verdict says nothing about the DUT neither raises nor lowers the knee."""
    records = [make_record(rate_mbit=100), make_record(rate_mbit=200, verdict="generator_limited")]
    row = series_table(table_of(tmp_path, records), 0.005, 0.25).iloc[0]
    assert (row["points"], row["points_valid"], row["knee_mbit"]) == (2, 1, 100)


@pytest.mark.parametrize("verdict", ["stalled", "failed"])
def test_a_dut_that_hangs_has_no_knee_above(tmp_path, verdict):
    """Three that hung at 500 count, one survivor at 600 does not lift the knee above 400."""
    records = repeated({300: (0, 0, 0), 400: (0, 0, 0), 600: (0,)})
    records += [make_record(rate_mbit=500, repetition=n, verdict=verdict) for n in (1, 2, 3)]
    row = series_table(table_of(tmp_path, records), 0.005, 0.25).iloc[0]
    assert (row["points_valid"], row["knee_mbit"], row["lossless_mbit"]) == (7, 400, 400)
    assert not row["knee_at_least"]


def test_knee_is_found_in_a_noisy_series(tmp_path):
    """Each number of flows is a series of its own, with its knee in both packet rates."""
    records = sandbox_records(knees={100: 1100, 10000: 800}, rates=range(100, 1601, 100))
    series = series_table(table_of(tmp_path, records), 0.005, 0.25)
    assert list(series.columns) == SERIES_COLUMNS
    assert dict(zip(series["flows"], series["knee_mbit"], strict=True)) == {100: 1100, 10000: 800}
    assert list(series["knee_pps"]) == [2148438, 1562500]
    assert list(series["knee_pps_binary"]) == [2252800, 1638400]


def test_no_records_give_empty_tables(tmp_path):
    """Without a record all tables have their columns and no row."""
    write_all(tmp_path, records_table([]))
    columns = (POINT_COLUMNS, SERIES_COLUMNS, RATE_COLUMNS, DISTURBANCE_COLUMNS)
    for name, expected in zip((*TABLES, "disturbance"), columns, strict=True):
        table = pd.read_csv(tmp_path / f"{name}.csv")
        assert list(table.columns) == expected
        assert table.empty


def test_a_rate_is_the_median_of_its_valid_repetitions_with_its_interval(tmp_path):
    """Repetitions that say nothing count as such only; those that lost too much are counted."""
    measured = [(1000, 0.0), (3000, 0.001), (2000, 0.2)]
    records = [
        make_record(repetition=number, median_ns=latency, loss_ratio=loss, floor_ns=800.5)
        for number, (latency, loss) in enumerate(measured, start=1)
    ]
    records.append(make_record(repetition=4, median_ns=9e6, verdict="disturbed", loss_ratio=0.9))
    records.append(make_record(repetition=5, median_ns=9e6, verdict="stalled", loss_ratio=0.0))
    row = rates_table(table_of(tmp_path, records), 0.005).iloc[0]
    assert (row["repetitions"], row["valid"], row["exceeding"]) == (5, 3, 2)
    assert row["asked_pps"] == 976562.5
    assert row["latency_p50_ns"] == 2000
    assert row["latency_p50_above_floor_ns"] == 1199.5
    interval = median_interval([1000, 3000, 2000])
    ends = ["latency_p50_low_ns", "latency_p50_high_ns", "interval_level"]
    assert tuple(row[ends]) == interval
    assert row["loss_ratio"] == pytest.approx(0.001, rel=1e-2)
    assert row["loss_ratio_low"] <= 0.001 < row["loss_ratio_high"]


def test_a_single_valid_repetition_has_no_interval(tmp_path):
    """One trial has a value and no interval; a rate without any valid one has neither."""
    records = [
        make_record(rate_mbit=100),
        make_record(rate_mbit=100, repetition=2, verdict="disturbed"),
        make_record(rate_mbit=200, verdict="disturbed"),
    ]
    rates = rates_table(table_of(tmp_path, records), 0.005)
    assert list(rates["latency_p50_ns"].isna()) == [False, True]
    limits = [name for name in RATE_COLUMNS if "_low" in name or "_high" in name]
    assert rates[limits].isna().all(axis=None)


def test_knee_has_an_interval_and_the_exceed_ratio_decides(tmp_path):
    """One of four trials that loses too much is allowed at 0.25 and not at 0."""
    lost = {100: (0, 0, 0, 0), 200: (0, 0, 0, 0.1), 300: (0.3,) * 4, 400: (0.45,) * 4}
    records = [
        make_record(rate_mbit=rate, repetition=number, loss_ratio=loss)
        for rate, losses in lost.items()
        for number, loss in enumerate(losses, start=1)
    ]
    table = table_of(tmp_path, records)
    tolerant, strict = (series_table(table, 0.005, ratio).iloc[0] for ratio in (0.25, 0.0))
    assert (tolerant["knee_mbit"], strict["knee_mbit"]) == (200, 100)
    assert (tolerant["max_exceed_ratio"], strict["max_exceed_ratio"]) == (0.25, 0.0)
    assert tuple(tolerant[["knee_low_mbit", "knee_high_mbit", "knee_level"]]) == (100, 200, 0.95)


@pytest.mark.parametrize(
    ("lost", "mbit", "at_least"),
    [
        ({100: (0, 0, 0, 0), 200: (0, 0, 0, 0.001), 300: (0, 0, 0, 0)}, 100, False),
        ({100: (0, 0, 0, 0.001), 200: (0, 0, 0, 0)}, None, False),
        ({100: (0, 0), 200: (0, 0)}, 200, True),
    ],
    ids=["one trial of four", "one trial at a lower rate", "none"],
)
def test_lossless_is_strict(tmp_path, lost, mbit, at_least):
    """A rate at which one trial lost a packet is not lossless, whatever the knee allows."""
    row = series_table(table_of(tmp_path, repeated(lost)), 0.005, 0.25).iloc[0]
    assert (None if pd.isna(row["lossless_mbit"]) else row["lossless_mbit"]) == mbit
    assert row["lossless_at_least"] == at_least
    assert row["knee_mbit"] == max(lost)


GOOD, BAD, BOTH = (0,) * 5, (0.5,) * 5, (0, 0, 0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("lost", "knee", "high"),
    [
        ({100: GOOD, 200: GOOD}, True, True),
        ({100: GOOD, 200: BOTH}, False, True),
        ({100: GOOD, 200: BAD}, False, False),
        ({100: (0,)}, True, False),
        ({100: BAD}, False, False),
    ],
    ids=["holds at every rate", "may hold at every rate", "found", "no interval", "no knee"],
)
def test_a_knee_that_a_sweep_did_not_reach_is_told(tmp_path, lost, knee, high):
    """A column of its own says that the knee, or the end of its interval, may be higher."""
    row = series_table(table_of(tmp_path, repeated(lost)), 0.005, 0.25).iloc[0]
    assert (row["knee_at_least"], row["knee_high_at_least"]) == (knee, high)


def test_a_point_that_says_nothing_bounds_no_knee(tmp_path):
    """Above the last rate that counts nothing is known."""
    records = [make_record(rate_mbit=100), make_record(rate_mbit=200, verdict="disturbed")]
    assert series_table(table_of(tmp_path, records), 0.005, 0.25).iloc[0]["knee_at_least"]


def test_without_repetitions_the_knee_has_no_interval(tmp_path):
    """A knee from single trials stands alone."""
    row = series_table(table_of(tmp_path, [make_record()]), 0.005, 0.25).iloc[0]
    assert row["knee_mbit"] == 500
    assert row[["knee_low_mbit", "knee_high_mbit"]].isna().all()


def test_calibration_of_a_series_is_what_no_point_can_pass(tmp_path):
    """The highest ceiling and the lowest floor of its points, the ceiling in Mbit/s too."""
    records = [
        make_record(rate_mbit=100, ceiling_pps=4e6, floor_ns=700),
        make_record(rate_mbit=200, ceiling_pps=5e6, floor_ns=650),
    ]
    row = series_table(table_of(tmp_path, records), 0.005, 0.25).iloc[0]
    assert tuple(row[["ceiling_pps", "ceiling_mbit", "floor_ns"]]) == (5e6, 2560.0, 650)


def test_a_floor_that_nobody_measured_leaves_its_cells_empty(tmp_path):
    """An unknown floor is missing in every table."""
    table = table_of(tmp_path, [make_record(floor_ns=None)])
    assert table[["floor_ns", "latency_p50_above_floor_ns"]].isna().all(axis=None)
    assert series_table(table, 0.005, 0.25)["floor_ns"].isna().all()
    assert rates_table(table, 0.005)["latency_p50_above_floor_ns"].isna().all()


def test_disturbance_is_in_order_of_time(tmp_path):
    """disturbance.csv tells how the machine went on, whatever was measured when."""
    gaps = {"count": 3, "total_us": 900.5, "max_us": 500.25}
    first = make_record(rate_mbit=900, start="2026-11-22T10:00:00.000+00:00", share=0.4)
    first["disturbance"]["generator_gaps"] = gaps
    records = table_of(tmp_path, [make_record(rate_mbit=100), first])
    write_disturbance(records, tmp_path / "disturbance.csv")
    table = pd.read_csv(tmp_path / "disturbance.csv")
    assert list(table["rate_mbit"]) == [900, 100]
    columns = ["generator_gaps", "generator_gap_total_us", "generator_gap_max_us"]
    assert list(table.loc[0, columns]) == [3, 900.5, 500.25]
    assert list(table["disturbed_share"]) == [0.4, 0.75]


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
