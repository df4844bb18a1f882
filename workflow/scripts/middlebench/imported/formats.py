"""The formats that are read.  Used while Snakemake reads the rules: nothing slow is imported."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from middlebench.imported import moongen, rfc2544, trex
from middlebench.imported.point import Point


class Format(NamedTuple):
    """Who writes a format, what of it is read, and what a file may have besides its `path`."""

    generator: str
    source: str
    read: Callable[[Mapping[str, Any], int], list[Point]]
    besides: tuple[str, ...] = ()


FORMATS = {
    "moongen-l3-load-latency": Format(
        "MoonGen", "l3-load-latency.lua", moongen.load_latency, ("histogram",)
    ),
    "moongen-rfc2544": Format("MoonGen", "rfc2544/", rfc2544.benchmark),
    "trex-stats": Format("TRex", "get_stats()", trex.stats, ("duration_s",)),
    "trex-ndr": Format("TRex", "stl_ndr_bench_tool.py", trex.ndr),
}
