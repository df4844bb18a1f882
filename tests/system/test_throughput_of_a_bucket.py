"""A search with real packets finds the throughput of a token bucket whose capacity was set."""

import pytest

from middlebench.measuring.parts import Parts
from middlebench.measuring.throughput import measure_series, told
from middlebench.units import packets_per_second

CAPACITY_PPS = 400_000
BUCKET = {
    "capacity_pps": CAPACITY_PPS,
    "bucket_packets": 32,
    "queue_packets": 256,
    "delay_us": 50,
    "pause_share": 0,
    "seed": 1,
}
GOALS = {
    "name": "short",
    "loss_ratios": {"ndr": 0, "pdr": 0.005},
    "first_trial_ms": 50,
    "trial_ms": 50,
    "sum_ms": 150,
    "exceed_ratio": 0.5,
    "width": 0.01,
    "max_windows": 40,
    "retries": 10,
    "budget_s": 60,
}
CELL = {"testbed": "sandbox", "dut": "token-bucket", "function": "forward"}
CELL |= {"frame_size": 64, "flows": 10}
CALIBRATION = {"ceiling_pps": 1.5e6, "floor_ns": 1.0, "machine": None}
"""No machine: trials of any state count, as the bucket's capacity is none of the machine's."""


@pytest.mark.slow
def test_the_throughput_is_the_capacity_that_was_set(program, binary, settings):
    """NDR and PDR within 3 %, and the delay that was set at each load below."""
    trial = settings | {"dut": BUCKET}
    series = {"trial": trial, "goals": GOALS, "latency": [0, 0.5], "lowest_pps": 10000}
    parts = Parts("token-bucket", "forward", program, binary)
    content = measure_series(CELL, series, parts, CALIBRATION, say=print)
    found = told(content)
    assert found.outcome.ended == ""
    for bounds in found.outcome.found.values():
        low, high = (packets_per_second(of, 64) for of in (bounds.lower, bounds.upper))
        assert low == pytest.approx(CAPACITY_PPS, rel=0.03)
        assert low < high < 1.011 * low
    for record in found.latency.values():
        assert record["gated"]["latency"]["p50_ns"] == pytest.approx(50_000, rel=0.3)
    assert sum(of["totals"]["traffic_s"] for of in content["tries"]) < GOALS["budget_s"]
