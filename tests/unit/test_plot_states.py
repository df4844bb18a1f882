"""Figures of series never mix states of the machine: other states are hollow, and counted."""

import pytest

from figures import draw, hollow, overlapping, texts
from records import make_record

SHARED = {"busy_idle_near": 0.9, "unknown": 0.1}
FAR = {"idle_idle_far": 1.0}


def series(**more):
    """Records of two rates, two of three alone, at 1 us; the third is slower and loses a fifth."""
    return [
        make_record(rate_mbit=rate, repetition=number, median_ns=1000.0 * number, **of, **more)
        for rate in (100, 200)
        for number, of in enumerate(
            ({}, {}, {"states": SHARED, "loss_ratio": 0.2, "verdict": "overloaded"}), start=1
        )
    ]


def test_points_of_another_state_are_off_the_lines(tmp_path):
    """Medians are of the main state alone; the others are marked at their own values."""
    latency, loss, packet_rate = draw(tmp_path, series()).axes
    assert list(latency.lines[0].get_ydata()) == [1500, 1500]
    for ax, value in ((latency, 3000), (loss, 20)):
        assert hollow(ax) == [(rate, pytest.approx(value, rel=1e-3)) for rate in (100, 200)]
    assert hollow(packet_rate)[1] == (200, pytest.approx(0.8 * 0.390625, rel=1e-2))


def test_the_state_of_a_figure_is_said_once(tmp_path):
    """In a column's title, in the legend, and in a line of the footer."""
    words = texts(draw(tmp_path, series())).splitlines()
    assert "100 flows, alone" in words
    assert "beside a busy sibling (2 points)" in words
    assert "Judged alone: 4 of 6 points; 2 beside a busy sibling are hollow." in words
    assert "6 of 6 points hold" in " ".join(words)


def test_columns_may_be_of_different_states(tmp_path):
    """Each names its own, and counts the others."""
    other = [make_record(flows=7, rate_mbit=rate, states=SHARED) for rate in (100, 200)]
    words = texts(draw(tmp_path, [*series(), *other])).splitlines()
    assert {"100 flows, alone", "7 flows, beside a busy sibling"} <= set(words)
    line = "Judged in the state of their column: 6 of 8 points; 2 beside a busy sibling are hollow."
    assert line in words


def test_where_states_were_not_asked_for_nothing_speaks_of_them(tmp_path):
    """As on a hardware testbed."""
    records = [make_record(rate_mbit=rate, states=None) for rate in (100, 200)]
    figure = draw(tmp_path, records)
    assert "100 flows" in texts(figure).splitlines()
    assert "Judged" not in texts(figure)


def test_one_state_alone_has_no_hollow_marker(tmp_path):
    """The line counts all points; nothing is said of others."""
    figure = draw(tmp_path, [make_record(rate_mbit=rate) for rate in (100, 200)])
    assert [hollow(ax) for ax in figure.axes] == [[], [], []]
    assert "Judged alone: 2 of 2 points." in texts(figure).splitlines()


def test_what_does_not_hold_is_not_judged_in_a_state_that_it_had_not(tmp_path):
    """Points that say nothing are drawn in any state, and counted in their own; so are retries."""
    records = [
        make_record(rate_mbit=100, states=SHARED),
        make_record(rate_mbit=200, verdict="disturbed"),
        make_record(rate_mbit=200, repetition=2, verdict="disturbed"),
        make_record(rate_mbit=200, repetition=3, states=SHARED),
    ]
    words = " ".join(texts(draw(tmp_path, records)).split())
    judged = "Judged beside a busy sibling: 2 of 4 points; 2 that do not hold had another state."
    assert judged in words
    assert "4 points, 1 to 3 repetitions (retries among them) a rate" in words


def test_labels_of_states_do_not_overlap(tmp_path):
    """With points of three states, and of two verdicts that say nothing."""
    more = [
        make_record(rate_mbit=300, states=FAR),
        make_record(rate_mbit=300, repetition=2, verdict="disturbed"),
        make_record(rate_mbit=300, repetition=3, verdict="stalled"),
    ]
    assert overlapping(draw(tmp_path, [*series(), *more])) == ([], [])


def test_latency_says_from_when_it_counts(tmp_path):
    """On its axis."""
    assert "packet was due" in draw(tmp_path, series()).axes[0].get_ylabel()
