"""What is compared: the variants of a comparison, and whether this machine can hold them all."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.duts.registry import dut_class
from middlebench.errors import ConfigError
from middlebench.frame_mix import FrameSize
from middlebench.generators import IN_A_SANDBOX
from middlebench.hosts.commands import is_remote
from middlebench.loadgens.interface import generator_class
from middlebench.measuring.parts import Parts
from middlebench.testbeds.places import TwoHosts, Where

MEMINFO = Path("/proc/meminfo")

BESIDE_MB = 256
"""What a DUT and its generator take beside DPDK's share [MiB]: code, tables of flows, slices."""


class Variant(NamedTuple):
    """One side of a comparison."""

    parts: Parts
    settings: dict[str, Any]
    """What decides how its points are measured: `grid.measuring_settings`."""
    frame_size: FrameSize
    """[B]"""
    flows: int


def check_room(
    name: str, variants: Mapping[str, Variant], host: Where, meminfo: Path = MEMINFO
) -> None:
    """ConfigError, before anything is started, when not all of them can live at the same time."""
    if isinstance(host, TwoHosts):
        raise ConfigError(
            f"compare.{name}: {len(variants)} variants, each with two ports of its own; "
            "allowed: a sandbox, as a testbed of two hosts has two ports in all"
        )
    if is_remote(host):
        raise ConfigError(
            f"compare.{name}: its sandbox is on another host; allowed: one on this machine, "
            "as turns are given by a process beside it"
        )
    needed = sum(_needed_mb(variant) for variant in variants.values())
    known = re.search(
        r"^MemAvailable: +(\d+) kB", meminfo.read_text(encoding="ascii"), re.MULTILINE
    )
    there = int(known[1]) // 1024
    if needed > there:
        each = ", ".join(f"{of} {_needed_mb(variant)}" for of, variant in variants.items())
        raise ConfigError(
            f"compare.{name}: all variants live at the same time and need {needed} MiB ({each}); "
            f"allowed: what is available here, {there} MiB (fewer variants, or less memory_mb)"
        )


def _needed_mb(variant: Variant) -> int:
    """Memory of a DUT and its generator [MiB]."""
    own = variant.settings["dut"].get("memory_mb")
    dut = own or dut_class(variant.parts.dut).memory_mb
    return dut + generator_class(IN_A_SANDBOX).memory_mb + BESIDE_MB
