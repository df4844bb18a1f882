"""The grid: which points, in which order, where they are written, and how long they take."""

from itertools import pairwise

import pytest

from configurations import DEFAULT, one_figure
from middlebench.experiment.estimate import estimated_seconds, summary
from middlebench.experiment.grid import (
    Point,
    figure_points,
    figure_settings,
    figure_title,
    grid_points,
    order,
)
from middlebench.experiment.point_settings import PointSettings


@pytest.fixture
def config():
    """A configuration with one figure of 2 x 2 x 2 points."""
    return one_figure()


def test_a_point_knows_its_record():
    """Every part of the identity is in the path."""
    point = Point("sandbox", "ovs-dpdk", "nat", 64, 100, 500, 1)
    assert point.path == "results/sandbox/points/ovs-dpdk/nat/64b_100flows/500mbit_1.json"


def test_tcp_points_lie_beside_those_of_udp(config):
    """The same cell under another protocol is another point, with a record of its own."""
    udp = figure_points(config, "one")
    config["figures"]["two"] = config["figures"]["one"] | {"protocol": "tcp"}
    tcp = figure_points(config, "two")
    assert {p.path for p in udp}.isdisjoint(p.path for p in tcp)
    assert "/64b_100flows_tcp/" in tcp[0].path
    assert PointSettings(config).of(tcp[0])["protocol"] == "tcp"
    assert PointSettings(config).of(udp[0])["protocol"] == "udp"


def test_the_points_that_are_measured_in_any_case(config):
    """Every flow and rate, `min` repetitions of each; `to` is not passed."""
    points = figure_points(config, "one")
    assert [(p.flows, p.rate_mbit, p.repetition) for p in points] == [
        (100, 100, 1),
        (100, 100, 2),
        (100, 200, 1),
        (100, 200, 2),
        (10, 100, 1),
        (10, 100, 2),
        (10, 200, 1),
        (10, 200, 2),
    ]


def ordered(config, seed):
    """The points of the shipped configuration in their order of measurement."""
    return sorted(grid_points(config), key=lambda point: order(point, seed))


def test_the_order_is_shuffled_by_the_seed_within_each_repetition():
    """First repetitions first; neither rate after rate nor series after series; always the same."""
    points = ordered(DEFAULT, 1)
    assert [p.repetition for p in points] == sorted(p.repetition for p in points)
    first = [p for p in points if p.repetition == 1]
    neighbours = sum(
        one.flows == two.flows and abs(one.rate_mbit - two.rate_mbit) == 50
        for one, two in pairwise(first)
    )
    assert neighbours < len(first) / 4
    assert len({p.function for p in first[:12]}) > 1
    assert points == ordered(DEFAULT, 1) != ordered(DEFAULT, 2)
    second = [p for p in points if p.repetition == 2]
    assert [vars(p) | {"repetition": 1} for p in second] != [vars(p) for p in first]


def test_what_is_added_leaves_the_order_of_the_others(config):
    """More rates: the old points keep their order among themselves."""
    before = ordered(config, 1)
    config["figures"]["one"]["rates_mbit"]["to"] = 900
    assert [point for point in ordered(config, 1) if point in before] == before


def test_a_point_of_two_figures_is_one_point(config):
    """The grid names it once, where it comes first."""
    config["figures"]["two"] = config["figures"]["one"] | {"flows": [10, 1]}
    points = grid_points(config)
    assert len(points) == len(set(points)) == 12
    assert points[:8] == figure_points(config, "one")


@pytest.mark.parametrize("figure", DEFAULT["figures"])
def test_records_of_different_points_have_different_paths(figure):
    """No record is written twice."""
    points = figure_points(DEFAULT, figure)
    assert len({point.path for point in points}) == len(points)


def test_the_time_is_estimated_between_calm_and_disturbed(config):
    """8 to 16 points of 0.1 + 0.3 + 0.1 s and the overhead; with gating up to ten windows."""
    assert estimated_seconds(config, "one") == pytest.approx((8 * 1.5, 16 * 4.2), rel=1e-3)
    config["testbeds"]["sandbox"]["gate"] = False
    assert estimated_seconds(config, "one") == pytest.approx((8 * 1.5, 16 * 1.5), rel=1e-3)


def test_the_summary_is_one_line(config):
    """Points in all, points a figure, minutes."""
    config["figures"]["two"] = config["figures"]["one"]
    expected = (
        "middlebench: 8 points (one 8, two 8); more where repetitions differ; "
        "1 to 3 min to measure all"  # with two calibrations
    )
    assert summary(config) == expected
    for figure in ("one", "two"):
        config["figures"][figure]["repetitions"] = {"min": 2, "max": 2, "retries": 0}
    expected = "middlebench: 8 points (one 8, two 8); 1 to 2 min to measure all"
    assert summary(config) == expected


def test_the_summary_says_that_more_points_follow(config):
    """What the sweep comes to is not known before it was measured."""
    more = {"to": 2000, "skip_after": 3, "refine": {"step": 20, "max_points": 4}}
    config["figures"]["one"]["rates_mbit"] |= more
    assert summary(config) == (
        "middlebench: 20 points (one 20); higher rates follow until 3 in a row are overloaded; "
        "then up to 4 fine rates a series where the knee may lie; more where repetitions differ; "
        "1 to 14 min to measure all"
    )


def test_a_figure_without_a_title_gets_one(config):
    """Made of function and frame size."""
    config["figures"]["one"]["function"] = "nat_thesis"
    assert figure_title(figure_settings(config, "one")) == "Nat thesis, 64 B frames"
    assert figure_title(figure_settings(DEFAULT, "nat_64b")) == "Source NAT, 64 B frames"
