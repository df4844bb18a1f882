"""The cost of a packet, rung by rung, from records whose answer is known."""

from pathlib import Path

import pandas as pd
import pytest

from middlebench.analysis.cost import COMPONENTS, COST_COLUMNS, cost_table
from middlebench.functions import LADDER
from middlebench.units import packets_per_second
from records import repeated
from tables import table_of

GOLDEN = Path(__file__).parents[1] / "golden" / "cost.csv"
HZ = 2_000_000_000
KNEES = {"forward": 2000, "stateless_firewall": 1600, "firewall": 1000, "nat": 800}
"""Highest rate [Mbit/s] that each rung carries."""


def cycles(per_packet):
    """A section `switch_cycles`; `milliseconds` are robust, all time is three times as much."""
    middle = {"count": 300, "p25": per_packet - 10.0, "p50": per_packet, "p75": per_packet + 10.0}
    return {
        "packets": 10**6,
        "used_cycles": round(10**6 * 3 * per_packet / 0.9),
        "idle_share": 0.1,
        "cycles_per_packet": 3 * per_packet,
        "milliseconds": middle,
        "passes": 10**6,
        "lookups": {"emc": 10**6},
        "tsc_hz": HZ,
    }


def rung(function, knee, counter, repetitions=3, size=64, flows=100, step=200):
    """Records of one rung: clean to its knee, overloaded above; `counter` [cycles/packet]."""
    losses = {
        rate: [0.0 if rate <= knee else 1 - (knee + step / 4) / rate] * repetitions
        for rate in range(step, max(KNEES.values()) + 2 * step, step)
    }
    records = repeated(losses, function=function, frame_size=size, flows=flows)
    for record in records:
        spread = record["identity"]["repetition"] - 2
        record["switch_cycles"] = cycles(counter + 10.0 * spread)
    return records


def ladder(counters=None, knees=KNEES, **more):
    """Records of all rungs; the counters agree with the rates unless they are given."""
    counters = counters or {}
    return [
        record
        for function, knee in knees.items()
        for record in rung(
            function,
            knee,
            counters.get(function, 0.97 * HZ / packets_per_second(knee or 1, 64)),
            **more,
        )
    ]


def table(folder, records):
    """cost.csv of the records, by way of its text."""
    points = table_of(folder, records)
    cost_table(points, 0.005, 0.25).to_csv(folder / "cost.csv", index=False)
    return pd.read_csv(folder / "cost.csv")


def named(cost, kind):
    """The rows of a kind by name."""
    return cost[cost["kind"] == kind].set_index("name")


def test_the_table_equals_the_golden_one(tmp_path):
    """The same records give the same table, byte for byte."""
    table(tmp_path, ladder())
    assert (tmp_path / "cost.csv").read_text() == GOLDEN.read_text()


def test_components_are_differences_and_add_up(tmp_path):
    """Each is its rung less the one before, by both ways, and all of them are the NAT."""
    cost = table(tmp_path, ladder())
    assert list(cost.columns) == COST_COLUMNS
    rungs, components = named(cost, "rung"), named(cost, "component")
    assert list(components.index) == list(COMPONENTS.values())
    for way in ("rate_ns", "counter_ns", "rate_cycles", "counter_cycles"):
        assert components[way].sum() == pytest.approx(rungs.loc["nat", way], abs=0.05)
    ns = 1e9 / packets_per_second(1000, 64) - 1e9 / packets_per_second(1600, 64)
    assert components.loc["state", "rate_ns"] == pytest.approx(ns, abs=0.01)
    assert rungs["rate_cycles"].div(rungs["rate_ns"]).round(3).eq(2).all()


def test_intervals_hold_the_step_of_the_sweep_and_the_estimate(tmp_path):
    """A rate is known to a step: the interval of its cost begins with that of the next rate."""
    cost = table(tmp_path, ladder())
    rungs = named(cost, "rung")
    for function, knee in KNEES.items():
        row = rungs.loc[function]
        assert row["next_mbit"] == knee + 200
        next_ns = 1e9 / packets_per_second(knee + 200, 64)
        assert row["rate_ns_low"] == pytest.approx(next_ns, abs=0.01)
        assert row["rate_ns_low"] < row["rate_ns"] <= row["rate_ns_high"]
        assert row["rate_level"] == 0.95  # of nine rates; the counter has the knee's three trials
        assert row["counter_level"] == 0.75
        assert row["counter_ns_low"] <= row["counter_ns"] <= row["counter_ns_high"]
    components = named(cost, "component")
    assert (components["rate_ns_low"] < components["rate_ns_high"]).all()
    assert (components["counter_ns_low"] < components["counter_ns_high"]).all()
    assert list(components["rate_level"]) == [0.95, *[round(0.95**2, 4)] * 3]
    assert list(components["counter_level"]) == [0.75, *[0.75**2] * 3]


def test_ways_that_disagree_are_named(tmp_path):
    """Where the switch counts far less or more than the rate says, it is said, only there."""
    assert not named(table(tmp_path, ladder()), "rung")["ways_disagree"].any()
    wrong = {"nat": 300.0, "forward": 3000.0}  # far less than the rate says, and far more
    disagree = named(table(tmp_path, ladder(wrong)), "rung")["ways_disagree"]
    assert disagree.to_dict() == {function: function in wrong for function in LADDER}


def test_a_component_may_cost_less_than_nothing(tmp_path):
    """A rung that carries more than the one before has a negative component, as measured."""
    cost = table(tmp_path, ladder(knees=KNEES | {"stateless_firewall": 2200}))
    parse = named(cost, "component").loc["parse"]
    assert parse["rate_ns"] < 0
    assert parse["counter_ns"] < 0


def test_a_missing_rung_leaves_two_components_unknown(tmp_path):
    """Neither its own nor the next one's cost is guessed, and the note says why."""
    records = [r for r in ladder() if r["identity"]["function"] != "stateless_firewall"]
    components = named(table(tmp_path, records), "component")
    assert components["rate_ns"].isna().to_dict() == {
        "forwarding": False,
        "parse": True,
        "state": True,
        "rewrite": False,
    }
    assert components.loc["state", "note"] == "stateless_firewall: was not measured"


def test_nothing_that_holds_is_said(tmp_path):
    """A rung that loses at every rate has no cost."""
    cost = table(tmp_path, ladder(knees=KNEES | {"nat": 0}))
    nat = named(cost, "rung").loc["nat"]
    assert nat["note"] == "no rate holds"
    assert nat[["rate_ns", "counter_ns", "knee_mbit", "ways_disagree"]].isna().all()


def test_a_knee_at_the_end_of_the_sweep_is_a_bound(tmp_path):
    """Nothing failed: the lower end is unknown, and so is that of what the next rung adds."""
    cost = table(tmp_path, ladder(knees=KNEES | {"forward": 9000}))
    forward = named(cost, "rung").loc["forward"]
    assert forward["note"] == "nothing fails above the knee: costs at most this"
    assert forward[["rate_ns_low", "counter_ns_low"]].isna().all()
    parse = named(cost, "component").loc["parse"]
    assert parse[["rate_ns_high", "counter_ns_high"]].isna().all()


def test_a_single_repetition_has_no_interval(tmp_path):
    """One trial says how much, not how sure; whether the ways agree is not known either."""
    cost = table(tmp_path, ladder(repetitions=1))
    assert cost["rate_ns"].notna().all()
    for name in ("rate_ns_low", "rate_ns_high", "counter_ns_low", "counter_ns_high"):
        assert cost[name].isna().all()
    assert cost["ways_disagree"].isna().all()


@pytest.mark.parametrize("missing", ["section", "clock"])
def test_without_counters_or_clock_one_way_is_left(tmp_path, missing):
    """Records of DUTs that do not count, or whose clock is not known, leave cells empty."""
    columns = {"section": ["switch_cycles_per_packet", "switch_idle_share"], "clock": []}[missing]
    points = table_of(tmp_path, ladder())
    points[[*columns, "tsc_hz"]] = float("nan")
    cost = cost_table(points, 0.005, 0.25)
    assert cost["rate_ns"].notna().all()
    assert cost[["counter_ns", "rate_cycles", "ways_disagree"]].isna().all(axis=None)


def test_sizes_and_flows_are_apart(tmp_path):
    """Eight rows for each frame size and number of flows."""
    records = ladder() + ladder(flows=3000) + ladder(size=1518)
    cost = table(tmp_path, records)
    assert cost.groupby(["frame_size_bytes", "flows"]).size().eq(8).all()
    assert len(cost) == 24
