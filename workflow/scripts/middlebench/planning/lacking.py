"""Which DUTs that are asked for this machine cannot run, for want of a program or of a device.

Said at the start, so that nobody learns it at the last point; the others are measured.  What is
on another host is found out there.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from middlebench.duts.registry import dut_class, entry
from middlebench.experiment.grid import figure_settings, is_sandbox_here
from middlebench.experiment.ladder import COST_LINUX, PICTURES
from middlebench.software.choice import is_built

PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
"""A sandbox's user is root there, with root's programs."""


def lacking(config: Mapping, figures: Iterable[str]) -> dict[str, str]:
    """DUT -> what it lacks, in words, of those that some figures measure on this machine."""
    asked = {}
    for settings in (figure_settings(config, figure) for figure in figures):
        testbed = config["testbeds"][settings["testbed"]]
        if is_sandbox_here(testbed):
            asked[settings["dut"]] = None
    found = ((dut, _of(config, dut)) for dut in asked)
    return {dut: what for dut, what in found if what}


def without_ladder(config: Mapping) -> str | None:
    """Why the kernel's ladder is left out, in a line; None where it is not, or asked for by name.

    It is part of every run, and not every machine has what its DUT needs.
    """
    cost = config[COST_LINUX]
    if not cost or PICTURES[COST_LINUX] in (config["only"] or ()):
        return None
    dut, name = (cost.get(key, config["defaults"][key]) for key in ("dut", "testbed"))
    here = is_sandbox_here(config["testbeds"][name])
    why = _of(config, dut) if here and dut in config["duts"] else None
    return why and f"middlebench: {COST_LINUX} left out: {dut} cannot be measured: {why}"


def lacking_lines(missing: Mapping[str, str], figures: int) -> list[str]:
    """A line a DUT for people; `figures`: how many are measured all the same."""
    rest = "the others are measured" if figures else "nothing else is asked for"
    return [f"middlebench: {dut} cannot be measured: {why}; {rest}" for dut, why in missing.items()]


def _of(config: Mapping, dut: str) -> str | None:
    about = dut_class(dut)
    for device, why in getattr(about, "devices", {}).items():
        if not os.access(device, os.W_OK):
            return why
    for part, why in getattr(about, "kernel_parts", {}).items():
        if not Path(part).exists():
            return why
    of = entry(dut).software
    tools = {} if of and is_built(config, of) else getattr(about, "tools", {})
    for tool, package in tools.items():
        if not shutil.which(tool, path=PATH):
            listed = getattr(about, "packages_in", "envs/apt.txt")
            return f"{tool} is missing: install {package} ({listed})"
    return None
