"""The verdict is a pure function of the record: a table of cases."""

import pytest

from middlebench.verdict import decide

LIMITS = {"max_loss_ratio": 0.005, "min_offered_ratio": 0.99, "min_clean_ratio": 0.5}


def record(received=1000, lost=0, skipped=0, clean_s=0.3, **about):
    """A record with what the verdict looks at; 1000 packets were due in its clean time.

    `about`: learned (flows), found (connections after warm-up, after the window), probes (sent,
    received), rate_mbit and link_mbit.
    """
    offered = received + lost + skipped
    gated = {
        "offered": offered,
        "skipped": skipped,
        "received": received,
        "lost": lost,
        "duration_s": clean_s,
        "loss_ratio": lost / (received + lost) if received + lost else None,
    }
    after_warmup, after_window = about.get("found", (100, 100))
    sent, answered = about.get("probes", (0, 0))
    return {
        "identity": {"flows": 100, "frame_size": 64, "rate_mbit": about.get("rate_mbit", 1997)},
        "settings": {"durations": {"window_ms": 300}, "link_mbit": about.get("link_mbit")},
        "calibration": {"ceiling_pps": 3_200_000.0, "floor_ns": 800.0},
        "asked": {"rate_pps": 3_900_000.0},
        "raw": gated | {"duration_s": 0.9},
        "gated": gated,
        "state": {
            "learned_flows": about.get("learned", 100),
            "expected_entries": 100,
            "found_after_warmup": after_warmup,
            "found_after_window": after_window,
        },
        "stall": {"silence_ms": 213.4, "probes_sent": sent, "probes_received": answered},
    }


CASES = {
    "nothing lost": (record(), "ok", "lost 0 of 1000 packets in 0.300 s of clean time"),
    "as much lost as allowed": (record(received=995, lost=5), "ok", "lost 5 of 1000"),
    "more lost than allowed": (record(received=994, lost=6), "overloaded", "lost 6 of 1000"),
    "half skipped": (
        record(received=930_000, skipped=240_000),
        "generator_limited",
        "offered 3.10 of 3.90 Mpps asked: the generator's ceiling at 64 B and 100 flows is "
        "3.20 Mpps",
    ),
    "a hundredth skipped": (record(received=990, skipped=10), "ok", "lost 0 of 990"),
    "skipped and lost": (record(500, 100, 400), "generator_limited", "Mpps asked"),
    "half the clean time": (record(clean_s=0.15), "ok", "0.150 s of clean time"),
    "less than half": (record(clean_s=0.149), "disturbed", "0.149 s of clean time in 0.9 s"),
    "nothing received": (record(received=0, lost=1000), "failed", "nothing came back"),
    "a flow missing": (record(learned=99), "failed", "only 99 of 100 flows"),
    "state never made": (
        record(found=(90, 100)),
        "failed",
        "tracks 90 connections after warm-up, expected 100",
    ),
    "state lost": (
        record(found=(100, 90)),
        "failed",
        "tracks 90 connections after the window, expected 100",
    ),
    "state lost on a disturbed machine": (record(found=(100, 90), clean_s=0), "failed", "90"),
    "stopped for good": (
        record(received=600, lost=400, probes=(98, 0)),
        "stalled",
        "forwarding ended 213 ms before the load did, and for good: 98 frames sent one by one",
    ),
    "stopped for good and lost its state": (record(found=(100, 0), probes=(98, 0)), "stalled", ""),
    "the last packets lost, but it goes on": (
        record(900, 100, probes=(1, 1)),
        "overloaded",
        "",
    ),
    "at line rate": (record(rate_mbit=7619, link_mbit=10000), "ok", ""),
    "above line rate": (
        record(rate_mbit=7620, link_mbit=10000),
        "above_line_rate",
        "asked for 7620 Mbit/s; a link of 10000 Mbit/s carries 7619 Mbit/s of 64 B frames",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_verdict(case):
    """Each case has its verdict, and a reason that names the numbers behind it."""
    given, name, reason = CASES[case]
    verdict = decide(given, LIMITS)
    assert verdict.name == name
    assert reason in verdict.reason


def test_above_line_rate_needs_no_run():
    """What was asked and the link decide: no section of a measurement is looked at."""
    asked = record(rate_mbit=9880, link_mbit=10000)
    unrun = {key: asked[key] for key in ("identity", "settings", "asked", "calibration")}
    assert decide(unrun, LIMITS).name == "above_line_rate"
