"""The verdict on a point: a pure function of what was asked and what was counted."""

from typing import Any, NamedTuple

from middlebench.units import line_rate_mbit

VALID_VERDICTS = ("ok", "overloaded")
"""The verdicts that say something about the device under test."""


class Verdict(NamedTuple):
    """`name` is one of design.md's verdicts, `reason` says in words why."""

    name: str
    reason: str


def above_line_rate(record: dict[str, Any]) -> Verdict | None:
    """The verdict that needs no run: the link cannot carry the rate asked for.

    None when it can, or when there is no link.  Looks at `identity` and `settings.link_mbit`.
    """
    cell, link = record["identity"], record["settings"]["link_mbit"]
    if link is None or cell["rate_mbit"] <= line_rate_mbit(link, cell["frame_size"]):
        return None
    limit = line_rate_mbit(link, cell["frame_size"])
    return Verdict(
        "above_line_rate",
        f"asked for {cell['rate_mbit']} Mbit/s; a link of {link} Mbit/s carries {limit:.0f} Mbit/s "
        f"of {cell['frame_size']} B frames",
    )


def decide(record: dict[str, Any], limits: dict[str, Any]) -> Verdict:
    """The verdict on a point record that has all but its verdict.

    `limits`: max_loss_ratio (lost / sent up to which the DUT carries the rate), min_offered_ratio
    (sent / asked below which the generator was the limit), min_clean_ratio (clean time / window
    below which a point says nothing).  The first that holds: above_line_rate, stalled, failed,
    disturbed, generator_limited, overloaded, ok.
    """
    return (
        above_line_rate(record)
        or _stalled(record)
        or _failed(record)
        or _disturbed(record, limits["min_clean_ratio"])
        or _generator_limited(record, limits["min_offered_ratio"])
        or _carried(record, limits["max_loss_ratio"])
    )


def _stalled(record: dict[str, Any]) -> Verdict | None:
    """Forwarding ended, and stays ended although the load is over (mOS's "soft crash")."""
    stall = record["stall"]
    if not stall["probes_sent"] or stall["probes_received"]:
        return None
    return Verdict(
        "stalled",
        f"forwarding ended {stall['silence_ms']:.0f} ms before the load did, and for good: "
        f"{stall['probes_sent']} frames sent one by one afterwards did not come back",
    )


def _failed(record: dict[str, Any]) -> Verdict | None:
    state, flows = record["state"], record["identity"]["flows"]
    if record["raw"]["received"] == 0:
        return Verdict("failed", "nothing came back within the window")
    if state["learned_flows"] < flows:
        return Verdict("failed", f"only {state['learned_flows']} of {flows} flows came through")
    if state.get("fault"):
        return Verdict("failed", state["fault"])
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
    window_s = record["settings"]["durations"]["window_ms"] / 1000
    clean_s = record["gated"]["duration_s"]
    if clean_s >= min_clean_ratio * window_s:
        return None
    return Verdict(
        "disturbed",
        f"{clean_s:.3f} s of clean time in {record['raw']['duration_s']:.1f} s, "
        f"{min_clean_ratio * window_s:.3f} s needed",
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
        f"{cell['frame_size']} B and {cell['flows']} flows is "
        f"{record['calibration']['ceiling_pps'] / 1e6:.2f} Mpps",
    )


def _carried(record: dict[str, Any], max_loss_ratio: float) -> Verdict:
    gated = record["gated"]
    if gated["loss_ratio"] is None:
        return Verdict("disturbed", "no packet was put into the DUT in clean time")
    reason = (
        f"lost {gated['lost']} of {gated['offered'] - gated['skipped']} packets "
        f"in {gated['duration_s']:.3f} s of clean time"
    )
    return Verdict("overloaded" if gated["loss_ratio"] > max_loss_ratio else "ok", reason)
