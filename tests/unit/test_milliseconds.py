"""Clean milliseconds of a switch by state, and whether two generators agree: with known answers."""

import pytest

from agreeing import by_state, check_agree, ratio
from milliseconds import Carried, Onlooked, carried_by_state, read_onlooked, read_rows

TSC_HZ = 2e9
PER_MS = 2_000_000
ALONE, SHARED = "idle_idle_near", "busy_idle_near"
HEAD = "   ms             iterations   cycles/it    Kpps         cycles/pkt\n"


def text(rows):
    """As the switch prints it, latest first: (ms, cycles a turn, packets, busy cycles a packet)."""
    lines = [
        f"   {ms:<12}   {100:<11}  {turn:<11}  {packets:<11}  {busy:<11}  32           1024"
        "         0            0          \n"
        for ms, turn, packets, busy in reversed(rows)
    ]
    return HEAD + "".join(lines)


def plain(count, **changed):
    """Rows of 2000 packets that kept the switch busy; `r5={...}` changes row 5."""
    rows = [
        {"ms": 100 + n, "turn": PER_MS // 100, "packets": 2000, "busy": 1000} for n in range(count)
    ]
    for name, change in changed.items():
        rows[int(name[1:])] |= change
    return read_rows(text([tuple(row.values()) for row in rows]))


def seen(count, states=None):
    """All milliseconds alone, but those of `states`."""
    of = {100 + n: ALONE for n in range(count + 1)} | (states or {})
    return Onlooked(TSC_HZ, 3000.0, of)


def test_rows_are_read_in_order_of_time_and_each_once():
    """Two histories overlap."""
    rows = plain(5)
    assert [row.begin_ms for row in rows] == [100, 101, 102, 103, 104]
    assert rows[0].cycles == PER_MS
    assert rows[0].idle == 0
    both = text([(1, 20000, 7, 9)] * 1) + text([(1, 20000, 7, 9), (2, 20000, 8, 9)])
    assert [row.packets for row in read_rows(both)] == [7, 8]


def test_clean_rows_are_counted_by_their_own_length():
    """All but those at the ends, which have not all their neighbours."""
    found = carried_by_state(plain(10), seen(10))
    assert found == {ALONE: Carried(7 * 2000, pytest.approx(0.007), 3000.0)}


@pytest.mark.parametrize(
    "change",
    [{"turn": 60_000}, {"packets": 900}, {"turn": 10_000}],
    ids=["the CPU was away", "the generator was away", "too short"],
)
def test_what_is_not_clean_is_left_out_with_those_around(change):
    """The row, two before it and one after."""
    found = carried_by_state(plain(20, r10=change), seen(20))
    assert found[ALONE].packets == (17 - 4) * 2000


def test_a_row_that_is_missing_leaves_out_those_around():
    """A stop of several milliseconds is one long row, or none."""
    rows = plain(20)
    del rows[10]
    assert carried_by_state(rows, seen(20))[ALONE].packets == (16 - 3) * 2000


def test_rows_of_each_state_are_counted_apart():
    """A row between two states is of none, one that nobody saw neither."""
    states = {100 + n: SHARED for n in range(10, 15)} | {119: "unknown"}
    found = carried_by_state(plain(20), seen(20, states))
    assert found[SHARED].packets == 4 * 2000  # rows 10 to 13
    assert found[ALONE].packets == (17 - 4 - 2) * 2000 + 0  # not 9 and 14


def test_what_the_onlooker_prints_is_read():
    """A line of frequencies, then one a millisecond."""
    assert read_onlooked(f"2000000000 3000.0\n7 {ALONE}\n8 unknown\n") == Onlooked(
        TSC_HZ, 3000.0, {7: ALONE, 8: "unknown"}
    )


def test_cycles_a_packet_do_not_follow_the_clock():
    """Twice the clock, twice the packets: the same cost."""
    slow, fast = Carried(1000, 1.0, 1000.0), Carried(2000, 1.0, 2000.0)
    assert by_state([{ALONE: slow}])[ALONE] == (1.0, 1e6)
    assert by_state([{ALONE: slow}, {ALONE: fast}])[ALONE] == (2.0, 1e6)
    assert ratio([{ALONE: slow}], [{ALONE: fast}]) == (ALONE, 1.0)


def test_the_ratio_is_of_the_state_that_both_have_most_of():
    """And of no mixture; too little says nothing."""
    ours = {ALONE: Carried(1030, 0.5, 1.0), SHARED: Carried(600, 1.0, 1.0)}
    other = {ALONE: Carried(1000, 0.5, 1.0), SHARED: Carried(50, 0.1, 1.0)}
    assert ratio([ours], [other]) == (ALONE, pytest.approx(1.03))
    assert ratio([ours], [{ALONE: Carried(100, 0.05, 1.0)}]) is None
    assert ratio([ours], [{}]) is None


@pytest.mark.parametrize(
    ("value", "agrees"), [(1.0, True), (1.019, True), (0.97, False), (1.03, False)]
)
def test_what_is_more_than_2_percent_apart_is_named(value, agrees):
    """With its load and its ratio."""
    if agrees:
        check_agree({"100 flows": value, "1 flow": 1.0})
        return
    with pytest.raises(AssertionError, match=rf"100 flows: {value:.4f}$"):
        check_agree({"100 flows": value, "1 flow": 1.0})
