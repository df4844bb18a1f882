"""From softgen's result to a point record."""

import json
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.errors import RecordError
from middlebench.records import record
from records import make_record

RESULT = {
    "foreign": 3,
    "late": 1,
    "raw": {
        "duration_s": 2.0,
        "offered": 1000,
        "sent": 900,
        "refused": 60,
        "skipped": 40,
        "received": 890,
        "arrived": 893,
        "duplicated": 2,
        "out_of_order": 1,
        "latency": {
            "count": 890,
            "min_ns": 605.0,
            "mean_ns": 700.0,
            "max_ns": 990.0,
            "histogram": [[600.0, 610.0, 445], [980.0, 1000.0, 445]],
        },
        "latency_sent": {
            "count": 890,
            "min_ns": 505.0,
            "mean_ns": 600.0,
            "max_ns": 890.0,
            "histogram": [[500.0, 510.0, 445], [880.0, 900.0, 445]],
        },
    },
}


def test_a_refused_packet_is_lost_where_the_queue_is_the_duts():
    """On a virtual testbed the full queue drops like a NIC's; on hardware nothing was put in."""
    virtual = record.tally(RESULT, "raw", virtual=True)
    hardware = record.tally(RESULT, "raw", virtual=False)
    assert (virtual["lost"], virtual["loss_ratio"]) == (70, 70 / 960)
    assert (hardware["lost"], hardware["loss_ratio"]) == (10, 10 / 900)
    assert virtual["received_pps"] == 445.0


def test_latency_is_from_when_a_packet_was_due_and_that_since_it_was_sent_stands_beside_it():
    """A summary of its own, of all time alone, without a histogram."""
    raw = record.tally(RESULT, "raw", virtual=True)
    assert (raw["latency"]["p50_ns"], raw["latency_sent"]["p50_ns"]) == (610.0, 510.0)
    assert "histogram" not in raw["latency_sent"]
    gated = record.tally(RESULT | {"gated": RESULT["raw"]}, "gated", virtual=True)
    assert gated["latency_sent"] is None


def test_what_was_not_measured_is_none():
    """No time, no packets, no replies: no rate, no loss ratio, no latency, and never a 0."""
    empty = dict.fromkeys(RESULT["raw"], 0) | {"latency": None}
    part = record.tally(RESULT | {"gated": empty}, "gated", virtual=True)
    assert [part[key] for key in ("offered_pps", "loss_ratio", "latency", "foreign")] == [None] * 4


def test_quantiles_lie_between_the_least_and_the_greatest_sample():
    """They are interpolated in buckets, but the ends are known exactly."""
    summary = record.latency(RESULT["raw"]["latency"])
    assert summary["p25_ns"] == 605.0
    assert summary["p50_ns"] == 610.0
    assert summary["p99_9_ns"] == 990.0


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_is_within_one_bucket_of_the_exact_one(samples, share):
    """Buckets 1 % wide give quantiles to 1 %."""
    counted: dict[int, int] = {}
    for sample in samples:
        low = sample // max(1, sample // 100) * max(1, sample // 100)
        counted[low] = counted.get(low, 0) + 1
    lower = sorted(counted)
    upper = [low + max(1, (low + low // 50) // 100 + 1) for low in lower]
    counts = [counted[low] for low in lower]
    below = list(accumulate(counts))
    value = record.quantile(lower, upper, below, share, (min(samples), max(samples)))
    ordered = sorted(samples)
    exact = ordered[
        min(len(ordered) - 1, max(0, -(-round(share * len(ordered), 9) // 1) - 1).__int__())
    ]
    assert value == pytest.approx(exact, rel=0.06, abs=2)


def test_a_record_of_another_form_is_refused():
    """The schema knows every key: one more, one less or a wrong type is an error of one line."""
    good = make_record()
    record.check(good)
    for path, wrong in ((["raw", "sent"], -1), (["verdict", "name"], "good"), (["schema"], 1)):
        bad = json.loads(json.dumps(good))
        target = bad
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = wrong
        with pytest.raises(RecordError, match=path[-1]):
            record.check(bad)
    with pytest.raises(RecordError, match="note"):
        record.check(good | {"note": "mine"})


def test_a_record_is_written_whole_and_alone(tmp_path):
    """No temporary name stays beside it."""
    record.write(make_record(), tmp_path / "point.json")
    assert [path.name for path in tmp_path.iterdir()] == ["point.json"]
    written = json.loads((tmp_path / "point.json").read_text())
    assert list(written)[:2] == ["schema", "made_from"]
    assert len(written.pop("seal")) == 64
    assert written == make_record()


def test_a_number_that_is_not_json_is_never_written(tmp_path):
    """One line, and no file."""
    with pytest.raises(RecordError, match=r"point\.json: .*not JSON"):
        record.write({"x": float("nan")}, tmp_path / "point.json")
    assert list(tmp_path.iterdir()) == []
