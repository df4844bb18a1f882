"""Which machine a side of a testbed is, as the configuration says it: by default this one.

Used while Snakemake reads the rules: nothing slow is imported, and no host contacted.
"""

from collections.abc import Mapping
from typing import Any

LOCAL = "local"
"""The address of this machine."""


def host_settings(testbed: Mapping, role: str) -> Mapping[str, Any]:
    """What `connect.open_host` takes for a host of a testbed; `role`: dut, or loadgen.

    In a sandbox both are one.
    """
    side = testbed["loadgen"] if role == "loadgen" and "loadgen" in testbed else testbed
    return side.get("host", {"address": LOCAL})


def is_here(settings: Mapping) -> bool:
    """Is a host with these settings this machine?"""
    return settings["address"] == LOCAL
