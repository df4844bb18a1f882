"""The verdict is a pure function of the record: a table of cases."""

import pytest

from middlebench.verdict import decide

LIMITS = {"max_loss_ratio": 0.005, "min_offered_ratio": 0.99, "min_clean_ratio": 0.5}


def record(received=1000, lost=0, skipped=0, clean_s=0.3, learned=100, found=100):
    """A record with what the verdict looks at; 1000 packets were due in its clean time."""
    offered = received + lost + skipped
    gated = {
        "offered": offered,
        "skipped": skipped,
        "received": received,
        "lost": lost,
        "duration_s": clean_s,
        "loss_ratio": lost / (received + lost) if received + lost else None,
    }
    return {
        "identity": {"flows": 100},
        "settings": {"durations": {"window_ms": 300}},
        "asked": {"rate_pps": 3_900_000.0},
        "raw": gated | {"duration_s": 0.9},
        "gated": gated,
        "state": {"learned_flows": learned, "expected_entries": 100, "found_entries": found},
    }


CASES = {
    "nothing lost": (record(), "ok", "lost 0 of 1000 packets in 0.300 s of clean time"),
    "as much lost as allowed": (record(received=995, lost=5), "ok", "lost 5 of 1000"),
    "more lost than allowed": (record(received=994, lost=6), "overloaded", "lost 6 of 1000"),
    "half skipped": (record(received=500, skipped=500), "generator_limited", "of 3.90 Mpps asked"),
    "a hundredth skipped": (record(received=990, skipped=10), "ok", "lost 0 of 990"),
    "skipped and lost": (record(500, 100, 400), "generator_limited", "Mpps asked"),
    "half the clean time": (record(clean_s=0.15), "ok", "0.150 s of clean time"),
    "less than half": (record(clean_s=0.149), "disturbed", "0.149 s of clean time in 0.9 s"),
    "nothing received": (record(received=0, lost=1000), "failed", "nothing came back"),
    "a flow missing": (record(learned=99), "failed", "only 99 of 100 flows"),
    "state lost": (record(found=90), "failed", "tracks 90 connections, expected 100"),
    "state lost on a disturbed machine": (record(found=90, clean_s=0), "failed", "tracks 90"),
}


@pytest.mark.parametrize("case", CASES)
def test_verdict(case):
    """Each case has its verdict, and a reason that names the numbers behind it."""
    given, name, reason = CASES[case]
    verdict = decide(given, LIMITS)
    assert verdict.name == name
    assert reason in verdict.reason
