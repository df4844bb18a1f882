"""Synthetic results of load generators, as softgen and our script for MoonGen write them."""

from collections.abc import Mapping
from itertools import accumulate, pairwise
from math import ceil
from typing import Any

from middlebench.machine.states import merged
from middlebench.units import packets_per_second

SHAPE = {0: 0.6, 25: 0.88, 50: 1.0, 75: 1.2, 90: 1.7, 99: 3.5, 99.9: 9.0, 100: 900.0}
"""Percent of the samples -> their latency as a multiple of the median."""

SETTINGS: dict[str, Any] = {
    "durations": {
        "warmup_ms": 100, "window_ms": 300, "drain_ms": 100, "stall_ms": 100, "max_windows": 10,
    },
    "gating": {
        "slice_us": 1000, "generator_gap_us": 100, "dut_silence_us": 200,
        "dut_stop_us": 50000,
        "state_windows": 4,
        "guard_before_slices": 1, "guard_after_slices": 2, "state": "alone",
    },
    "seed": 1,
    "flow_order": "round_robin",
    "flows_a_destination": 64512,
    "protocol": "udp",
    "dut": {"snat_address": "200.200.200.200"},
    "verdict": {
        "max_loss_ratio": 0.005, "max_exceed_ratio": 0.25, "min_offered_ratio": 0.99,
        "min_clean_ratio": 0.5, "max_silence_share": 0.1, "max_silence_ratio": 1.5,
        "above_line_rate": "mark", "port_exhaustion": "refuse",
    },
    "virtual": True,
    "link_mbit": None,
    "stage": "coarse",
}  # fmt: skip

IDENTITY: dict[str, Any] = {
    "testbed": "sandbox",
    "dut": "ovs-dpdk",
    "function": "nat",
    "frame_size": 64,
    "flows": 100,
    "rate_mbit": 500,
    "repetition": 1,
}


def histogram(median_ns: float, samples: int) -> list[list[float]]:
    """[lower, upper, count] of so many samples, at their quantiles of SHAPE."""
    below, buckets = 0, []
    for percent, multiple in SHAPE.items():
        upto = {0: 1, 99.9: max(samples - 1, 1)}.get(percent, ceil(percent / 100 * samples))
        if upto > below:
            lower = round(median_ns * multiple, 2)
            buckets.append([lower, lower + 0.004, upto - below])
            below = upto
    return buckets


def latency(median_ns: float, samples: int) -> dict[str, Any]:
    """A result's latency of so many samples."""
    buckets = histogram(median_ns, samples)
    mean = sum(lower * count for lower, _, count in buckets) / samples
    ends = {"min_ns": buckets[0][0], "mean_ns": round(mean, 2), "max_ns": buckets[-1][0]}
    return {"count": samples, **ends, "histogram": buckets}


def part(
    offered: int, seconds: float, lost: int, median_ns: float | None, skipped_ratio: float
) -> dict[str, Any]:
    """`raw` of a result: of so much time; without a median nothing came back."""
    skipped = round(offered * skipped_ratio)
    sent = offered - skipped
    received = 0 if median_ns is None else max(0, sent - lost)
    counters = {"offered": offered, "sent": sent, "refused": 0, "skipped": skipped}
    counters |= {"received": received, "arrived": received, "duplicated": 0, "out_of_order": 0}
    due, since_sent = (
        latency(factor * median_ns, received) if received else None for factor in (1, 0.8)
    )
    return {"duration_s": round(seconds, 6), **counters, "latency": due, "latency_sent": since_sent}


def shared(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """So many of something, by name, in these shares of it."""
    ends = [round(total * upto) for upto in accumulate(shares.values(), initial=0)]
    return {name: high - low for name, (low, high) in zip(shares, pairwise(ends), strict=True)}


def probed(slices: int, shares: Mapping[str, float]) -> dict[str, Any]:
    """The section `probe` where the machine had states in these shares."""
    busy = {
        cpu: round(
            slices * sum(of for name, of in shares.items() if name.split("_")[at:][:1] == ["busy"])
        )
        for at, cpu in enumerate(("dut", "generator"))
    }
    work = {
        cpu: [row for row in ([1590, slices - times], [2520, times]) if row[1]]
        for cpu, times in busy.items()
    }
    cpus = {
        cpu: {"probes": slices, "late": 0, "work_cycles": rows, "core_mhz": 2900.0}
        for cpu, rows in work.items()
    }
    none = {"count": 0, "total_us": 0.0, "max_us": 0.0}
    return cpus | {
        "trip_cycles": [[120, slices // 5]],
        "memory_cycles": 260.5,
        "thresholds": {"busy_dut": 1950, "busy_generator": 1950, "far": 300},
        "silences": dict.fromkeys(
            ("machine", "preempted", "busy", "asleep", "stopped", "unseen"), none
        ),
    }


ALONE = {"idle_idle_near": 1.0}


def make_result(
    *,
    loss_ratio: float = 0.0,
    raw_loss_ratio: float = 0.001,
    median_ns: float | None = 1000.0,
    share: float = 0.75,
    skipped_ratio: float = 0.0,
    stalled: bool = False,
    states: Mapping[str, float] | None = ALONE,
    losses: Mapping[str, float] | None = None,
    settings: dict[str, Any] = SETTINGS,
    identity: dict[str, Any] = IDENTITY,
) -> dict[str, Any]:
    """What softgen writes: a window until it has enough clean slices, `share` of it disturbed.

    `states`: share of the window in each state of the machine, None: no probe was asked for;
    `losses`: loss ratio in a state, where it is another than `loss_ratio`.
    """
    durations, gated = settings["durations"], settings["gating"] is not None
    a_second = 1_000_000 // settings["gating"]["slice_us"] if gated else 1000
    clean = durations["window_ms"] * a_second // 1000
    slices = min(clean * durations["max_windows"], round(clean / (1 - share))) if gated else clean
    clean = round(slices * (1 - share)) if gated else slices
    pps = packets_per_second(identity["rate_mbit"], identity["frame_size"])
    offered = {count: round(pps * count / a_second) for count in (slices, clean)}
    about = (median_ns, skipped_ratio)
    shares = ALONE if states is None or not gated else states
    parts = {}
    of_states = (shared(count, shares) for count in (clean, slices - clean, offered[clean]))
    for name, *counts in zip(shares, *(of.values() for of in of_states), strict=True):
        ratio = (losses or {}).get(name, loss_ratio if gated else raw_loss_ratio)
        made = part(counts[2], counts[0] / a_second, round(counts[2] * ratio), *about)
        # of a state no latency from when packets were sent is kept
        parts[name] = {"slices": counts[0] + counts[1], "clean_slices": counts[0]} | {
            key: value for key, value in made.items() if key != "latency_sent"
        }
    whole = merged(list(parts.values()))
    del whole["slices"], whole["clean_slices"]
    received = whole["received"]
    whole["latency_sent"] = latency(0.8 * median_ns, received) if received else None
    lost = whole["sent"] - received if median_ns else 0
    raw_lost = min(
        max(lost, round(offered[slices] * raw_loss_ratio)), offered[slices] - offered[clean] + lost
    )
    raw = part(offered[slices], slices / a_second, raw_lost, *about)
    told_apart = states is not None and gated
    tcp, flows = identity.get("protocol") == "tcp", identity["flows"]
    none = {"count": 0, "total_us": 0.0, "max_us": 0.0}
    return {
        "generator": "softgen", "dpdk": "DPDK 22.11.11", "tsc_hz": 2e9,
        "rate_pps": round(pps, 3), "protocol": "tcp" if tcp else "udp",
        "frame_size": identity["frame_size"], "flows": flows, "run_id": 7,
        "ready_ms": 1.5, "traffic_ms": 1000 * slices / a_second + 300.0,
        "learn_passes": 3, "learned_flows": flows,
        "silence_ms": 213.4 if stalled else 0.1,
        "probes": 98 if stalled else 0, "probes_refused": 0, "probes_received": 0,
        "load_check": {"checked": flows, "wrong": 0, "duplicated": 0, "first_wrong": None},
        **dict.fromkeys(
            ("syns_sent", "syns_received", "answers_sent", "answers_received"), flows * tcp
        ),
        "sent_total": raw["sent"] + 3 * flows, "received_total": raw["received"] + 3 * flows,
        "foreign": 0, "late": 0,
        "raw": raw, "gated": whole,
        "slices": slices, "clean_slices": clean, "generator_gaps": none, "dut_silences": none,
        "dut_stops": none,
        "states": parts if told_apart else None,
        "probe": probed(slices, shares) if told_apart else None,
    }  # fmt: skip


def make_moongen_result(**about: Any) -> dict[str, Any]:
    """What MoonGen's script writes where `make_result` has the same."""
    result = make_result(settings=SETTINGS | {"gating": None}, **about)
    unknown = dict.fromkeys(("duplicated", "out_of_order", "latency_sent"))
    for key in ("dpdk", "tsc_hz", *(key for key in result if key.startswith(("syns", "answers")))):
        del result[key]
    result |= {"raw": result["raw"] | unknown, "gated": result["gated"] | unknown}
    result |= dict.fromkeys(("foreign", "late", "generator_gaps", "dut_silences", "dut_stops"))
    result |= dict.fromkeys(("probes_refused", "load_check", "states", "probe"))
    result |= {"generator": "moongen", "slices": 0, "clean_slices": 0}
    return result | {"pacing": {}, "latency_probes": {}}
