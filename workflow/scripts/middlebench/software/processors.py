"""For which processors softgen is built: for this machine's where it runs here, else for all.

DPDK's own flags mean a processor of 2008.  Built for the one it runs on, softgen reads and writes
headers with all that this has; on an older one such a program ends with an illegal instruction.
Hosts get copies, so theirs is built with DPDK's flags.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from middlebench.addresses import host_settings, is_here
from middlebench.files.canonical import text_digest
from middlebench.generators import GENERATORS, generator_of

PORTABLE = "_portable"
"""What the name of a build for all processors ends with."""

CPUINFO = Path("/proc/cpuinfo")

_NAMES = ("vendor_id", "cpu family", "model", "model name", "stepping")


def builds_of_generators() -> dict[str, str]:
    """The builds of the programs that make or exchange frames: name -> program."""
    programs = dict.fromkeys(of.program for of in GENERATORS.values())
    return {f"{program}{end}": program for program in programs for end in ("", PORTABLE)}


def generator_build(testbed: Mapping) -> str:
    """Which build of such a program a testbed of the configuration uses."""
    program = GENERATORS[generator_of(testbed)].program
    return program if is_here(host_settings(testbed, "loadgen")) else f"{program}{PORTABLE}"


def built_for(build: str) -> dict[str, str]:
    """What besides its sources decides how one of our programs is built; empty for any processor.

    `march`: what its Makefile is told.  `processor` and `features` name this machine's.
    """
    native = builds_of_generators().get(build) == build
    return {"march": "native"} | processor() if native else {}


@cache
def processor() -> dict[str, str]:
    """This machine's processor, and the digest of all that it can do."""
    first = CPUINFO.read_text(encoding="utf-8").partition("\n\n")[0]
    parted = (line.partition(":") for line in first.splitlines())
    facts = {key.strip(): value.strip() for key, _, value in parted}
    flags = " ".join(sorted(facts.get("flags", "").split()))
    return {
        "processor": " ".join(facts[name] for name in _NAMES if name in facts),
        "features": text_digest(flags),
    }
