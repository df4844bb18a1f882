"""The grid: which points a configuration asks for, and what decides how each one is measured.

Used while Snakemake reads the rules, so it imports nothing slow and contacts nothing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from middlebench.addresses import host_settings, is_here
from middlebench.duts.registry import entry, implementation
from middlebench.experiment.rates import kind_of
from middlebench.files.canonical import json_text
from middlebench.frame_mix import FrameSize, Mix, size_words
from middlebench.functions import KNOWN, of_configuration
from middlebench.records.identity import Point, Rate
from middlebench.records.identity import suffix as suffix
from middlebench.software import choice as software


def merge(base: Any, overlay: Any) -> Any:
    """`base` with `overlay` laid over it: nested mappings are merged, lists replaced."""
    if not isinstance(base, Mapping) or not isinstance(overlay, Mapping):
        return overlay
    merged = {key: merge(base[key], overlay[key]) if key in overlay else base[key] for key in base}
    return merged | {key: value for key, value in overlay.items() if key not in base}


def on_hosts(testbed: Mapping) -> bool:
    """Are DUT and generator on hosts with ports of their own, and in no sandbox?"""
    return "loadgen" in testbed


def is_sandbox_here(testbed: Mapping) -> bool:
    """Is it a sandbox on this machine?  Programs are looked for here, and variants take turns."""
    return not on_hosts(testbed) and is_here(host_settings(testbed, "dut"))


def figure_settings(config: Mapping, figure: str) -> dict:
    """The settings of one figure: `defaults` with what the figure says itself laid over them.

    A mix of frame sizes has its content; none where nothing says it.
    """
    settings = merge(config["defaults"], config["figures"][figure])
    named = settings.get("frame_size")
    if isinstance(named, str):
        settings["frame_size"] = Mix(named, config["mixes"].get(named, ()))
    return settings


def figure_points(config: Mapping, figure: str) -> list[Point]:
    """The points that one figure measures in any case, each rate `repetitions.min` times.

    What follows where these are not enough is planned from records: see `analysis.sweep`.
    """
    settings = figure_settings(config, figure)
    return _points(settings, kind_of(settings["rates_mbit"]).first())


def first_shared_point(config: Mapping, one: str, other: str) -> Point | None:
    """The first point that both figures' sweeps may come to, None without any."""
    ours, theirs = (figure_settings(config, figure) for figure in (one, other))
    if _series(ours) != _series(theirs) or ours["protocol"] != theirs["protocol"]:
        return None
    flows = set(ours["flows"]) & set(theirs["flows"])
    possible = (kind_of(settings["rates_mbit"]).possible for settings in (ours, theirs))
    common = set.intersection(*map(set, possible))
    if not flows or not common:
        return None
    return Point(*_series(ours), min(flows), min(common), 1, ours["protocol"])


def order(point: Point, seed: int, series_first: bool = False) -> int:
    """The place of a point among all others: first repetitions first, shuffled within each.

    Not rate after rate: what drifts on a machine over minutes then spreads over all rates instead
    of bending a curve.  The place depends on the point and the seed alone, so the order of the
    points that are there does not change when others are added.  `series_first`: the series come
    one after the other, also shuffled, and this holds within each; repetition 0 is before all of
    its series.
    """
    within = (point.repetition << 32) + _shuffled(f"{seed} {point.path}")
    if not series_first:
        return within
    series = _shuffled(f"{seed} {Path(point.path).parent}") >> 13
    return (series << 43) + within  # within 63 bit


def _shuffled(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=4).digest(), "big")


def grid_points(config: Mapping, figures: Iterable[str] | None = None) -> list[Point]:
    """Every point that some figures, all when None, measure in any case, once."""
    figures = config["figures"] if figures is None else figures
    points = (point for figure in figures for point in figure_points(config, figure))
    return list(dict.fromkeys(points))


def series_of(config: Mapping) -> list[Point]:
    """The series of all figures, each once: points without a rate, and repetition 0."""
    found = []
    for name in config["figures"]:
        of = figure_settings(config, name)
        cell = [of[key] for key in ("testbed", "dut", "function", "frame_size")]
        found += [Point(*cell, flows, 0, 0, of["protocol"]) for flows in of["flows"]]
    return list(dict.fromkeys(found))


def measuring_settings(config: Mapping, figure: str) -> dict:
    """All that decides how a figure's points are measured and judged, but for the cell itself."""
    settings = figure_settings(config, figure)
    testbed = config["testbeds"][settings["testbed"]]
    ports = implementation(settings["dut"], on_hosts(testbed)).ports
    return {
        "durations": learned_by(settings["dut"]) | settings["durations"],
        "flow_order": settings["flow_order"],
        "flows_a_destination": settings["flows_a_destination"],
        "protocol": settings["protocol"],
        "seed": settings["seed"],
        "gating": _gating(config, testbed, ports),
        "verdict": config["verdict"],
        **_mix(config, settings["frame_size"]),
        **_dut_and_testbed(config, settings["testbed"], settings["dut"], settings["function"]),
    }


def learned_by(dut: str) -> dict[str, int]:
    """How fast flows are learned, unless the durations say so: where the DUT takes fewer."""
    rate = entry(dut).learn_pps
    return {"learn_pps": rate} if rate else {}


def sweep_settings(config: Mapping, figure: str) -> dict:
    """All that decides which points a figure's sweep comes to: what `sweep.plan` takes."""
    settings = figure_settings(config, figure)
    return {
        **{key: settings[key] for key in ("rates_mbit", "repetitions")},
        **{key: config["verdict"][key] for key in ("max_loss_ratio", "max_exceed_ratio")},
    }


def check_settings(config: Mapping, testbed: str, dut: str, function: str, protocol: str) -> dict:
    """All that decides the functional check of a function.

    Keys: protocol, seed (of the load's plan, by `defaults`: one check is for all figures), dut,
    virtual, link_mbit, expected_failures.
    """
    return {
        "protocol": protocol,
        "seed": config["defaults"]["seed"],
        "expected_failures": [
            item
            for name in (function, f"{dut}.{function}")
            for item in config["expected_failures"].get(name, [])
        ],
        **_dut_and_testbed(config, testbed, dut, function),
    }


def calibration_settings(
    config: Mapping, testbed: str, ports: str, protocol: str, frame_size: FrameSize | None = None
) -> dict:
    """All that decides the calibration of a testbed's generator on a kind of port.

    Keys: mix (where the frame size is one), protocol, durations [ms], flow_order, seed, gating (or
    None), virtual, link_mbit, repetitions, floor_load_ratio, idle_trials.
    """
    settings, where = config["defaults"], config["testbeds"][testbed]
    return {
        "protocol": protocol,
        **{key: settings[key] for key in ("durations", "flow_order", "seed")},
        "gating": _gating(config, where, ports),
        **_place(where),
        **_mix(config, frame_size),
        **config["calibration"],
    }


def _mix(config: Mapping, frame_size: FrameSize | None) -> dict:
    """What a name of a mix stands for."""
    return {"mix": config["mixes"][frame_size]} if isinstance(frame_size, str) else {}


def _gating(config: Mapping, testbed: Mapping, ports: str) -> dict | None:
    """When time is too disturbed to judge a DUT with this kind of port; None: never."""
    if not testbed["gate"]:
        return None
    gating = {key: value for key, value in config["gating"].items() if key != "ports"}
    return gating | config["gating"]["ports"].get(ports, {})


def as_param(settings: Mapping) -> str:
    """Settings as the one labelled string that Snakemake compares to decide about a rerun."""
    return json_text(settings)


def figure_title(settings: Mapping) -> str:
    """The heading of a figure: its own `title`, or one made of function and frame size."""
    made = f"{settings['function'].replace('_', ' ')}, {size_words(settings['frame_size'])} frames"
    made += ", TCP" if settings["protocol"] == "tcp" else ""
    return settings.get("title", made[0].upper() + made[1:])


def _points(settings: Mapping, of_rates: Sequence[Rate]) -> list[Point]:
    return [
        Point(*_series(settings), flows, rate, repetition, settings["protocol"])
        for flows in settings["flows"]
        for rate in of_rates
        for repetition in range(1, settings["repetitions"]["min"] + 1)
    ]


def _series(settings: Mapping) -> tuple[str, str, str, int]:
    return tuple(settings[key] for key in ("testbed", "dut", "function", "frame_size"))


def _dut_and_testbed(config: Mapping, testbed: str, dut: str, function: str) -> dict:
    does = of_configuration(config)[function]
    kept = {
        key: value
        for key, value in config["duts"].get(dut, {}).items()
        if key not in ("snat_address", "snat_addresses") or does.translates
    }
    pool = kept.pop("snat_addresses", None)
    if addresses := does.addresses or pool:
        kept["snat_address"] = addresses
    if function not in KNOWN:
        kept["function"] = does._asdict()
    program = entry(dut).software
    if program and (prefix := software.prefix(config, program)):
        kept["prefix"] = prefix
        if first := software.loaded_first(config, program):
            kept["loaded_first"] = software.program_path(first)
    return {"dut": kept, **_place(config["testbeds"][testbed])}


def _place(testbed: Mapping) -> dict:
    """What of a testbed decides a measurement: not how a host is reached, but which one it is."""
    place = {key: testbed[key] for key in ("virtual", "link_mbit", "ports") if key in testbed}
    if on_hosts(testbed):
        loadgen = testbed["loadgen"]
        used = ("generator", "ports", loadgen["generator"])  # and what this generator is told
        place["loadgen"] = {key: loadgen[key] for key in used if key in loadgen} | _named(loadgen)
        place["clean_slate"] = testbed.get("clean_slate")
    return place | _named(testbed)


def _named(side: Mapping) -> dict:
    return {"host": side["host"]["address"]} if "host" in side else {}
