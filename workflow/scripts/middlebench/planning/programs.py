"""What is run by whom: programs of ours, rules, scripts, and what was built from elsewhere.

Paths are relative to the working directory.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from middlebench.duts.registry import DUTS, entry
from middlebench.duts.registry import FOLDER as MIDDLEBOXES
from middlebench.duts.rule_lists import count_of
from middlebench.generators import GENERATORS, generator_of
from middlebench.software import choice as software
from middlebench.software.choice import program_path
from middlebench.software.processors import builds_of_generators, generator_build

LOADGENS = "workflow/loadgens"

RULES = "results/rules"
"""Lists of rules that are made by a seed, in a folder for each folder of middleboxes."""

NOTHING = "(?!)"
"""Matches nothing, as a constraint: an empty one Snakemake takes for none."""

PROGRAMS = {name: f"{LOADGENS}/{program}" for name, program in builds_of_generators().items()}
PROGRAMS |= {dut.program: dut.program_file("") for dut in DUTS.values() if dut.built}
PROGRAMS |= {name: f"{MIDDLEBOXES}/{name}" for name in software.LOADED_FIRST.values()}
"""Our own programs, and the folders of their sources."""


def program_sources(name: str) -> list[str]:
    """All that one of PROGRAMS is built from."""
    files = Path(PROGRAMS[name]).glob("*")
    return sorted(str(f) for f in files if f.suffix in (".c", ".h") or f.name == "Makefile")


def dut_program(dut: str, function: str) -> str:
    """What makes a DUT do a function: OpenFlow rules, or a program of ours."""
    of = entry(dut)
    if of.built:
        return program_path(of.program)
    path = of.program_file(function)
    return path if count_of(function) is None else f"{RULES}/{of.folder}/{Path(path).name}"


def manifests(config: Mapping, program: str) -> list[str]:
    """The manifest of `dpdk`, `ovs` or `mos` in a list; empty when it is the distribution's."""
    prefix = software.prefix(config, program)
    return [f"{prefix}/manifest.json"] if prefix else []


def dut_manifests(config: Mapping, dut: str) -> list[str]:
    """The manifests of what was built for a DUT, and what it loads and reads besides."""
    of = entry(dut)
    if not of.software:
        return of.read_files
    first = software.loaded_first(config, of.software)
    loaded = [program_path(first)] if first else []
    return [*manifests(config, of.software), *loaded, *of.read_files]


def generator_program(testbed: Mapping) -> str:
    """The program of ours that makes the load, or exchanges frames for what makes it."""
    return program_path(generator_build(testbed))


def generator_scripts(testbed: Mapping) -> list[str]:
    """What else of ours what makes the load is given."""
    name = generator_of(testbed)
    pattern = GENERATORS[name].scripts
    return sorted(map(str, Path(LOADGENS, name).glob(pattern))) if pattern else []


def build_pattern(config: Mapping, program: str) -> str:
    """A regular expression that matches the builds that the configuration asks for, if any."""
    return "|".join(map(re.escape, software.builds(config, program))) or NOTHING
