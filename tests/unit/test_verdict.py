"""The verdict is a pure function of the record: a table of cases."""

import pytest

from middlebench.records.verdict import decide
from records import LIMITS

RAW_S = 0.9
FIRST_WRONG = "of 10.0.0.7:1031 to 198.18.0.1:9 the TTL came out as 63, expected 64"


def record(received=1000, lost=0, skipped=0, clean_s=0.3, **about):
    """A record with what the verdict looks at; 1000 packets were due in its clean time.

    `about`: learned (flows), found (connections after warm-up, after the window), probes (sent,
    received, refused), rate_mbit and link_mbit, wrong and duplicated (frames) or load_check,
    gating, silent and gaps (shares of the window), stops (lengths [ms]) or disturbance, switch (its
    counters).
    """
    offered = received + lost + skipped
    gated = {
        "offered": offered,
        "skipped": skipped,
        "received": received,
        "lost": lost,
        "duration_s": clean_s,
        "loss_ratio": max(lost / (received + lost), about.get("short", 0.0))
        if received + lost
        else None,
        "shortfall_ratio": about.get("short", 0.0),
    }
    after_warmup, after_window = about.get("found", (100, 100))
    sent, answered, refused = about.get("probes", (0, 0, 0))
    check = {"checked": 50, "wrong": about.get("wrong", 0), "first_wrong": None}
    check |= {"duplicated": about.get("duplicated", 0)}
    check |= {"first_wrong": FIRST_WRONG} if check["wrong"] else {}
    settings = {"durations": {"window_ms": 300, "stall_ms": 100}, "gating": about.get("gating", {})}
    return {
        "identity": {"flows": 100, "frame_size": 64, "rate_mbit": about.get("rate_mbit", 1997)},
        "settings": settings | {"link_mbit": about.get("link_mbit")},
        "calibration": {"ceiling_pps": 3_200_000.0, "floor_ns": 800.0},
        "asked": {"rate_pps": 3_900_000.0},
        "raw": gated | {"duration_s": RAW_S},
        "gated": gated,
        "state": {
            "learned_flows": about.get("learned", 100),
            "expected_entries": 100,
            "found_after_warmup": after_warmup,
            "found_after_window": after_window,
        },
        "stall": {
            "silence_ms": 213.4,
            "probes_sent": sent,
            "probes_refused": refused,
            "probes_received": answered,
        },
        "totals": {"switch": about.get("switch", {})},
        "load_check": about.get("load_check", check),
        "disturbance": about.get("disturbance", disturbance(**about)),
        "machine": about.get("machine"),
    }


def disturbance(silent=0.0, gaps=0.0, stops=(), **_):
    """The section of that name: shares of the window that a tenth's marks add up to, stops [ms]."""
    shares = {"dut_silences": silent, "generator_gaps": gaps}
    marks = {
        name: {"count": 10, "total_us": share * RAW_S * 1e6, "max_us": share * RAW_S * 1e5}
        for name, share in shares.items()
    }
    lengths = [length * 1e3 for length in stops]
    longest = max(lengths, default=0.0)
    marks["dut_stops"] = {"count": len(stops), "total_us": sum(lengths), "max_us": longest}
    return {"slices": 900, "clean_slices": 300, "share": 2 / 3} | marks


UNREAD_IN_GAPS = {"inside_rx_drop": 60, "outside_unread": 700_000}
"""Gaps of a fifth of 0.9 s, with 3.9 Mpps asked, are 702000 packets."""

CASES = {
    "nothing lost": (record(), "ok", "lost 0 of 1000 packets in 0.300 s of clean time"),
    "as much lost as allowed": (record(received=995, lost=5), "ok", "lost 5 of 1000"),
    "more lost than allowed": (record(received=994, lost=6), "overloaded", "lost 6 of 1000"),
    "nothing lost, but a queue grew": (
        record(short=0.02),
        "overloaded",
        "lost 0 of 1000 packets in 0.300 s of clean time, in which 2.0% fewer came back than were "
        "sent",
    ),
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
    "lost for want of a reader": (
        record(received=900, lost=100, switch={"inside_rx_drop": 40, "outside_unread": 60}),
        "generator_limited",
        "lost 100 packets in clean time, but the DUT turned away 40 in all, and the generator did "
        "not fetch 60 in time",
    ),
    "lost at the door, for the most part": (
        record(received=900, lost=100, switch={"inside_rx_drop": 60, "outside_unread": 40}),
        "overloaded",
        "lost 100 of 1000",
    ),
    "unread while the generator stood still": (
        record(received=900, lost=100, switch=UNREAD_IN_GAPS, gaps=0.2),
        "overloaded",
        "lost 100 of 1000",
    ),
    "unread, but nothing was lost in clean time": (
        record(switch={"inside_rx_drop": 0, "outside_unread": 700}),
        "ok",
        "lost 0 of 1000",
    ),
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
        record(received=600, lost=400, probes=(98, 0, 0)),
        "stalled",
        "forwarding ended 213 ms before the load did, and for good: 98 frames sent one by one",
    ),
    "stopped for good and lost its state": (
        record(found=(100, 0), probes=(98, 0, 0)),
        "stalled",
        "",
    ),
    "a queue without room for good": (
        record(received=600, lost=400, clean_s=0, probes=(0, 0, 97)),
        "stalled",
        "and for good: its full queue took nothing for 100 ms after the load was over",
    ),
    "a queue that gets room": (record(900, 100, probes=(3, 1, 12)), "overloaded", ""),
    "MoonGen's probes wait": (record(600, 400, probes=(98, 0, None)), "stalled", "98 frames"),
    "MoonGen's probes came back": (record(probes=(1, 1, None)), "ok", ""),
    "the last packets lost, but it goes on": (
        record(900, 100, probes=(1, 1, 0)),
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


WRONG = {
    "a wrong frame": (
        {"wrong": 1},
        f"1 frames came back wrong (50 were compared); the first: {FIRST_WRONG}",
    ),
    "a wrong frame of an overloaded DUT": ({"wrong": 1, "lost": 900, "received": 100}, FIRST_WRONG),
    "a wrong frame on a disturbed machine": ({"wrong": 1, "clean_s": 0}, FIRST_WRONG),
    "a frame twice": ({"duplicated": 1}, "1 frames came back more than once"),
    "a frame twice of an overloaded DUT": ({"duplicated": 1, "lost": 900, "received": 100}, "once"),
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("case", WRONG)
def test_a_dut_that_sends_wrong_frames_fails_the_point(case):
    """One frame that came back wrong or twice is enough, however loaded DUT and machine are."""
    about, said = WRONG[case]
    verdict = decide(record(**about), LIMITS)
    assert verdict.name == "failed"
    assert said in verdict.reason


def test_a_generator_that_compares_nothing_claims_nothing():
    """MoonGen cannot tell wrong frames or duplicates: that fails no point."""
    assert decide(record(load_check=None, disturbance=None), LIMITS).name == "ok"


SILENT = {
    "an honest DUT on a quiet machine": ({"silent": 0.01}, "ok"),
    "a stop or two that the generator had no part in": ({"silent": 0.09}, "ok"),
    "as silent as a machine explains that takes a fifth of each core": (
        {"silent": 0.3, "gaps": 0.2},
        "ok",
    ),
    "silent half of the time": ({"silent": 0.48, "gaps": 0.02}, "disturbed"),
    "more silent than the generator's gaps explain": ({"silent": 0.41, "gaps": 0.2}, "disturbed"),
    "silent and overloaded": ({"silent": 0.48, "lost": 900, "received": 100}, "disturbed"),
    "all time is judged": ({"silent": 0.48, "gating": None}, "ok"),
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("case", SILENT)
def test_silence_that_no_machine_explains_is_the_duts(case):
    """Time is left out as the machine's only as far as the generator's core lost time too."""
    about, name = SILENT[case]
    verdict = decide(record(**about), LIMITS)
    assert verdict.name == name
    if name == "disturbed":
        assert "the DUT was silent 4" in verdict.reason
        assert f"the generator's own core stood still {about.get('gaps', 0):.0%}" in verdict.reason


STOPS = {
    "once": ({"stops": (1000,), "lost": 300, "received": 700}, "the DUT stood still for 1000 ms"),
    "without loss": ({"stops": (60,)}, "lost 0 of 1000 packets"),
    "often": (
        {"stops": (300, 290), "lost": 300, "received": 700},
        "the DUT stood still 2 times, for 590 ms in all and up to 300 ms",
    ),
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("case", STOPS)
def test_a_dut_that_stood_still_by_itself_is_overloaded(case):
    """Its stop is judged and named, also when its queue held all that came meanwhile."""
    about, said = STOPS[case]
    verdict = decide(record(**about), LIMITS)
    assert verdict.name == "overloaded"
    assert said in verdict.reason
    assert "the DUT stood still" in verdict.reason


def test_where_all_time_is_judged_loss_alone_decides():
    """Without gating a stop is in the figures anyway: at a low rate it may lose nothing."""
    assert decide(record(stops=(60,), gating=None), LIMITS).name == "ok"
