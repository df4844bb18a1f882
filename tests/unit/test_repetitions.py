"""Whether a point is measured once more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.analysis.repetitions import Try, reason_for_more

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
LIMITED = Try("generator_limited", 1000.0, 0.0)
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
    "the generator could not": ([LIMITED], None),
    "the generator could not, and was disturbed": ([DISTURBED, LIMITED, DISTURBED], None),
    "the generator could not once": ([OK, LIMITED, OK], "offered too little once, not always"),
    "neither clean nor fast each time": ([OK, LIMITED, DISTURBED], "offered too little once"),
    "the generator could not once, made up for": ([LIMITED, *TIGHT], None),
    "the generator could not once, but wide": ([OK, OK, LIMITED, Try("ok", 2e3, 0.0)], "too wide"),
    "the generator could not again and again": ([OK, *[LIMITED] * 4], None),
    "above line rate": ([Try("above_line_rate", None, None)], None),
    "nothing valid": ([Try("failed", None, None)] * 3, None),
    "two hold, one hung": ([OK, OK, Try("stalled", None, None)], "loss too wide"),
    "seven of range beside one that strays": ([*[OK] * 7, overloaded(0.5)], None),
    "one of three valid": ([OK, Try("stalled", None, None), Try("failed", None, None)], "too wide"),
}


@pytest.mark.parametrize("case", CASES)
def test_reason_for_more(case):
    """Each case with the reason in words, or none."""
    tries, reason = CASES[case]
    found = reason_for_more(tries, SETTINGS)
    assert (found is None) == (reason is None)
    assert reason is None or reason in found


TRIES = st.sampled_from([OK, DISTURBED, LIMITED, overloaded(0.4), Try("failed", None, None)])


@given(st.lists(TRIES, max_size=12))
def test_repetition_ends(tries):
    """Never more than `max` repetitions and `retries` to make up for disturbed ones."""
    if reason_for_more(tries, SETTINGS):
        assert len(tries) < SETTINGS["max"] + SETTINGS["retries"]
