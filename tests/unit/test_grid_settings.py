"""What decides a point, a calibration and a check: their settings, and the folder of a build."""

import copy
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import DEFAULT, one_figure
from middlebench.experiment.grid import (
    Point,
    as_param,
    calibration_settings,
    check_settings,
    figure_points,
    measuring_settings,
    merge,
)
from middlebench.experiment.point_settings import PointSettings
from middlebench.loadgens.softgen import longest_s, trial_options


@pytest.fixture
def config():
    """A configuration with one figure of 2 x 2 x 2 points."""
    return one_figure()


def test_calibration_does_not_depend_on_the_dut(config):
    """Its settings: durations, order and seed of the defaults, gating, and its own."""
    settings = calibration_settings(config, "sandbox", "vhost-user", "udp")
    assert set(settings) == {
        *("protocol", "durations", "flow_order", "seed", "gating"),
        *("virtual", "link_mbit", "repetitions", "floor_load_ratio", "idle_trials"),
    }
    config["figures"]["one"]["seed"] = 9
    assert calibration_settings(config, "sandbox", "vhost-user", "udp") == settings


def test_settings_hold_all_that_decides_a_measurement(config):
    """The keys that measure_point gets, as one JSON string."""
    settings = PointSettings(config).of(figure_points(config, "one")[0])
    assert json.loads(as_param(settings)) == {
        "durations": DEFAULT["defaults"]["durations"],
        "flow_order": "round_robin",
        "flows_a_destination": 64512,
        "protocol": "udp",
        "seed": 1,
        "gating": {key: of for key, of in DEFAULT["gating"].items() if key != "ports"},
        "verdict": DEFAULT["verdict"],
        "dut": DEFAULT["duts"]["ovs-dpdk"],
        "virtual": True,
        "link_mbit": None,
        "stage": "coarse",
    }


def test_a_figure_overrides_the_defaults_key_by_key(config):
    """A figure's warm-up leaves the other durations as they were."""
    config["figures"]["one"]["durations"] = {"warmup_ms": 5}
    durations = PointSettings(config).of(figure_points(config, "one")[0])["durations"]
    assert durations == DEFAULT["defaults"]["durations"] | {"warmup_ms": 5}
    assert config["defaults"] == DEFAULT["defaults"]


def test_settings_are_those_of_the_figure_that_asks(config):
    """Two figures with different points may be measured differently."""
    config["figures"]["two"] = config["figures"]["one"] | {"flows": [1], "seed": 9}
    assert PointSettings(config).of(figure_points(config, "one")[0])["seed"] == 1
    assert PointSettings(config).of(figure_points(config, "two")[0])["seed"] == 9


def test_a_point_outside_of_the_grid_has_no_settings(config):
    """A rate between two steps, flows of no figure, a repetition too many."""
    inside = figure_points(config, "one")[0]
    for change in ({"rate_mbit": 150}, {"flows": 11}, {"repetition": 5}, {"dut": "mos"}):
        with pytest.raises(KeyError):
            PointSettings(config).of(Point(**(vars(inside) | change)))


@pytest.mark.parametrize(
    ("function", "depends"),
    [("forward", False), ("firewall", False), ("nat", True), ("nat_thesis", True)],
)
def test_only_translating_functions_depend_on_the_snat_address(config, function, depends):
    """Another SNAT address must not measure a firewall again."""
    config["figures"]["one"]["function"] = function
    settings = PointSettings(config).of(figure_points(config, "one")[0])
    assert ("snat_address" in settings["dut"]) == depends
    check = check_settings(config, "sandbox", "ovs-dpdk", function, "udp")
    assert ("snat_address" in check["dut"]) == depends


def test_without_gating_its_limits_do_not_matter(config):
    """On a testbed without gating the settings say none."""
    config["testbeds"]["sandbox"]["gate"] = False
    assert PointSettings(config).of(figure_points(config, "one")[0])["gating"] is None


def test_a_check_depends_on_its_own_expected_failures_only(config):
    """What nat_thesis may fail says nothing about nat."""
    expected = check_settings(config, "sandbox", "ovs-dpdk", "nat_thesis", "udp")[
        "expected_failures"
    ]
    assert expected == ["reply_translated", "untranslated_dropped"]
    assert check_settings(config, "sandbox", "ovs-dpdk", "nat", "udp")["expected_failures"] == []


def test_a_fine_point_says_so(config):
    """Also where another figure has it among its coarse ones, which then counts."""
    config["figures"]["one"]["rates_mbit"] = {"from": 100, "to": 300, "step": 100}
    config["figures"]["one"]["rates_mbit"]["refine"] = {"step": 20, "max_points": 4}
    coarse = figure_points(config, "one")[0]
    fine = replace(coarse, rate_mbit=120)
    assert PointSettings(config).of(coarse)["stage"] == "coarse"
    assert PointSettings(config).of(fine)["stage"] == "fine"
    config["figures"]["two"] = config["figures"]["one"] | {
        "rates_mbit": {"from": 120, "to": 120, "step": 1}
    }
    assert PointSettings(config).of(fine)["stage"] == "coarse"


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


def test_flows_are_learned_as_slowly_as_their_dut_needs_it():
    """slirp4netns takes 4000 new ones a second, unless a figure says otherwise; others any."""
    config = one_figure()
    cases = [("linux", {}, None), ("slirp4netns", {}, 4000)]
    cases += [("slirp4netns", {"learn_pps": 900}, 900), ("linux", {"learn_pps": 900}, 900)]
    for dut, said, expected in cases:
        config["figures"]["one"] |= {"dut": dut, "durations": said}
        durations = measuring_settings(config, "one")["durations"]
        assert durations.get("learn_pps") == expected
        options = trial_options(10, 64, 100, measuring_settings(config, "one"), 1)
        assert options["learn-pps"] == (expected or 200_000)
        assert longest_s(10_000, durations) >= 50 * 10_000 / options["learn-pps"]


def test_another_kind_of_port_has_another_threshold(config):
    """The kernel's ports a longer silence, in points and calibrations; the rest is the same."""
    config["figures"]["one"] |= {"dut": "linux", "function": "nat"}
    measured = PointSettings(config).of(figure_points(config, "one")[0])["gating"]
    common = {key: of for key, of in DEFAULT["gating"].items() if key != "ports"}
    assert measured == common | DEFAULT["gating"]["ports"]["tap"]
    assert measured["dut_silence_us"] > common["dut_silence_us"]
    assert calibration_settings(config, "sandbox", "tap", "udp")["gating"] == measured
    assert calibration_settings(config, "sandbox", "vhost-user", "udp")["gating"] == common
