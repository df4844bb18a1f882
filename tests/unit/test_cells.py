"""The cell that a job's wildcards name, and when it is its turn."""

import itertools
from types import SimpleNamespace

import pytest

from configurations import DEFAULT
from middlebench.experiment.config import load
from middlebench.experiment.grid import suffix
from middlebench.planning.cells import point_of, ports_of, series_of
from middlebench.planning.order import point_priority, reboots
from middlebench.records.identity import Point
from workspace import REPOSITORY

TALLINN = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")


def job(point: Point) -> SimpleNamespace:
    """The wildcards of a point's job, which are texts."""
    texts = {name: str(part) for name, part in vars(point).items() if name != "protocol"}
    return SimpleNamespace(**texts, tcp=suffix(point.protocol))


def points(testbed: str) -> list[Point]:
    """Two series of two rates and two repetitions."""
    cells = itertools.product((64, 1518), (100,), (100, 200), (1, 2), ("udp",))
    return [Point(testbed, "ovs-dpdk", "nat", *cell) for cell in cells]


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_a_job_is_for_the_point_that_its_files_name(protocol):
    """With numbers, and the protocol in words."""
    point = Point("lab", "ovs-dpdk", "nat", 64, 100, 500, 2, protocol)
    assert point_of(job(point)) == point


def test_ports_are_those_of_the_dut_where_it_is():
    """A switch has sockets in a sandbox, and cards on a host."""
    assert ports_of(DEFAULT, "sandbox", "ovs-dpdk") == "vhost-user"
    assert ports_of(TALLINN, "tallinn", "ovs-dpdk") == "dpdk"


def test_first_repetitions_come_first_across_series():
    """The sooner, the higher."""
    ranked = sorted(points("sandbox"), key=lambda p: -point_priority(DEFAULT, p))
    assert [point.repetition for point in ranked] == [1] * 4 + [2] * 4


def test_where_a_host_is_started_anew_series_stay_together():
    """The start comes right before the points of its series, and after those of the one before."""
    config = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
    assert not reboots(config, "tallinn")
    config["testbeds"]["tallinn"]["clean_slate"] = "reboot"
    assert reboots(config, "tallinn")
    measured = points("tallinn")
    starts = {series_of(job(point)) for point in measured}
    assert len(starts) == 2
    assert {(start.rate_mbit, start.repetition) for start in starts} == {(0, 0)}
    ranked = sorted([*measured, *starts], key=lambda p: -point_priority(config, p))
    sizes = [point.frame_size for point in ranked]
    assert sizes == [sizes[0]] * 5 + [sizes[-1]] * 5
    assert [point in starts for point in ranked] == [True, *[False] * 4] * 2
