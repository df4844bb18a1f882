"""The verdict on a point: a pure function of what was asked and what was counted."""

from typing import Any, NamedTuple

from middlebench.frame_mix import frame_size_of, size_words
from middlebench.machine.states import WORDS
from middlebench.records.judging import OWN_STOPS
from middlebench.records.load_faults import load_fault
from middlebench.units import line_rate_mbit

VALID_VERDICTS = ("ok", "overloaded")
"""The verdicts that say something about the device under test."""

SHORT_US = 10_000
"""Stops below are said to a tenth of a millisecond."""


class Verdict(NamedTuple):
    """`name` is one of design.md's verdicts, `reason` says in words why."""

    name: str
    reason: str


def above_line_rate(record: dict[str, Any]) -> Verdict | None:
    """The verdict that needs no run: the link cannot carry the rate asked for.

    None when it can, or when there is no link.  Looks at `identity`, and at link_mbit
    and mix in `settings`.
    """
    cell, settings = record["identity"], record["settings"]
    link = settings["link_mbit"]
    if link is None:
        return None
    limit = line_rate_mbit(link, frame_size_of(cell["frame_size"], settings))
    if cell["rate_mbit"] <= limit:
        return None
    return Verdict(
        "above_line_rate",
        f"asked for {cell['rate_mbit']} Mbit/s; a link of {link} Mbit/s carries {limit:.0f} Mbit/s "
        f"of {size_words(cell['frame_size'])} frames",
    )


def decide(record: dict[str, Any], limits: dict[str, Any]) -> Verdict:
    """The verdict on a point record that has all but its verdict.

    `limits`: max_loss_ratio (lost / sent up to which the DUT carries the rate), min_offered_ratio
    (sent / asked below which the generator was the limit), min_clean_ratio (clean time / window
    below which a point says nothing), max_silence_share and max_silence_ratio (see `_silent`).
    The first that holds: above_line_rate, stalled, failed, disturbed, generator_limited,
    overloaded, ok.  So a wrong DUT is `failed` however loaded it is.
    """
    return (
        above_line_rate(record)
        or _stalled(record)
        or _failed(record)
        or _silent(record, limits["max_silence_share"], limits["max_silence_ratio"])
        or _disturbed(record, limits["min_clean_ratio"])
        or _generator_limited(record, limits["min_offered_ratio"])
        or _unread(record, limits["max_loss_ratio"])
        or _carried(record, limits["max_loss_ratio"])
    )


def _stalled(record: dict[str, Any]) -> Verdict | None:
    """Forwarding ended, and stays ended although the load is over (mOS's "soft crash")."""
    stall = record["stall"]
    sent, refused = stall["probes_sent"], stall["probes_refused"]
    if stall["probes_received"] or not (sent or refused):
        return None
    ended = f"forwarding ended {stall['silence_ms']:.0f} ms before the load did, and for good: "
    if sent:
        told = f"{sent} frames sent one by one afterwards did not come back"
    else:
        stall_ms = record["settings"]["durations"]["stall_ms"]
        told = f"its full queue took nothing for {stall_ms} ms after the load was over"
    return Verdict("stalled", ended + told)


def _failed(record: dict[str, Any]) -> Verdict | None:
    state, flows = record["state"], record["identity"]["flows"]
    # what the DUT says of itself may be the cause of frames that are wrong
    if faults := list(filter(None, (state.get("fault"), load_fault(record["load_check"])))):
        return Verdict("failed", "; ".join(faults))
    if record["raw"]["received"] == 0:
        return Verdict("failed", "nothing came back within the window")
    if state["learned_flows"] < flows:
        return Verdict("failed", f"only {state['learned_flows']} of {flows} flows came through")
    for moment, found in (
        ("after warm-up", state["found_after_warmup"]),
        ("after the window", state["found_after_window"]),
    ):
        if found != state["expected_entries"]:
            return Verdict(
                "failed",
                f"the DUT tracks {found} connections {moment}, expected "
                f"{state['expected_entries']}",
            )
    return None


def _disturbed(record: dict[str, Any], min_clean_ratio: float) -> Verdict | None:
    """Too little clean time of the judged state."""
    window_s = record["settings"]["durations"]["window_ms"] / 1000
    clean_s = record["gated"]["duration_s"]
    if clean_s >= min_clean_ratio * window_s:
        return None
    machine = record["machine"]
    state = f" {WORDS[machine['judged']]}" if machine else ""
    return Verdict(
        "disturbed",
        f"{clean_s:.3f} s of clean time{state} in {record['raw']['duration_s']:.1f} s, "
        f"{min_clean_ratio * window_s:.3f} s needed",
    )


def _silent(record: dict[str, Any], max_share: float, max_ratio: float) -> Verdict | None:
    """More time gated away as the DUT's silence than stops of the machine explain.

    Such a machine stops the generator's core too, so its gaps tell what it does: allowed is a share
    of the window, and `max_ratio` times the share of those gaps.  Without gating nothing is left
    out, so there is nothing to be bounded.  A witness on the DUT's CPU knows whose fault a silence
    was: then only those that were too short for it are bounded so; of a DUT that is the kernel, all
    but the machine's.
    """
    found = record["disturbance"]
    if found is None or record["settings"]["gating"] is None:
        return None
    window_us = record["raw"]["duration_s"] * 1e6
    machine = record["machine"]
    of_whom = machine["silences"]["unseen"] if machine else found["dut_silences"]
    silent = of_whom["total_us"] / window_us
    gaps = found["generator_gaps"]["total_us"] / window_us
    explained = max_share + max_ratio * gaps
    if silent <= explained:
        return None
    unseen = ", too shortly for the probe" if machine else ""
    if machine and machine["silences"]["busy"] is None:
        unseen = ", and nobody tells whether the kernel or another program had its CPU"
    return Verdict(
        "disturbed",
        f"the DUT was silent {silent:.0%} of the time{unseen}, the generator's own core stood "
        f"still {gaps:.0%}: stops of the machine explain up to {explained:.0%}",
    )


def _generator_limited(record: dict[str, Any], min_offered_ratio: float) -> Verdict | None:
    gated, cell = record["gated"], record["identity"]
    offered = gated["offered"] - gated["skipped"]
    if offered >= min_offered_ratio * gated["offered"]:
        return None
    made, asked = offered / gated["duration_s"] / 1e6, record["asked"]["rate_pps"] / 1e6
    measured = record["calibration"].get("measured", True)
    what = "the generator's ceiling" if measured else "line rate"
    return Verdict(
        "generator_limited",
        f"offered {made:.2f} of {asked:.2f} Mpps asked: {what} at "
        f"{size_words(cell['frame_size'])} and {cell['flows']} flows is "
        f"{record['calibration']['ceiling_pps'] / 1e6:.2f} Mpps",
    )


def _unread(record: dict[str, Any], max_loss_ratio: float) -> Verdict | None:
    """Most of what was lost had come through, and waited for the generator until there was no room.

    Ports of a kernel count that apart from what had no room at the DUT's door.  What came while the
    generator stood still (its gaps) is left out here, as it is in clean time.
    """
    gated, switch = record["gated"], record["totals"]["switch"]
    loss = gated["loss_ratio"]
    if not switch.get("outside_unread") or loss is None or loss <= max_loss_ratio:
        return None
    gaps_s = record["disturbance"]["generator_gaps"]["total_us"] / 1e6
    unread = switch["outside_unread"] - gaps_s * record["asked"]["rate_pps"]
    if unread <= switch["inside_rx_drop"]:
        return None
    return Verdict(
        "generator_limited",
        f"lost {gated['lost']} packets in clean time, but the DUT turned away "
        f"{switch['inside_rx_drop']} in all, and the generator did not fetch "
        f"{switch['outside_unread']} in time",
    )


def _stops(record: dict[str, Any]) -> str:
    """The DUT's own stops in words; empty where there were none, or all time was judged anyway."""
    found = record["disturbance"]
    if found is None or record["settings"]["gating"] is None or not found["dut_stops"]["count"]:
        return ""
    stops, kinds = found["dut_stops"], _kinds_of_stops(record["machine"])
    who = f"the DUT stood still{f' by itself, {kinds},' if kinds else ''}"
    longest = f"{stops['max_us'] / 1e3:.{0 if stops['max_us'] >= SHORT_US else 1}f} ms"
    if stops["count"] == 1:
        return f"{who} for {longest}"
    return (
        f"{who} {stops['count']} times, for {stops['total_us'] / 1e3:.0f} ms in all "
        f"and up to {longest}"
    )


def _kinds_of_stops(machine: dict[str, Any] | None) -> str:
    """What the witness on its CPU saw the DUT do meanwhile, such as `busy and asleep`."""
    if machine is None:
        return ""
    seen = ((kind, machine["silences"][kind]) for kind in OWN_STOPS)
    return " and ".join(kind for kind, marks in seen if marks and marks["count"])


def _carried(record: dict[str, Any], max_loss_ratio: float) -> Verdict:
    """A DUT that stood still by itself delayed what it did not lose: it did not carry the rate."""
    gated, stops = record["gated"], _stops(record)
    if gated["loss_ratio"] is None:
        return Verdict("disturbed", "no packet was put into the DUT in clean time")
    reason = (
        f"lost {gated['lost']} of {gated['offered'] - gated['skipped']} packets "
        f"in {gated['duration_s']:.3f} s of clean time"
    )
    if gated["loss_ratio"] == gated["shortfall_ratio"] > max_loss_ratio:
        reason += f", in which {gated['shortfall_ratio']:.1%} fewer came back than were sent"
    over = stops or gated["loss_ratio"] > max_loss_ratio
    return Verdict("overloaded" if over else "ok", f"{reason}; {stops}" if stops else reason)
