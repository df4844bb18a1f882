"""Which cell of the grid a job is for: what the wildcards of its files say."""

from collections.abc import Mapping
from typing import Any

from middlebench.duts.registry import implementation
from middlebench.experiment.grid import on_hosts
from middlebench.frame_mix import FrameSize, size_of_path
from middlebench.records.identity import Point, Rate, rate_of


def protocol_of(cell: Any) -> str:
    """The protocol that `tcp`, a suffix of names of files, stands for."""
    return cell.tcp.removeprefix("_") or "udp"


def point_of(cell: Any) -> Point:
    """The point of a job's wildcards, which are texts."""
    return _point(cell, rate_of(cell.rate_mbit), int(cell.repetition))


def series_of(cell: Any) -> Point:
    """What comes before the points of a series: one without a rate, and repetition 0."""
    return _point(cell, 0, 0)


def ports_of(config: Mapping, testbed: str, dut: str) -> str:
    """The kind of port between a DUT and the generator of a testbed."""
    return implementation(dut, on_hosts(config["testbeds"][testbed])).ports


def size_of(cell: Any) -> FrameSize:
    """The frame size of a job's wildcards, of a mix the name alone."""
    return size_of_path(cell.frame_size)


def _point(cell: Any, rate_mbit: Rate, repetition: int) -> Point:
    numbers = (size_of(cell), int(cell.flows), rate_mbit, repetition)
    return Point(cell.testbed, cell.dut, cell.function, *numbers, protocol_of(cell))
