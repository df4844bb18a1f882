"""What counters, times and histograms of a trial must be to be those of one: pure rules.

They hold for a generator's result and for a record: both in the form of `record.measured`, with
types that a schema has checked.  Each gives the reason why the sections cannot be, or None.
"""

from operator import mul
from typing import Any

from middlebench.records.counts import COUNTERS, MARKS

Section = dict[str, Any]

GATED = ("duration_s", *COUNTERS)
"""What the clean part of a window has at most as much of as the whole."""

LARGEST_NS = 10**12
OPEN_NS = 13e9
"""softgen's last bucket begins just below 2^36 cycles, 13.7 s at 5 GHz, and has no end."""

WIDTH, WIDTH_NS = 1 / 128, 1.0
"""No bucket is wider than this share of its lower bound, or than a cycle (histogram.h)."""

ROUNDED_NS, ROUNDED_US, ROUNDED_S = 0.01, 0.1, 0.001
"""To what histograms, marks and times are written."""

CLOCKS = 0.001
"""How far two clocks may be apart [share of a time]: ten times the error of the TSC's."""


def fault(sections: dict[str, Any], flows: int, every_frame: bool) -> str | None:
    """The first rule that sections raw, gated, totals, disturbance, state, stall, load_check break.

    `every_frame`: the generator looked at each frame (softgen), not at probes and counters alone.
    """
    raw, gated = sections["raw"], sections["gated"]
    # what is made of states is compared with them: `state_rules`
    for name, part in (("raw", raw), *(() if sections["states"] else [("gated", gated)])):
        if reason := counters_fault(part, every_frame) or latency_fault(part, every_frame):
            return f"{name}.{reason}"
    return (
        _within(raw, gated)
        or _whole_window(raw, every_frame)
        or _slices(sections, every_frame)
        or _totals(sections["totals"], raw)
        or _ends(sections, flows)
        or _load_check(sections, every_frame)
    )


def counters_fault(part: Section, every_frame: bool) -> str | None:
    """Why the counters of a part of the window cannot be together; or None."""
    due = part["sent"] + part["refused"] + part["skipped"]
    if part["offered"] != due:
        return f"offered is {part['offered']}; allowed: sent + refused + skipped, {due}"
    if part["received"] > part["sent"]:
        return f"received is {part['received']}; allowed: at most what was sent, {part['sent']}"
    if (part["out_of_order"] or 0) > part["received"]:
        return f"out_of_order is {part['out_of_order']}; allowed: at most what was received"
    unknown = [key for key in ("duplicated", "out_of_order") if part[key] is None]
    if every_frame and unknown:
        return f"{unknown[0]} is null; allowed: a count"
    if not part["duration_s"] and due:
        return f"offered is {due}; allowed: 0, as duration_s is 0"
    return None


def latency_fault(part: Section, every_frame: bool) -> str | None:
    """Why the latency of a part is not that of its frames; or None."""
    latency = part["latency"]
    if latency is None:
        missing = every_frame and part["received"]
        return f"latency is null; allowed: that of {part['received']} frames" if missing else None
    reason = histogram_fault(latency["histogram"]) or summary_fault(latency)
    if reason:
        return f"latency.{reason}"
    if every_frame and latency["count"] != part["received"]:
        return f"latency.count is {latency['count']}; allowed: received, {part['received']}"
    return None


def histogram_fault(histogram: dict[str, list]) -> str | None:
    """Why lower_ns, upper_ns and count are no buckets with samples, in their order; or None."""
    lower, upper, counts = (histogram[key] for key in ("lower_ns", "upper_ns", "count"))
    if not len(lower) == len(upper) == len(counts):
        return f"histogram has {len(lower)}, {len(upper)}, {len(counts)} items; allowed: the same"
    try:
        bounds = sorted(lower + upper)  # of two rows that rise, this is fast
        whole = type(sum(counts)) is int and type(sum(bounds)) in (int, float)
    except TypeError:
        whole = False
    if not whole:
        return "histogram has items of another kind; allowed: numbers, and whole ones in count"
    if bounds[0] < 0 or bounds[-1] > LARGEST_NS or min(counts) < 1:
        return f"histogram has an item out of range; allowed: 0 to {LARGEST_NS} ns, counts from 1"
    if bounds[::2] != lower or bounds[1::2] != upper:
        return "histogram has buckets that overlap or fall; allowed: increasing bounds"
    return None


def summary_fault(latency: Section) -> str | None:
    """Why least, greatest and mean sample lie elsewhere than the buckets say; or None."""
    lower, upper, counts = (latency["histogram"][key] for key in ("lower_ns", "upper_ns", "count"))
    least, mean, greatest = (latency[f"{name}_ns"] for name in ("min", "mean", "max"))
    samples = sum(counts)
    if latency["count"] != samples:
        return f"count is {latency['count']}; allowed: the sum of its histogram, {samples}"
    if not lower[0] <= least <= upper[0]:
        return f"min_ns is {least}; allowed: {lower[0]} to {upper[0]}, its first bucket"
    end = max(upper[-1], greatest) if upper[-1] > OPEN_NS else upper[-1]
    if not max(lower[-1], least) <= greatest <= end:
        return f"max_ns is {greatest}; allowed: {lower[-1]} to {end}, its last bucket"
    low = sum(map(mul, lower, counts)) / samples
    high = low * (1 + WIDTH) + WIDTH_NS + (end - upper[-1]) * counts[-1] / samples
    if not max(low, least) - ROUNDED_NS <= mean <= min(high, greatest) + ROUNDED_NS:
        return f"mean_ns is {mean}; allowed: {low:.2f} to {high:.2f}, as its histogram has it"
    return None


def _within(raw: Section, gated: Section) -> str | None:
    """Clean time is a part of the window, and what happened in it too."""
    for key in GATED:
        if (gated[key] or 0) > (raw[key] or 0):
            return f"gated.{key} is {gated[key]}; allowed: at most raw.{key}, {raw[key]}"
    whole, part = raw["latency"], gated["latency"]
    if part and not (whole and _covers(whole, part)):
        return "gated.latency is not a part of raw.latency; allowed: samples that both have"
    return None


def _covers(whole: Section, part: Section) -> bool:
    """Has the whole at least the samples of the part?  By count and ends: buckets are its own."""
    return (
        part["count"] <= whole["count"]
        and whole["min_ns"] <= part["min_ns"]
        and part["max_ns"] <= whole["max_ns"]
    )


def _whole_window(raw: Section, every_frame: bool) -> str | None:
    if not raw["duration_s"]:
        return "raw.duration_s is 0; allowed: the window's"
    unknown = [key for key in ("foreign", "late") if raw[key] is None]
    return f"{unknown[0]} is null; allowed: a count" if every_frame and unknown else None


def _slices(sections: dict[str, Any], every_frame: bool) -> str | None:
    """Slices are of one length; marks are as long as they say."""
    about, raw, gated = (sections[name] for name in ("disturbance", "raw", "gated"))
    if about is None:
        return "disturbance is null; allowed: slices" if every_frame else None
    slices, clean = about["slices"], about["clean_slices"]
    if not slices or clean > slices:
        return f"disturbance.clean_slices is {clean}; allowed: up to {slices} slices, one at least"
    clean_s = raw["duration_s"] * clean / slices
    # of states that are told apart one is judged: each has its own rule
    told_apart = sections["states"] is not None
    if not told_apart and abs(clean_s - gated["duration_s"]) > CLOCKS * clean_s + ROUNDED_S:
        return f"gated.duration_s is {gated['duration_s']}; allowed: {clean} slices, {clean_s:.6f}"
    for name in MARKS:
        if reason := mark_fault(about[name]):
            return f"disturbance.{name} is {reason}"
    return None


def mark_fault(mark: Section) -> str | None:
    """Why so many times of such a sum cannot be; or None."""
    count, total, longest = (mark[key] for key in ("count", "total_us", "max_us"))
    slack = ROUNDED_US * (count + 1)
    if longest - slack <= total <= count * longest + slack:
        return None
    return f"{mark}; allowed: that many in all, of max_us at most"


def _totals(totals: Section, raw: Section) -> str | None:
    back = raw["received"] + (raw["duplicated"] or 0)
    for key, least in (("sent", raw["sent"]), ("received", max(back, raw["arrived"]))):
        if totals[key] < least:
            return f"totals.{key} is {totals[key]}; allowed: at least the window's, {least}"
    if totals["traffic_s"] < raw["duration_s"] * (1 - CLOCKS):
        return f"totals.traffic_s is {totals['traffic_s']}; allowed: at least raw.duration_s"
    return None


def _ends(sections: dict[str, Any], flows: int) -> str | None:
    """What was learned before the window, and asked after it."""
    learned, stall = sections["state"]["learned_flows"], sections["stall"]
    if learned > flows:
        return f"learned_flows is {learned}; allowed: up to {flows}"
    if stall["probes_received"] > stall["probes_sent"]:
        return f"probes_received is {stall['probes_received']}; allowed: up to those sent"
    if stall["silence_ms"] / 1000 > sections["totals"]["traffic_s"] * (1 + CLOCKS) + ROUNDED_S:
        return f"silence_ms is {stall['silence_ms']}; allowed: up to the time of the traffic"
    return None


def _load_check(sections: dict[str, Any], every_frame: bool) -> str | None:
    """What was compared came back, and a wrong frame is told in words."""
    check, received = sections["load_check"], sections["totals"]["received"]
    if check is None:
        return None
    if not every_frame:
        return "load_check is given; allowed: null, as this generator compares nothing"
    if check["checked"] > received + check["duplicated"] + check["wrong"]:
        return f"load_check.checked is {check['checked']}; allowed: what came back at most"
    if check["duplicated"] < (sections["raw"]["duplicated"] or 0):
        return f"load_check.duplicated is {check['duplicated']}; allowed: the window's at least"
    if bool(check["wrong"]) != (check["first_wrong"] is not None):
        return f"load_check.first_wrong is {check['first_wrong']}; allowed: words with wrong frames"
    return None
