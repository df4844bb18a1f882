"""Which points are measured once more."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.errors import RecordError
from middlebench.repetitions import Try, describe, plan, reason_for_more
from records import make_record

SETTINGS = {
    "min": 3,
    "max": 5,
    "retries": 2,
    "latency_width_ratio": 0.3,
    "loss_width_ratio": 0.3,
    "loss_width": 0.005,
}
OK = Try("ok", 1000.0, 0.0)
DISTURBED = Try("disturbed", 1000.0, 0.0)
TIGHT = [OK, Try("ok", 1050.0, 0.0), Try("ok", 950.0, 0.001)]


def overloaded(loss):
    """A repetition that lost so much."""
    return Try("overloaded", 1000.0, loss)


CASES = {
    "three alike": (TIGHT, None),
    "too few": ([OK, OK], "too little clean time"),
    "latencies differ": ([OK, OK, Try("ok", 2000.0, 0.0)], "latency too wide"),
    "a width of just the ratio": ([OK, OK, Try("ok", 1300.0, 0.0)], None),
    "losses differ around the limit": ([OK, OK, overloaded(0.02)], "loss too wide"),
    "losses differ by less than can be told": ([OK, OK, Try("ok", 1000.0, 0.005)], None),
    "far above the knee a share counts": (
        [overloaded(0.50), overloaded(0.55), overloaded(0.60)],
        None,
    ),
    "wide, but enough": ([OK, OK, overloaded(0.5), OK, overloaded(0.5)], None),
    "one disturbed": ([OK, OK, DISTURBED], "too little clean time"),
    "tight after a disturbed one": ([DISTURBED, *TIGHT], None),
    "two disturbed": ([DISTURBED, OK, DISTURBED, OK], "too little clean time"),
    "all disturbed": ([DISTURBED] * 3, "too little clean time"),
    "disturbed again and again": ([DISTURBED] * 5, None),
    "enough after retries, but wide": (
        [DISTURBED, DISTURBED, OK, OK, overloaded(0.5)],
        "loss too wide",
    ),
    "a disturbed one beside five": ([OK, OK, overloaded(0.5), OK, DISTURBED, OK], None),
    "the generator could not": ([Try("generator_limited", 1000.0, 0.0)], None),
    "above line rate": ([Try("above_line_rate", None, None)], None),
    "nothing valid": ([Try("failed", None, None)] * 3, None),
    "one of three valid": ([OK, Try("stalled", None, None), Try("failed", None, None)], "too wide"),
}


@pytest.mark.parametrize("case", CASES)
def test_reason_for_more(case):
    """Each case with the reason in words, or none."""
    tries, reason = CASES[case]
    found = reason_for_more(tries, SETTINGS)
    assert (found is None) == (reason is None)
    assert reason is None or reason in found


TRIES = st.sampled_from([OK, DISTURBED, overloaded(0.4), Try("failed", None, None)])


@given(st.lists(TRIES, max_size=12))
def test_repetition_ends(tries):
    """Never more than `max` repetitions and `retries` to make up for disturbed ones."""
    if reason_for_more(tries, SETTINGS):
        assert len(tries) < SETTINGS["max"] + SETTINGS["retries"]


def write(folder, rate, repetition, **about):
    """A record where the grid would write it."""
    path = folder / f"{rate}mbit_{repetition}.json"
    path.write_text(json.dumps(make_record(rate_mbit=rate, repetition=repetition, **about)))
    return path


def test_a_plan_names_the_next_record_of_each_loose_point(tmp_path):
    """Points that are tight are not in it; the number follows the highest there is."""
    paths = [write(tmp_path, 100, n) for n in (1, 2, 3)]
    paths += [write(tmp_path, 200, n, median_ns=1000.0 * n) for n in (1, 2, 3)]
    paths += [write(tmp_path, 300, n, verdict="disturbed" if n == 2 else "ok") for n in (1, 2, 3)]
    planned = plan(reversed(paths), SETTINGS)
    expected = {str(tmp_path / "200mbit_4.json"), str(tmp_path / "300mbit_4.json")}
    assert set(planned["more"]) == expected
    assert planned["why"] == {"interval of the latency too wide": 1, "too little clean time": 1}
    assert describe(planned).startswith("2 points are repeated (1: ")


def test_an_empty_plan_says_so():
    """The end of a series of plans."""
    assert describe(plan([], SETTINGS)) == "no point needs another repetition"


def test_a_broken_record_is_an_error(tmp_path):
    """One line that names the file."""
    path = write(tmp_path, 100, 1)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(RecordError, match=r"100mbit_1\.json: truncated"):
        plan([path], SETTINGS)
