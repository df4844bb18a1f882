"""What a DUT carried at least, where the generator was the limit."""

import pytest

from middlebench.analysis.tables import series_table
from middlebench.records.at_least import at_least_pps
from middlebench.records.record import describe
from middlebench.records.table import table_of
from records import make_record

PPS = 976562.5
"""500 Mbit/s of 64 B frames."""


def limited(**more):
    """A trial at 500 Mbit/s of which the generator made nine tenths."""
    return make_record(**{"skipped_ratio": 0.1, **more})


@pytest.mark.parametrize(
    ("record", "share"),
    [
        (limited(), 0.9),
        (limited(loss_ratio=0.003), 0.897),
        (limited(loss_ratio=0.2), None),
        (make_record(), None),
        (make_record(loss_ratio=0.2), None),
        (make_record(verdict="disturbed"), None),
        (make_record(verdict="failed"), None),
    ],
    ids=["carried", "nearly", "lost too", "all made", "overloaded", "disturbed", "failed"],
)
def test_what_came_back_of_a_load_that_was_short(record, share):
    """If the DUT lost next to nothing of it; other verdicts say what they say by themselves."""
    found = at_least_pps(record)
    assert found == ({} if share is None else {"alone": pytest.approx(share * PPS, rel=1e-4)})


def test_what_the_generator_did_not_fetch_came_through():
    """A fifth was lost, 90 of 100 frames of it behind the DUT: four fifths are a lower end."""
    record = make_record(loss_ratio=0.2)
    record["verdict"]["name"] = "generator_limited"
    record["totals"]["switch"] = {"inside_rx_drop": 10_000, "outside_unread": 90_000}
    assert at_least_pps(record) == {"alone": pytest.approx(0.8 * PPS, rel=1e-4)}
    record["totals"]["switch"] = {"inside_rx_drop": 90_000, "outside_unread": 10_000}
    assert at_least_pps(record) == {}


NEAR = {"ceiling_pps": 1.1 * PPS}


def test_near_the_ceiling_it_is_of_the_duts_own_neighbour():
    """Half of the time alone, the generator's sibling busy; half of it beside a busy one."""
    both = {"idle_busy_near": 0.5, "busy_busy_near": 0.5}
    found = at_least_pps(limited(states=both, **NEAR))
    assert found == dict.fromkeys(
        ("alone", "shared", "generator_shared"), pytest.approx(0.9 * PPS, rel=1e-3)
    )
    lost = at_least_pps(limited(states=both, losses={"busy_busy_near": 0.3}, **NEAR))
    assert set(lost) == {"alone"}
    carried = make_record(states={"idle_busy_near": 0.9, "busy_busy_near": 0.1}, **NEAR)
    assert set(at_least_pps(carried)) == {"alone"}, describe(carried)
    assert at_least_pps(make_record(states=both)) == {}


def test_the_capacity_of_a_series_is_at_least_that():
    """Six trials that the generator limited, with no other that counts."""
    points = table_of((limited(repetition=n), str(n)) for n in range(1, 7))
    row = series_table(points, 0.005, 0.25).iloc[0]
    assert row["capacity_low_pps"] == pytest.approx(0.9 * PPS, rel=1e-4)
    assert row["capacity_level"] > 0.97
    assert row[["capacity_pps", "capacity_high_pps"]].isna().all()
