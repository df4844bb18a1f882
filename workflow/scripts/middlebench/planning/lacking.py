"""Which DUTs that are asked for this machine cannot run, for want of a program or of a device.

Said at the start, so that nobody learns it at the last point; the others are measured.  What is
on another host is found out there.
"""

import os
import shutil
from collections.abc import Iterable, Mapping

from middlebench.duts.registry import dut_class, entry
from middlebench.experiment.grid import figure_settings, on_hosts
from middlebench.software.choice import is_built

PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
"""A sandbox's user is root there, with root's programs."""


def lacking(config: Mapping, figures: Iterable[str]) -> dict[str, str]:
    """DUT -> what it lacks, in words, of those that some figures measure on this machine."""
    asked = {}
    for settings in (figure_settings(config, figure) for figure in figures):
        testbed = config["testbeds"][settings["testbed"]]
        if not on_hosts(testbed) and not testbed.get("host"):
            asked[settings["dut"]] = None
    found = ((dut, _of(config, dut)) for dut in asked)
    return {dut: what for dut, what in found if what}


def lacking_lines(missing: Mapping[str, str], figures: int) -> list[str]:
    """A line a DUT for people; `figures`: how many are measured all the same."""
    rest = "the others are measured" if figures else "nothing else is asked for"
    return [f"middlebench: {dut} cannot be measured: {why}; {rest}" for dut, why in missing.items()]


def _of(config: Mapping, dut: str) -> str | None:
    about = dut_class(dut)
    for device, why in getattr(about, "devices", {}).items():
        if not os.access(device, os.W_OK):
            return why
    of = entry(dut).software
    tools = {} if of and is_built(config, of) else getattr(about, "tools", {})
    for tool, package in tools.items():
        if not shutil.which(tool, path=PATH):
            listed = getattr(about, "packages_in", "envs/apt.txt")
            return f"{tool} is missing: install {package} ({listed})"
    return None
