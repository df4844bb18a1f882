"""What makes a point record one that can be believed: pure rules on a record of the right form.

Each rule takes a record that its schema has passed, and gives the reason why it cannot be as it
lies there, or None.  What follows from other values is made again by the function that made it.
Not looked at, as nothing in the record says what they must be: host, the software's versions and
hashes, what the calibration found, made_from but for the settings.
"""

import json
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any

from middlebench.frame_mix import frame_size_of
from middlebench.generators import GENERATORS
from middlebench.records import losses, record, state_rules
from middlebench.records import sections as section_rules
from middlebench.records.identity import Point
from middlebench.records.sections import CLOCKS
from middlebench.records.state_rules import differing
from middlebench.records.verdict import above_line_rate, decide

Record = dict[str, Any]

UNGATED_SLICE_US = 1000
"""softgen's slices [us] where nothing is gated: its own default."""

READ_S = 0.01
"""How exact times that are written to 1 ms are, clocks of two hosts apart."""

OF_ALL_TIME = ("foreign", "late", "latency_sent")
"""What a record says of the whole window alone."""

BURST = 64
"""Frames that are due at once: an edge of a window may have so many more or fewer."""


def fault(found: Record, path: str | Path) -> str | None:
    """The first rule that a record in the file `path` does not fit, in words."""
    if isinstance(found["identity"]["frame_size"], str) != ("mix" in found["settings"]):
        return "settings.mix is missing or given; allowed: where identity.frame_size is a name"
    reasons = (rule(found) for rule in (*ALWAYS, *(() if _unrun(found) else MEASURED), _verdict))
    return _identity(found, path) or next(filter(None, reasons), None)


def _identity(found: Record, path: str | Path) -> str | None:
    """The file lies where the grid has this point."""
    own = Point(**found["identity"]).path
    if f"/{Path(path).as_posix()}".endswith(f"/{own}"):
        return None
    return f"identity is that of {own}"


def _settings(found: Record) -> str | None:
    settings, cell = found["settings"], found["identity"]
    if found["made_from"]["settings"] != record.settings_digest(settings):
        return "settings are not those of made_from.settings"
    if settings["protocol"] != cell.get("protocol", "udp"):
        return f"settings.protocol is {settings['protocol']}; allowed: the identity's"
    if settings["virtual"] != (settings["link_mbit"] is None):
        return f"settings.link_mbit is {settings['link_mbit']}; allowed: null where virtual is true"
    if settings["gating"] and not settings["virtual"]:
        return "settings.gating is given; allowed: null where virtual is false"
    return None


def _asked(found: Record) -> str | None:
    cell = found["identity"]
    made = record.asked(cell["rate_mbit"], frame_size_of(cell["frame_size"], found["settings"]))
    return differing("asked.", found["asked"], made)


def _time(found: Record) -> str | None:
    try:
        start, end = (datetime.fromisoformat(found["time"][key]) for key in ("start", "end"))
    except ValueError as error:
        return f"time is {found['time']} ({error})"
    if end < start:
        return f"time.end is {found['time']['end']}; allowed: after the start"
    took, traffic = (end - start).total_seconds(), (found["totals"] or {}).get("traffic_s", 0)
    if traffic > took * (1 + CLOCKS) + READ_S:
        return f"totals.traffic_s is {traffic}; allowed: at most the time of the point, {took:.3f}"
    return None


def _generator(found: Record) -> str | None:
    """What made the load is known."""
    name = found["software"] and found["software"]["generator"]["name"]
    if name is None or name in GENERATORS:
        return None
    return f"software.generator.name is {name[:40]}; allowed: one of {', '.join(GENERATORS)}"


def _sections(found: Record) -> str | None:
    """Nothing was run above line rate, and then only."""
    if _unrun(found):
        given = [name for name in record.MEASURED if found[name] is not None]
        return f"{given[0]} is given; allowed: null above line rate" if given else None
    compared = found["software"] and _every_frame(found)
    optional = {
        "disturbance",
        "switch_cycles",
        "machine",
        "states",
        *(() if compared else ("load_check",)),
    }
    needed = set(record.MEASURED) - optional
    missing = [name for name in record.MEASURED if name in needed and found[name] is None]
    return f"{missing[0]} is null; allowed: what was measured" if missing else None


def _counters(found: Record) -> str | None:
    raw, gated = found["raw"], found["gated"]
    if reason := section_rules.fault(found, found["identity"]["flows"], _every_frame(found)):
        return reason
    if found["settings"]["gating"] is None:
        return differing("gated.", gated, raw | dict.fromkeys(OF_ALL_TIME))
    given = [key for key in OF_ALL_TIME if gated[key] is not None]
    return f"gated.{given[0]} is given; allowed: null, as it is of all time" if given else None


def _machine(found: Record) -> str | None:
    """What was counted by state, and of which of it `gated` is made."""
    every_frame = _every_frame(found)
    if found["machine"] and not every_frame:
        return "machine is given; allowed: null, as this generator knows no states"
    return (
        state_rules.sent_fault(found["raw"], every_frame)
        or state_rules.fault(found, state_rules.counts_rule(found["raw"]))
        or state_rules.machine_fault(found)
    )


def _derived(found: Record) -> str | None:
    """Loss, rates and quantiles are what their counters and histogram make them."""
    virtual = found["settings"]["virtual"]
    for name in ("raw",) if found["states"] else ("raw", "gated"):  # the other is made of states
        part, latency = found[name], found[name]["latency"]
        if reason := differing(f"{name}.", part, losses.loss_and_rates(part, virtual)):
            return reason
        if latency:
            columns = [latency["histogram"][key] for key in ("lower_ns", "upper_ns", "count")]
            made = record.quantiles(*columns, (latency["min_ns"], latency["max_ns"]))
            if reason := differing(f"{name}.latency.", latency, made):
                return reason
    return None


def _durations(found: Record) -> str | None:
    """The window is as long as the settings say: from one clean one to as many as are tried."""
    settings, seconds = found["settings"], found["raw"]["duration_s"]
    slice_us = _slice_us(found)
    window_us = settings["durations"]["window_ms"] * 1000
    windows = settings["durations"]["max_windows"] if settings["gating"] else 1
    longest = ceil(window_us / slice_us) * slice_us / 1e6 * windows
    frames_s = 4 / found["asked"]["rate_pps"]  # MoonGen's windows are whole frames long
    least = window_us / 1e6 - frames_s
    if least * (1 - CLOCKS) <= seconds <= longest * (1 + CLOCKS):
        return None
    return f"raw.duration_s is {seconds}; allowed: {least:.3f} to {longest:.3f} s, as settings say"


def _slices(found: Record) -> str | None:
    """Slices are as long as the settings say, and their share is what it must be."""
    about, gating = found["disturbance"], found["settings"]["gating"]
    if about is None:
        return "disturbance is null; allowed: what gating found" if gating else None
    share = record.disturbed_share(about["slices"], about["clean_slices"])
    if about["share"] != share:
        return f"disturbance.share is {about['share']}; allowed: 1 - clean_slices / slices"
    seconds, slice_us = found["raw"]["duration_s"], _slice_us(found)
    made = about["slices"] * slice_us / 1e6
    if abs(seconds - made) > CLOCKS * made:
        return f"raw.duration_s is {seconds}; allowed: {about['slices']} slices of {slice_us} us"
    return None


def _offered(found: Record) -> str | None:
    """What was due is the rate that was asked for.

    Clean slices have no gap of the generator, so it is late by `generator_gap_us` at most at either
    end of one.  Without gating a stop at either edge of the window is only known to be shorter than
    half of it; what was due before the window is caught up within.
    """
    part, rate, gating = found["gated"], found["asked"]["rate_pps"], found["settings"]["gating"]
    expected = rate * part["duration_s"]
    if gating:
        below = above = min(1.0, gating["generator_gap_us"] / gating["slice_us"])
        edges = BURST + _judged_slices(found)
    else:
        below, above, edges = 0.5, 0.5, BURST
    low, high = expected * (1 - below) - edges, expected * (1 + above) + edges
    if low <= part["offered"] <= high:
        return None
    return f"gated.offered is {part['offered']}; allowed: about {expected:.0f}, the rate asked for"


def _expected(found: Record) -> str | None:
    """Connections are those of all flows, or a DUT's that has none; answers are TCP's."""
    expected, flows = found["state"]["expected_entries"], found["identity"]["flows"]
    if expected not in (0, flows):
        return f"state.expected_entries is {expected}; allowed: 0 or {flows}"
    if "answers_sent" in found["totals"] and "protocol" not in found["identity"]:
        return "totals.answers_sent is given; allowed: with TCP"
    return None


def _switch_cycles(found: Record) -> str | None:
    """Busy cycles are packets times those of each: printed as whole ones, shares to 0.1 %."""
    cycles = found["switch_cycles"]
    if cycles is None:
        return None
    packets, used, each = (cycles[key] for key in ("packets", "used_cycles", "cycles_per_packet"))
    if (each is None) != (packets == 0):
        return f"switch_cycles.cycles_per_packet is {each}; allowed: null without packets"
    busy = used * (1 - cycles["idle_share"])
    if abs(packets * (each or 0) - busy) > 0.01 * used + packets:
        return f"switch_cycles.cycles_per_packet is {each}; allowed: {busy:.0f} in all"
    spread = cycles["milliseconds"]
    if spread and not spread["p25"] <= spread["p50"] <= spread["p75"]:
        return f"switch_cycles.milliseconds is {spread}; allowed: p25 <= p50 <= p75"
    if (cycles["tsc_hz"] is None) == found["settings"]["virtual"]:
        return f"switch_cycles.tsc_hz is {cycles['tsc_hz']}; allowed: that of a shared clock only"
    return None


def _verdict(found: Record) -> str | None:
    made = decide(found, found["settings"]["verdict"])._asdict()
    if found["verdict"] == made:
        return None
    return f"verdict is {_words(found['verdict'])}; allowed: {_words(made)}"


ALWAYS = (_settings, _asked, _time, _generator, _sections)
MEASURED = (_counters, _machine, _derived, _durations, _slices, _offered, _expected, _switch_cycles)


def _every_frame(found: Record) -> bool:
    return GENERATORS[found["software"]["generator"]["name"]].every_frame


def _slice_us(found: Record) -> int:
    gating = found["settings"]["gating"]
    return gating["slice_us"] if gating else UNGATED_SLICE_US


def _judged_slices(found: Record) -> int:
    """How many clean slices `gated` is made of."""
    if found["states"] is None:
        return found["disturbance"]["clean_slices"]
    return sum(found["states"][name]["clean_slices"] for name in found["machine"]["states"])


def _unrun(found: Record) -> bool:
    return above_line_rate(found) is not None


def _words(verdict: dict[str, str]) -> str:
    return f"{verdict['name']} ({json.dumps(verdict['reason'])})"
