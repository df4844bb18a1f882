"""For which processors softgen is built: for this machine's where it runs here, else for all.

DPDK's own flags mean a processor of 2008.  Built for the one it runs on, softgen reads and writes
headers with all that this has; on an older one such a program ends with an illegal instruction.
Hosts get copies, so theirs is built with DPDK's flags.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from middlebench.addresses import host_settings, is_here

NATIVE, PORTABLE = "softgen", "softgen_portable"

CPUINFO = Path("/proc/cpuinfo")

_NAMES = ("vendor_id", "cpu family", "model", "model name", "stepping")


def softgen_program(testbed: Mapping) -> str:
    """Which build of softgen makes the load of a testbed of the configuration."""
    return NATIVE if is_here(host_settings(testbed, "loadgen")) else PORTABLE


def built_for(program: str) -> dict[str, str]:
    """What besides its sources decides how one of our programs is built; empty for any processor.

    `march`: what its Makefile is told.  `processor` and `features` name this machine's.
    """
    return {"march": "native"} | processor() if program == NATIVE else {}


@cache
def processor() -> dict[str, str]:
    """This machine's processor, and the digest of all that it can do."""
    first = CPUINFO.read_text(encoding="utf-8").partition("\n\n")[0]
    parted = (line.partition(":") for line in first.splitlines())
    facts = {key.strip(): value.strip() for key, _, value in parted}
    flags = " ".join(sorted(facts.get("flags", "").split()))
    return {
        "processor": " ".join(facts[name] for name in _NAMES if name in facts),
        "features": hashlib.sha256(flags.encode()).hexdigest(),
    }
