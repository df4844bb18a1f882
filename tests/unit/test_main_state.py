"""No knee, interval or line mixes states: tables and what is drawn from records of two states."""

import pandas as pd
import pytest

from figures import REFERENCE
from middlebench.analysis.comparison import comparison_table
from middlebench.analysis.cost import cost_table
from middlebench.analysis.machine_words import machine_line
from middlebench.analysis.main_rows import by_state, main_points, main_rows
from middlebench.analysis.main_state import main_state
from middlebench.analysis.published import read_reference
from middlebench.analysis.tables import rates_table, series_table, write_disturbance
from middlebench.figures.series.latency import _shown
from middlebench.report.words import figure_words, knee
from records import make_record, repeated
from tables import table_of

ALONE, SHARED = {"idle_idle_near": 1.0}, {"busy_idle_near": 1.0}
CARRIED = {"alone": 500, "shared": 300}


def sweep(alone, shared, **more):
    """Records of rates 100 to 700: so many repetitions alone, then so many beside a busy sibling.

    Alone 500 Mbit/s are carried, beside a busy sibling 300.
    """
    made = []
    for rate in range(100, 701, 100):
        for number in range(alone + shared):
            state = "alone" if number < alone else "shared"
            states = ALONE if state == "alone" else SHARED
            lost = 0.0 if rate <= CARRIED[state] else 0.3
            about = {"rate_mbit": rate, "repetition": number + 1, "states": states}
            latency = 1000.0 if state == "alone" else 3000.0
            made.append(make_record(loss_ratio=lost, median_ns=latency, **about, **more))
    return made


@pytest.mark.parametrize(
    ("valid", "main"),
    [
        ({"shared": 5, "alone": 4}, "shared"),
        ({"shared": 4, "alone": 4}, "alone"),
        ({"shared_far": 0, "shared": 0}, "shared"),
        ({"not_asked": 3}, "not_asked"),
        ({"any": 3, "not_asked": 3}, "any"),
    ],
)
def test_the_main_state_has_most_valid_points(valid, main):
    """Of equals the one that is wanted most."""
    assert main_state(valid) == main
    assert main_state(dict(reversed(valid.items()))) == main


def test_a_series_has_a_row_for_each_state_with_a_knee_of_its_own(tmp_path):
    """Together they would come to another knee, at 300: three of five trials lose above it."""
    table = table_of(tmp_path, sweep(alone=2, shared=3))
    series = series_table(table, 0.005, 0.25)
    assert dict(zip(series["state"], series["knee_mbit"], strict=True)) == CARRIED
    assert list(series["points"]) == [14, 21]
    assert list(main_rows(series)["state"]) == ["shared"]


def test_a_dut_that_hung_did_so_in_the_main_state_whatever_the_machine_was_then(tmp_path):
    """Three hang at 400, beside a busy sibling; what is carried alone ends below that."""
    hung = [
        make_record(rate_mbit=400, repetition=8 + n, states=SHARED, verdict="stalled")
        for n in range(3)
    ]
    table = by_state(table_of(tmp_path, [*sweep(alone=3, shared=0), *hung]))
    series = series_table(table, 0.005, 0.25)
    assert list(series["state"]) == ["alone"]
    assert series["knee_mbit"][0] == 300
    assert len(main_points(table)) == 24


def test_no_median_or_interval_of_a_rate_mixes_states(tmp_path):
    """Latencies are 1 and 3 us; a median of both, or an interval from one to the other, is none."""
    rates = rates_table(table_of(tmp_path, sweep(alone=3, shared=3)), 0.005)
    assert len(rates) == 14
    for state, latency in (("alone", 1000), ("shared", 3000)):
        of_state = rates[rates["state"] == state]
        for column in ("latency_p50_ns", "latency_p50_low_ns", "latency_p50_high_ns"):
            assert list(of_state[column]) == [latency] * 7
        assert list(of_state["repetitions"]) == [3] * 7


def test_points_of_the_main_state_alone_are_kept(tmp_path):
    """Each series has its own; invalid points do not make a state the main one."""
    records = [*sweep(alone=2, shared=1), *sweep(alone=1, shared=2, flows=10000)]
    records += [
        make_record(rate_mbit=800, repetition=n, states=SHARED, verdict="disturbed")
        for n in range(1, 20)
    ]
    points = main_points(table_of(tmp_path, records))
    kept = points.groupby("flows")["state"].agg(set)
    assert dict(kept) == {100: {"alone"}, 10000: {"shared"}}
    assert len(points) == 28


def test_a_line_is_drawn_of_the_main_state_alone(tmp_path):
    """What holds in another state is left out; what says nothing keeps its hollow mark."""
    records = [*sweep(alone=2, shared=1), make_record(rate_mbit=900, states=SHARED, share=0.99)]
    table = table_of(tmp_path, records)
    (row,) = (row for _, row in main_rows(series_table(table, 0.005, 0.25)).iterrows())
    shown = _shown(table, row)
    assert set(shown["state"]) == {"alone", "shared"}
    assert list(shown.loc[shown["state"] == "shared", "rate_mbit"]) == [900]
    assert len(shown) == 15


def test_the_comparison_takes_the_main_state(tmp_path):
    """One row for each published value, of the knee alone."""
    records = sweep(alone=2, shared=1)
    series = series_table(table_of(tmp_path, records), 0.005, 0.25)
    compared = comparison_table(series, read_reference(REFERENCE))
    found = compared[compared["flows"].eq(100) & compared["frame_size_bytes"].eq(64)]
    found = found[found["measured_function"].eq("nat")]
    assert len(found)
    assert set(found["knee_mbit"]) == {500}


def test_what_a_rung_adds_to_one_of_another_state_is_not_known(tmp_path):
    """Each rung is of its main state; a difference of two states is no cost."""
    losses = {rate: [0.0 if rate <= 400 else 0.2] * 3 for rate in (200, 400, 600)}
    rungs = ("forward", "stateless_firewall", "firewall", "nat")
    records = []
    for function in rungs:
        states = SHARED if function == "nat" else ALONE
        records += repeated(losses, function=function, states=states)
    cost = cost_table(table_of(tmp_path, records), 0.005, 0.25).set_index(["kind", "function"])
    assert list(cost.loc["rung", "state"]) == ["alone"] * 3 + ["shared"]
    assert cost.loc["component", "rate_ns"].notna().tolist() == [True, True, True, False]
    assert "judged beside a busy sibling, the rung before alone" in cost.loc["rung", "note"]["nat"]
    assert pd.isna(cost.loc["rung", "note"]["firewall"])


def test_a_knee_of_another_state_than_alone_is_named(tmp_path):
    """In the report's words; and what was judged apart is counted."""
    table = table_of(tmp_path, sweep(alone=1, shared=2))
    series = series_table(table, 0.005, 0.25)
    words = figure_words(series, rates_table(table, 0.005), read_reference(REFERENCE))
    assert words.count("carries") == 1
    assert "carries 300 Mbit/s" in words
    assert "beside a busy sibling" in words
    assert "Judged apart: 7 alone." in words
    alone = series[series["state"] == "alone"].iloc[0]
    assert "alone" not in knee(alone)


def test_disturbance_shows_what_the_machine_gave(tmp_path):
    """Shares by class, the probe's medians, whose fault silences were; empty without a probe."""
    states = {"idle_idle_near": 0.5, "busy_idle_far": 0.3, "unknown": 0.2}
    told = make_record(rate_mbit=100, states=states)
    told["machine"]["silences"]["machine"] = {"count": 2, "total_us": 900.5, "max_us": 500.0}
    table = table_of(tmp_path, [told, make_record(rate_mbit=200, states=None)])
    write_disturbance(table, tmp_path / "disturbance.csv")
    with_probe, without = (row for _, row in pd.read_csv(tmp_path / "disturbance.csv").iterrows())
    columns = ["share_alone", "share_alone_far", "share_shared_far", "share_unknown"]
    assert list(with_probe[columns]) == [0.5, 0.0, 0.3, 0.2]
    columns = ["state", "trip_cycles", "memory_cycles", "clock_dut", "silence_machine_total_us"]
    assert list(with_probe[columns]) == ["alone", 120, 260.5, 1.0, 900.5]
    assert without["state"] == "not_asked"
    assert without[columns[1:]].isna().all()
    assert without[[name for name in without.index if name.startswith("share_")]].isna().all()


def test_the_end_of_a_run_says_what_the_machine_gave(tmp_path):
    """Shares of time, not of points; which points hold in which state."""
    mixed = {"idle_idle_near": 0.39, "busy_idle_near": 0.51, "busy_idle_far": 0.1}
    records = [make_record(rate_mbit=rate, states=mixed) for rate in (100, 200)]
    line = machine_line(table_of(tmp_path / "one", records))
    assert line == (
        "the DUT's core was shared 61 % of the time; 2 of 2 points hold beside a busy sibling"
    )
    longer = make_record(rate_mbit=300, states=ALONE, share=0.5)
    line = machine_line(table_of(tmp_path / "two", [*records, longer]))
    assert line == (
        "the DUT's core was shared 49 % of the time; 1 of 3 points hold alone; "
        "2 beside a busy sibling"
    )


def test_a_run_whose_states_nobody_asked_for_says_nothing_of_them(tmp_path):
    """MoonGen's, and those without gating."""
    assert machine_line(table_of(tmp_path, [make_record(states=None)])) is None


def test_a_run_without_a_point_that_holds_says_so(tmp_path):
    """None of them alone; what is not known is said where it is half a per cent."""
    record = make_record(states={"unknown": 1.0})
    assert machine_line(table_of(tmp_path, [record])) == (
        "the DUT's core was shared 0 % of the time (not known: 100 %); 0 of 1 points hold alone"
    )
