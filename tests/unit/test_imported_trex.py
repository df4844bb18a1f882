"""JSON of TRex's stateless client and of its search for a non-drop rate, read."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurations import outcome
from middlebench.errors import ConfigError
from middlebench.imported import trex
from middlebench.imported.trex import BUCKETS_US
from other_generators import files, trex_group, trex_ndr, trex_stats


def trex_points(read, document, **besides):
    """The points of a document, or of a text."""
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    with files({"a.json": text}):
        return read({"path": "a.json", **besides}, 64)


def test_statistics_are_a_point():
    """Rates of the moment; both packet groups together."""
    (point,) = trex_points(trex.stats, trex_stats())
    assert (point.kind, point.sent, point.received) == ("trial", 10_000_000, 9_000_000)
    assert (point.offered_pps, point.received_pps) == (976562.5, 878906.25)
    assert point.loss_ratio == pytest.approx(0.1)
    latency = point.latency
    assert (latency.count, latency.minimum, latency.maximum) == (100, 5000, 241_000)
    assert (latency.p50, latency.p99) == ((0, 10_000), (200_000, 300_000))
    assert latency.mean is None


def test_statistics_of_after_the_traffic_need_its_duration():
    """Rates are 0 then; packets/s are those of the duration."""
    (point,) = trex_points(trex.stats, trex_stats(tx_pps=0, rx_pps=0), duration_s=20)
    assert (point.offered_pps, point.received_pps, point.duration_s) == (500_000, 450_000, 20)


def test_a_search_is_its_result():
    """The loss that it allowed is in percent, as the loss is."""
    (point,) = trex_points(trex.ndr, trex_ndr())
    assert (point.kind, point.offered_pps, point.received_pps) == ("throughput", 1.25e6, 1_249_375)
    assert point.loss_ratio == pytest.approx(0.0005)
    assert point.allowed_loss_ratio == pytest.approx(0.001)
    assert (point.latency.count, point.latency.p50) == (10, (10_000, 20_000))


def test_without_packet_groups_there_is_no_latency():
    """No group, or one of which nothing came back."""
    assert trex_points(trex.stats, trex_stats() | {"latency": {}})[0].latency is None
    assert trex_points(trex.ndr, trex_ndr(latency={}))[0].latency is None
    lost = {"5": trex_group({}, least=0, most=0)}
    assert trex_points(trex.ndr, trex_ndr(latency=lost))[0].latency.count == 0


def test_frames_with_and_without_their_fcs_are_known():
    """Drivers differ in what they count."""
    assert trex_points(trex.stats, trex_stats(obytes=600_000_000))


@pytest.mark.parametrize(
    ("read", "document", "told"),
    [
        (trex.stats, trex_stats(tx_pps=0), "a.json: total.tx_pps: 0, so the traffic had ended; "),
        (trex.stats, trex_stats(obytes=10**9), "a.json: total.obytes: frames of 100.0 B on avera"),
        (trex.stats, trex_stats(opackets=0), "a.json: total: 0 packets sent; allowed: 1 or more"),
        (trex.stats, trex_stats(opackets=1.5), "a.json: total.opackets: 1.5; allowed: a whole n"),
        (trex.stats, trex_stats(ipackets="9"), 'a.json: total.ipackets: "9"; allowed: a number'),
        (trex.stats, trex_stats(ipackets=-9), "a.json: total.ipackets: -9; allowed: a number, 0"),
        (trex.stats, trex_stats(ipackets=True), "a.json: total.ipackets: true; allowed: a number"),
        (trex.stats, trex_stats(ipackets=2 * 10**7), "a.json: total: 20000000 packets received "),
        (trex.stats, {"total": 1}, "a.json: total: 1; allowed: an object"),
        (trex.stats, {}, "a.json: total: is missing; allowed: what TRex writes there"),
        (trex.stats, [], "a.json: []; allowed: an object"),
        (trex.stats, trex_ndr(), "a.json: total: is missing; "),
        (trex.stats, '{"total": {"opackets": 1', "a.json: no JSON: "),
        (trex.stats, '{"total": NaN}', "a.json: no JSON: the number NaN is not JSON; allowed: "),
        (trex.stats, b"\xff", "a.json: no JSON: not UTF-8 at byte 0; "),
        (trex.ndr, trex_stats(), "a.json: results: is missing; "),
        (trex.ndr, trex_ndr(tx_pps=0), "a.json: results.tx_pps: 0; allowed: above 0"),
        (trex.ndr, trex_ndr(tx_bps=1e9), "a.json: results.tx_bps: frames of 100.0 B on average"),
        (trex.ndr, trex_ndr(drop_rate_percentage=3.5), "a.json: results.drop_rate_percentage: 3.5"),
        (trex.ndr, trex_ndr(queue_full_percentage=9), "a.json: results.queue_full_percentage: 9; "),
        (
            trex.ndr,
            trex_ndr(latency={"5": trex_group({"15": 1})}),
            "a.json: results.latency.5.histogram.15: no bucket of TRex; allowed: 0, 10, 20, ..., ",
        ),
        (
            trex.ndr,
            trex_ndr(latency={"5": trex_group({"10": 1.5})}),
            "a.json: results.latency.5.histogram.10: 1.5; allowed: a whole number",
        ),
        (
            trex.ndr,
            trex_ndr(latency={"5": trex_group({"10": 1}, least="N/A")}),
            'a.json: results.latency.5.total_min: "N/A"; allowed: a number',
        ),
    ],
)
def test_what_is_no_result_is_refused(read, document, told):
    """In one line, with the file and the way to what is wrong."""
    with pytest.raises(ConfigError) as caught:
        trex_points(read, document)
    assert str(caught.value).startswith(told)
    assert "; allowed: " in str(caught.value)


LATENCIES_US = st.lists(st.floats(0, 999_999), min_size=1, max_size=60)


def bucket_of(latency_us):
    """The key under which TRex counts a latency: src/time_histogram.cpp:115-140."""
    if latency_us < 10:
        return 0
    digit, decade = int(latency_us / 10), 1
    while digit >= 10:
        digit, decade = digit // 10, decade + 1
    return digit * 10**decade


@settings(max_examples=40)
@given(LATENCIES_US)
def test_quantiles_lie_between_their_bounds(latencies):
    """Counted as TRex counts: the value of the rank is in the bucket, and none is lost."""
    counts: dict[str, int] = {}
    for latency in latencies:
        counts[str(bucket_of(latency))] = counts.get(str(bucket_of(latency)), 0) + 1
    group = trex_group(counts, min(latencies), max(latencies))
    (point,) = trex_points(trex.ndr, trex_ndr(latency={"5": group}))
    every = sorted(latencies)
    for (low, high), percent in ((point.latency.p50, 50), (point.latency.p99, 99)):
        rank = next(n for n in range(1, len(every) + 1) if 100 * n >= percent * len(every))
        assert low <= 1000 * every[rank - 1] < high
    assert point.latency.count == len(every)


def test_buckets_meet():
    """Each ends where the next begins, from 0 to 1 s."""
    starts = sorted(BUCKETS_US)
    assert [BUCKETS_US[start] for start in starts] == [*starts[1:], 10**6]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**9) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["total", "5", "latency", "histogram"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
PATHS = [("total",), ("total", "tx_pps"), ("latency",), ("latency", "5"), ("total", "opackets")]
PATHS += [("results",), ("results", "latency"), ("config", "pdr"), ("results", "tx_bps")]


@settings(max_examples=40)
@given(st.sampled_from(PATHS), VALUES)
def test_any_value_anywhere_is_a_point_or_one_line(path, value):
    """Nothing else is raised, whatever stands in a document."""
    read, document = (
        (trex.stats, trex_stats()) if path[0] in trex_stats() else (trex.ndr, trex_ndr())
    )
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    told = outcome(lambda found: trex_points(read, found), document)
    assert told is None or ("\n" not in told.strip() and "allowed: " in told)
