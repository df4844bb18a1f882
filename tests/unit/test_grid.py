"""The grid: which points, in which order, where they are written, and what decides them."""

import copy
import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.experiment.config import load
from middlebench.experiment.grid import (
    Point,
    as_param,
    calibration_settings,
    check_settings,
    estimated_seconds,
    figure_points,
    figure_settings,
    figure_title,
    grid_points,
    merge,
    order,
    point_settings,
    summary,
)
from workspace import REPOSITORY

DEFAULT = load(REPOSITORY / "config.yaml")


@pytest.fixture
def config():
    """A configuration with one figure of 2 x 2 x 2 points."""
    config = copy.deepcopy(DEFAULT)
    config["figures"] = {
        "one": {
            "function": "nat",
            "frame_size": 64,
            "flows": [100, 10],
            "rates_mbit": {"from": 100, "to": 299, "step": 100},
            "repetitions": {"min": 2, "max": 3, "retries": 1},
        }
    }
    return config


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
    assert point_settings(config, tcp[0])["protocol"] == "tcp"
    assert point_settings(config, udp[0])["protocol"] == "udp"


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


def test_calibration_does_not_depend_on_the_dut(config):
    """Its settings: durations, order and seed of the defaults, gating, and its own."""
    settings = calibration_settings(config, "sandbox", "udp")
    assert set(settings) == {
        *("protocol", "durations", "flow_order", "seed", "gating"),
        *("virtual", "link_mbit", "repetitions", "floor_load_ratio"),
    }
    config["figures"]["one"]["seed"] = 9
    assert calibration_settings(config, "sandbox", "udp") == settings


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


def test_settings_hold_all_that_decides_a_measurement(config):
    """The keys that measure_point gets, as one JSON string."""
    settings = point_settings(config, figure_points(config, "one")[0])
    assert json.loads(as_param(settings)) == {
        "durations": DEFAULT["defaults"]["durations"],
        "flow_order": "round_robin",
        "protocol": "udp",
        "seed": 1,
        "gating": DEFAULT["gating"],
        "verdict": DEFAULT["verdict"],
        "dut": DEFAULT["duts"]["ovs-dpdk"],
        "virtual": True,
        "link_mbit": None,
        "stage": "coarse",
    }


def test_a_figure_overrides_the_defaults_key_by_key(config):
    """A figure's warm-up leaves the other durations as they were."""
    config["figures"]["one"]["durations"] = {"warmup_ms": 5}
    durations = point_settings(config, figure_points(config, "one")[0])["durations"]
    assert durations == DEFAULT["defaults"]["durations"] | {"warmup_ms": 5}
    assert config["defaults"] == DEFAULT["defaults"]


def test_settings_are_those_of_the_figure_that_asks(config):
    """Two figures with different points may be measured differently."""
    config["figures"]["two"] = config["figures"]["one"] | {"flows": [1], "seed": 9}
    assert point_settings(config, figure_points(config, "one")[0])["seed"] == 1
    assert point_settings(config, figure_points(config, "two")[0])["seed"] == 9


def test_a_point_outside_of_the_grid_has_no_settings(config):
    """A rate between two steps, flows of no figure, a repetition too many."""
    inside = figure_points(config, "one")[0]
    for change in ({"rate_mbit": 150}, {"flows": 11}, {"repetition": 5}, {"dut": "mos"}):
        with pytest.raises(KeyError):
            point_settings(config, Point(**(vars(inside) | change)))


@pytest.mark.parametrize(
    ("function", "depends"),
    [("forward", False), ("firewall", False), ("nat", True), ("nat_thesis", True)],
)
def test_only_translating_functions_depend_on_the_snat_address(config, function, depends):
    """Another SNAT address must not measure a firewall again."""
    config["figures"]["one"]["function"] = function
    settings = point_settings(config, figure_points(config, "one")[0])
    assert ("snat_address" in settings["dut"]) == depends
    check = check_settings(config, "sandbox", "ovs-dpdk", function, "udp")
    assert ("snat_address" in check["dut"]) == depends


SOURCE = {"from": "tarball", "version": "3.1.0", "sha256": "0" * 64, "path": "x.tar.gz"}


def switch(config, dut="ovs-dpdk", **chosen):
    """Where a DUT's switch lies when `software` says this."""
    software = {"ovs": SOURCE, "dpdk": {"from": "distribution"}} | chosen
    check = check_settings(config | {"software": software}, "sandbox", dut, "forward", "udp")
    return check["dut"].get("prefix")


def test_a_built_switch_lies_in_a_folder_that_its_version_and_options_name(config):
    """Relative to the working directory, so that nothing is measured again when that has moved."""
    name = r"results/software/ovs/3\.1\.0-[0-9a-f]{8}"
    assert re.fullmatch(name, switch(config))
    commit = {"from": "git", "url": "https://example.org/x", "commit": "c0ffee" + "0" * 34}
    assert re.fullmatch(r".*/ovs/c0ffee000000-[0-9a-f]{8}", switch(config, ovs=commit))
    assert switch(config, ovs={"from": "distribution"}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"ovs": SOURCE | {"version": "3.1.1"}},
        {"ovs": SOURCE | {"sha256": "1" * 64}},
        {"ovs": SOURCE | {"options": ["CFLAGS=-O3"]}},
        {"ovs": {"from": "source_package", "version": "3.1.0"}},
        {"dpdk": SOURCE},
        {"dpdk": SOURCE | {"drivers": ["net/vhost"]}},
        {"dpdk": SOURCE | {"options": ["-Dplatform=generic"]}},
    ],
    ids=str,
)
def test_what_decides_a_build_decides_its_folder(config, change):
    """Also what decides the DPDK that is built for it."""
    folders = {switch(config), switch(config, dpdk=SOURCE | {"version": "1"})}
    assert switch(config, **change) not in folders


def test_where_a_source_comes_from_and_the_order_of_drivers_decide_nothing(config):
    """The hash says what it is."""
    url = {key: value for key, value in SOURCE.items() if key != "path"} | {"url": "https://x.org"}
    assert switch(config, ovs=url) == switch(config)
    drivers = ["net/vhost", "bus/vdev"]
    one, two = (SOURCE | {"drivers": found} for found in (drivers, drivers[::-1]))
    assert switch(config, dpdk=one) == switch(config, dpdk=two)


def test_a_dut_without_open_vswitch_has_no_switch(config):
    """What a token bucket measured stays as it is."""
    config["duts"]["token-bucket"] = {}
    assert switch(config, dut="token-bucket") is None


def test_without_gating_its_limits_do_not_matter(config):
    """On a testbed without gating the settings say none."""
    config["testbeds"]["sandbox"]["gate"] = False
    assert point_settings(config, figure_points(config, "one")[0])["gating"] is None


def test_a_check_depends_on_its_own_expected_failures_only(config):
    """What nat_thesis may fail says nothing about nat."""
    expected = check_settings(config, "sandbox", "ovs-dpdk", "nat_thesis", "udp")[
        "expected_failures"
    ]
    assert expected == ["reply_translated"]
    assert check_settings(config, "sandbox", "ovs-dpdk", "nat", "udp")["expected_failures"] == []


def test_the_time_is_estimated_between_calm_and_disturbed(config):
    """8 to 16 points of 0.1 + 0.3 + 0.1 s and the overhead; with gating up to six windows."""
    assert estimated_seconds(config, "one") == pytest.approx((8 * 1.5, 16 * 3.0))
    config["testbeds"]["sandbox"]["gate"] = False
    assert estimated_seconds(config, "one") == pytest.approx((8 * 1.5, 16 * 1.5))


def test_the_summary_is_one_line(config):
    """Points in all, points a figure, minutes."""
    config["figures"]["two"] = config["figures"]["one"]
    expected = (
        "middlebench: 8 points (one 8, two 8); more where repetitions differ; "
        "0 to 2 min to measure all"
    )
    assert summary(config) == expected
    for figure in ("one", "two"):
        config["figures"][figure]["repetitions"] = {"min": 2, "max": 2, "retries": 0}
    expected = "middlebench: 8 points (one 8, two 8); 0 to 1 min to measure all"
    assert summary(config) == expected


def test_the_summary_says_that_more_points_follow(config):
    """What the sweep comes to is not known before it was measured."""
    more = {"to": 2000, "skip_after": 3, "refine": {"step": 20, "max_points": 4}}
    config["figures"]["one"]["rates_mbit"] |= more
    assert summary(config) == (
        "middlebench: 20 points (one 20); higher rates follow until 3 in a row are overloaded; "
        "then up to 4 fine rates a series where the knee may lie; more where repetitions differ; "
        "0 to 10 min to measure all"
    )


def test_a_fine_point_says_so(config):
    """Also where another figure has it among its coarse ones, which then counts."""
    config["figures"]["one"]["rates_mbit"] = {"from": 100, "to": 300, "step": 100}
    config["figures"]["one"]["rates_mbit"]["refine"] = {"step": 20, "max_points": 4}
    coarse = figure_points(config, "one")[0]
    fine = replace(coarse, rate_mbit=120)
    assert point_settings(config, coarse)["stage"] == "coarse"
    assert point_settings(config, fine)["stage"] == "fine"
    config["figures"]["two"] = config["figures"]["one"] | {
        "rates_mbit": {"from": 120, "to": 120, "step": 1}
    }
    assert point_settings(config, fine)["stage"] == "coarse"


def test_a_figure_without_a_title_gets_one(config):
    """Made of function and frame size."""
    config["figures"]["one"]["function"] = "nat_thesis"
    assert figure_title(figure_settings(config, "one")) == "Nat thesis, 64 B frames"
    assert figure_title(figure_settings(DEFAULT, "nat_64b")) == "Source NAT, 64 B frames"


NESTED = st.recursive(
    st.integers() | st.lists(st.integers(), max_size=2),
    lambda children: st.dictionaries(st.sampled_from("abc"), children, max_size=3),
    max_leaves=8,
)


@given(base=NESTED, overlay=NESTED)
def test_a_merge_says_what_the_overlay_says_and_keeps_the_rest(base, overlay):
    """All values of the overlay are in it, merging twice changes nothing, inputs are kept."""
    before = copy.deepcopy((base, overlay))
    merged = merge(base, overlay)
    assert merge(merged, overlay) == merged
    assert (base, overlay) == before
    if isinstance(base, dict) and isinstance(overlay, dict):
        assert set(merged) == set(base) | set(overlay)
        assert all(merged[key] == base[key] for key in set(base) - set(overlay))
    else:
        assert merged == overlay
