"""Where results lie: the patterns of rules and the paths of cells are the same files."""

import copy

import pytest

from configurations import DEFAULT, changed
from middlebench.experiment.config import load
from middlebench.experiment.grid import grid_points, suffix
from middlebench.experiment.league import rule_functions
from middlebench.frame_mix import size_path
from middlebench.planning import asked, paths
from middlebench.planning.cells import ports_of
from middlebench.records.identity import Point
from workspace import REPOSITORY

TALLINN = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")


def wildcards(point: Point) -> dict[str, str | int]:
    """What the rules call the parts of a cell."""
    return {**vars(point), "frame_size": size_path(point.frame_size), "tcp": suffix(point.protocol)}


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_the_rules_pattern_is_the_path_of_a_record(protocol):
    """Filled with the wildcards of a point it is where that point says its record lies."""
    point = Point("lab", "ovs-dpdk", "nat", 64, 100, 500, 2, protocol)
    assert paths.POINT.format(**wildcards(point)) == point.path


def test_every_part_of_a_point_is_a_wildcard_of_its_pattern():
    """But for the protocol, whose suffix is one."""
    names = ("testbed", "dut", "function", "frame_size", "flows", "tcp", "rate_mbit", "repetition")
    assert [paths.POINT.count(f"{{{name}}}") for name in names] == [1] * len(names)
    assert paths.POINT.count("{") == len(names)


def test_a_log_lies_beside_the_results_of_its_testbed():
    """Below logs/, with the same name."""
    assert paths.log_of(paths.CHECK) == "results/{testbed}/logs/checks/{dut}/{function}{tcp}.log"
    logs = {paths.log_of(of) for of in (paths.CHECK, paths.CALIBRATION, paths.POINT, paths.PLAN)}
    assert len(logs) == 4


@pytest.mark.parametrize(
    "config",
    [DEFAULT, TALLINN, changed("defaults/protocol", "tcp")],
    ids=["shipped", "hardware", "tcp"],
)
def test_checks_and_calibrations_are_those_that_points_need(config):
    """Each once: the files that the patterns name for the cells of the grid."""
    checks, calibrations = {}, {}
    for point in grid_points(config):
        cell = wildcards(point) | {"ports": ports_of(config, point.testbed, point.dut)}
        checks[paths.CHECK.format(**cell)] = None
        calibrations[paths.CALIBRATION.format(**cell)] = None
    figures = config["figures"]
    assert paths.check_paths(config, figures) == list(checks)
    assert paths.calibration_paths(config, figures) == list(calibrations)
    assert len(calibrations) > 1


def test_of_some_figures_only_theirs():
    """A testbed's own checks, and no others."""
    assert paths.check_paths(DEFAULT, ["nat_64b", "nat_1500b"]) == [
        "results/sandbox/checks/ovs-dpdk/nat.json"
    ]
    assert paths.calibration_paths(DEFAULT, []) == []


def test_the_thesiss_nat_is_checked_where_a_dut_has_it():
    """On the first figure's DUT that does; a program of ours does not."""
    figures = ["nat_64b"]
    wanted = ["results/sandbox/checks/ovs-dpdk/nat_thesis.json"]
    assert paths.checks_of_corrections(DEFAULT, "sandbox", figures) == wanted
    other = changed("figures/nat_64b/dut", "token-bucket")
    assert paths.checks_of_corrections(other, "sandbox", figures) == []


def test_a_nat_that_lets_strangers_in_is_asked_for_its_check():
    """mOS's, where it is measured, beside the thesis's rules on Open vSwitch."""
    config = changed("figures/nat_64b/dut", "mos")
    config["figures"]["nat_64b"]["protocol"] = "tcp"
    assert paths.checks_of_corrections(config, "lab", ["fw_64b", "nat_64b", "nat_1500b"]) == [
        "results/lab/checks/ovs-dpdk/nat_thesis.json",
        "results/lab/checks/mos/nat_tcp.json",
    ]


def test_facts_are_of_prepared_hosts():
    """The DUT's before the generator's, as scripts take them; a sandbox has none."""
    assert paths.host_facts(DEFAULT, "sandbox") == []
    assert paths.host_facts(TALLINN, "tallinn") == [
        "results/tallinn/hosts/dut.json",
        "results/tallinn/hosts/loadgen.json",
    ]


@pytest.fixture
def two_testbeds():
    """One of the shipped figures on a testbed of two hosts."""
    config = copy.deepcopy(DEFAULT)
    config["testbeds"] |= TALLINN["testbeds"]
    config["figures"]["nat_64b"]["testbed"] = "tallinn"
    return config


def test_figures_are_told_apart_by_their_testbed(two_testbeds):
    """Those with a picture, and those of the ladder."""
    assert set(asked.testbeds(two_testbeds)) == {"sandbox", "tallinn"}
    assert asked.figures_on(two_testbeds, "tallinn") == ["nat_64b"]
    here = asked.figures_on(two_testbeds, "sandbox")
    assert sorted([*here, "nat_64b"]) == sorted(two_testbeds["figures"])
    drawn = asked.drawn_on(two_testbeds, "sandbox")
    assert set(drawn) == {"fw_64b", "fw_1500b", "nat_1500b"} < set(here)


def test_the_functions_are_those_of_the_figures_and_the_one_that_is_only_checked():
    """Whatever the ladder adds."""
    assert asked.functions(DEFAULT) == {
        *(figure["function"] for figure in DEFAULT["figures"].values()),
        "nat_thesis",
        *rule_functions(DEFAULT),
    }
