"""The verdict on a point: a pure function of what was asked and what was counted."""

from typing import Any, NamedTuple


class Verdict(NamedTuple):
    """`name` is one of design.md's verdicts, `reason` says in words why."""

    name: str
    reason: str


def decide(record: dict[str, Any], limits: dict[str, float]) -> Verdict:
    """The verdict on a point record that has all but its verdict.

    `limits`: max_loss_ratio (lost / sent up to which the DUT carries the rate), min_offered_ratio
    (sent / asked below which the generator was the limit), min_clean_ratio (clean time / window
    below which a point says nothing).  The first that holds: failed, disturbed, generator_limited,
    overloaded, ok.
    """
    return (
        _failed(record)
        or _disturbed(record, limits["min_clean_ratio"])
        or _generator_limited(record, limits["min_offered_ratio"])
        or _carried(record, limits["max_loss_ratio"])
    )


def _failed(record: dict[str, Any]) -> Verdict | None:
    state, flows = record["state"], record["identity"]["flows"]
    if record["raw"]["received"] == 0:
        return Verdict("failed", "nothing came back within the window")
    if state["learned_flows"] < flows:
        return Verdict("failed", f"only {state['learned_flows']} of {flows} flows came through")
    if state["found_entries"] != state["expected_entries"]:
        return Verdict(
            "failed",
            f"the DUT tracks {state['found_entries']} connections, expected "
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
    gated = record["gated"]
    offered = gated["offered"] - gated["skipped"]
    if offered >= min_offered_ratio * gated["offered"]:
        return None
    made, asked = offered / gated["duration_s"] / 1e6, record["asked"]["rate_pps"] / 1e6
    return Verdict("generator_limited", f"offered {made:.2f} of {asked:.2f} Mpps asked")


def _carried(record: dict[str, Any], max_loss_ratio: float) -> Verdict:
    gated = record["gated"]
    reason = (
        f"lost {gated['lost']} of {gated['offered'] - gated['skipped']} packets "
        f"in {gated['duration_s']:.3f} s of clean time"
    )
    return Verdict("overloaded" if gated["loss_ratio"] > max_loss_ratio else "ok", reason)
