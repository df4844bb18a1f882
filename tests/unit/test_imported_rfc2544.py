"""Tables of MoonGen's RFC 2544 benchmarks, read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurations import outcome
from middlebench.errors import ConfigError
from middlebench.imported.rfc2544 import benchmark
from other_generators import BACK_TO_BACK, FRAMELOSS, LATENCY, THROUGHPUT, files


def table_points(text, frame_size=64):
    """The points of a table."""
    with files({"a.csv": text}):
        return benchmark({"path": "a.csv"}, frame_size)


def test_throughput_has_an_iteration_a_line():
    """Packets that were sent in so many seconds, the loss that was allowed in percent."""
    first, second = table_points(THROUGHPUT)
    assert (first.kind, first.offered_pps, first.duration_s) == ("throughput", 1.5e6, 10)
    assert (first.sent, first.received, first.received_pps) == (15_000_000, 14_999_000, 1_499_900)
    assert first.loss_ratio == pytest.approx(1000 / 15_000_000)
    assert first.allowed_loss_ratio == pytest.approx(0.001)
    assert (second.offered_pps, second.loss_ratio, second.latency) == (1.25e6, 0, None)
    assert [point.offered_pps for point in table_points(THROUGHPUT, 128)] == [1.2e6, 1.2e6]


def test_latency_is_a_point_a_rate():
    """Mpps that were sent; each latency with its count."""
    (point,) = table_points(LATENCY)
    assert (point.kind, point.offered_pps, point.loss_ratio) == ("trial", 0.5e6, None)
    latency = point.latency
    assert (latency.count, latency.p50, latency.p99) == (100, (1006.4, 1006.4), (9000, 9000))
    assert latency.mean == pytest.approx((30 * 1000 + 60 * 1006.4 + 10 * 9000) / 100)
    assert table_points(LATENCY, 128)[0].latency.count == 5


def test_frameloss_is_a_point_a_load():
    """What was received stands before what was sent."""
    points = table_points(FRAMELOSS)
    assert [point.offered_pps for point in points] == [1.2e6, 1e6, 5e4]
    assert [point.loss_ratio for point in points] == [0.25, 0.1, 0]
    assert [point.received_pps for point in points] == [9e5, 9e5, 5e4]
    more = FRAMELOSS.replace("500000,500000,0", "500005,500000,-0.001")
    assert table_points(more)[-1].loss_ratio == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BACK_TO_BACK, "a.csv:1: lengths of bursts, at no rate; allowed: throughput.csv, latency"),
        ("", "a.csv:1: '' is no heading; allowed: throughput.csv"),
        ("a,b\n1,2\n", "a.csv:1: 'a,b' is no heading; "),
        (FRAMELOSS.replace("64", "65"), "a.csv: no line of 64 B frames; allowed: 65, 128"),
        (FRAMELOSS.split("\n")[0] + "\n", "a.csv: no line of 64 B frames; allowed: none: it has"),
        (FRAMELOSS[:-1], "a.csv:5: the last line does not end, the file was cut; "),
        (FRAMELOSS.replace(",25\n", ",2.5\n"), "a.csv:2: frameloss in %: 2.5; allowed: what the "),
        (FRAMELOSS.replace(",25\n", "\n"), "a.csv:2: 5 fields; allowed: 6 (percent of link rate"),
        (FRAMELOSS.replace("9000000,12000000,25", "0,0,nan"), "a.csv:2: 0 packets sent; allowed: "),
        (FRAMELOSS.replace(",25\n", ",nan\n"), "a.csv:2: frameloss in %: 'nan'; allowed: a number"),
        (FRAMELOSS.replace("500000,500000,0", "600000,500000,-20"), "a.csv:4: 600000 packets rec"),
        (FRAMELOSS.replace("1,64,10,", "1,64,0,"), "a.csv:2: duration: '0'; allowed: a number ab"),
        (THROUGHPUT.replace("1.5,15000000,14", "1.5,15000000,16"), "a.csv:2: 16999000 packets re"),
        (THROUGHPUT.replace("1.25,12500000", "1.2,12500000"), "a.csv:3: mpps: 1.2; allowed: sent "),
        (THROUGHPUT.replace("1.5,15000000,14999000", "0,0,0"), "a.csv:2: mpps: '0'; allowed: a nu"),
        (LATENCY.replace("1006.4,60", "999,60"), "a.csv:2: latencies of 500000 packets/s do not g"),
        (LATENCY.replace("1006.4,60", "x,60"), "a.csv:3: latency: 'x'; allowed: a number, 0 or "),
    ],
)
def test_a_table_that_says_something_else_is_refused(text, told):
    """In one line, with file, line and field."""
    with pytest.raises(ConfigError) as caught:
        table_points(text)
    assert str(caught.value).startswith(told)
    assert "allowed: " in str(caught.value)


LOADS = st.tuples(st.integers(1, 10**9), st.floats(0, 1), st.integers(1, 100))


@settings(max_examples=40)
@given(st.lists(LOADS, min_size=1, max_size=20), st.sampled_from([64, 1518]))
def test_loads_come_back_as_they_were_written(loads, size):
    """With the 14 digits of Lua's numbers."""
    heading, lines = FRAMELOSS.split("\n")[0], []
    for sent, share, seconds in loads:
        received = int(sent * share)
        lost = 100 * (sent - received) / sent
        lines.append(f"1,{size},{seconds},{received},{sent},{lost:.14g}")
    points = table_points("\n".join([heading, *lines]) + "\n", size)
    for point, (sent, share, seconds) in zip(points, loads, strict=True):
        assert (point.sent, point.received) == (sent, int(sent * share))
        assert point.offered_pps == pytest.approx(sent / seconds)
        assert point.loss_ratio == (sent - point.received) / sent


PARTS = [line for of in (THROUGHPUT, LATENCY, FRAMELOSS, BACK_TO_BACK) for line in of.split("\n")]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(PARTS), max_size=8), st.text(max_size=20))
def test_any_table_is_points_or_one_line(parts, more):
    """Nothing else is raised, whatever stands in a table."""
    told = outcome(table_points, "\n".join(parts) + more)
    assert told is None or ("\n" not in told.strip() and "allowed: " in told)
