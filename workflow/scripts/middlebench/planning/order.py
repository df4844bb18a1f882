"""In which order jobs run: the priorities that Snakemake is given."""

from collections.abc import Mapping

from middlebench.experiment.grid import order
from middlebench.records.identity import Point


def reboots(config: Mapping, testbed: str) -> bool:
    """Is a testbed's DUT started anew before each series?"""
    return config["testbeds"][testbed].get("clean_slate") == "reboot"


def point_priority(config: Mapping, point: Point) -> int:
    """The sooner, the higher; series after series where the DUT's host is started anew between."""
    seed, series_first = config["defaults"]["seed"], reboots(config, point.testbed)
    return -order(point, seed, series_first=series_first)
