"""The section `cost` as sweeps: figures that are measured, and not drawn."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import HARDWARE
from middlebench.errors import ConfigError
from middlebench.experiment.config import load, validate
from middlebench.experiment.grid import figure_points, figure_settings, grid_points
from middlebench.experiment.ladder import (
    COST,
    COST_LINUX,
    LADDER,
    cost_sweeps,
    drawn_figures,
    is_cost_sweep,
    sweep_name,
    with_cost_sweeps,
)
from workspace import REPOSITORY

DEFAULT = load(REPOSITORY / "config.yaml")

SIZES = st.lists(st.integers(64, 1518), min_size=1, max_size=3, unique=True).map(
    lambda sizes: [
        {"frame_size": size, "rates_mbit": {"from": 100, "to": 300, "step": 100}} for size in sizes
    ]
)
COSTS = st.fixed_dictionaries(
    {
        "functions": st.lists(st.sampled_from(LADDER), min_size=1, max_size=4, unique=True),
        "sizes": SIZES,
        "flows": st.lists(st.integers(1, 10**6), min_size=1, max_size=3, unique=True),
    },
    optional={"repetitions": st.just({"min": 2, "max": 2}), "durations": st.just({"window_ms": 9})},
)


def changed(**sections):
    """The shipped configuration with other sections."""
    return copy.deepcopy(DEFAULT) | sections


def test_the_shipped_ladder_is_measured_and_not_drawn():
    """Each rung at each size is a sweep of every number of flows, and no figure."""
    names = {sweep_name(function, size) for function in LADDER for size in (64, 1518)}
    names |= {sweep_name(function, 64, COST_LINUX) for function in LADDER}
    assert names == set(DEFAULT["figures"]) - set(drawn_figures(DEFAULT))
    flows = {point.flows for point in figure_points(DEFAULT, "cost_nat_64b")}
    assert flows == set(DEFAULT["cost"]["flows"])
    assert figure_settings(DEFAULT, "cost_nat_64b")["function"] == "nat"


@given(COSTS)
def test_any_ladder_gives_a_sweep_a_rung_and_size(cost):
    """As many points as functions x sizes x flows x rates x repetitions, all of them once."""
    config = with_cost_sweeps(changed(cost=cost, cost_linux=None, figures={}))
    assert len(config["figures"]) == len(cost["functions"]) * len(cost["sizes"])
    repetitions = cost.get("repetitions", DEFAULT["defaults"]["repetitions"])["min"]
    expected = len(config["figures"]) * len(cost["flows"]) * 3 * repetitions
    assert len(grid_points(config)) == expected
    assert drawn_figures(config) == []


@given(COSTS, COSTS)
def test_another_ladder_replaces_the_first(first, second):
    """Expanding twice is expanding once, and nothing of another ladder stays."""
    once = with_cost_sweeps(changed(cost=second))
    twice = with_cost_sweeps(with_cost_sweeps(changed(cost=first)) | {"cost": second})
    assert once == twice == with_cost_sweeps(once)


def test_no_ladder_is_no_sweep():
    """`cost: null` leaves the figures alone, and so does `cost_linux: null`."""
    assert cost_sweeps(None) == {}
    figures = with_cost_sweeps(changed(cost=None, cost_linux=None))["figures"]
    assert list(figures) == drawn_figures(DEFAULT)


def test_the_kernels_ladder_is_measured_where_the_kernel_is_a_dut():
    """As the other one; not on hosts, nor without the DUT."""
    own = [name for name, of in DEFAULT["figures"].items() if is_cost_sweep(name, of, COST_LINUX)]
    assert own == [sweep_name(function, 64, COST_LINUX) for function in LADDER]
    assert {figure_settings(DEFAULT, name)["dut"] for name in own} == {"linux"}
    assert not any(is_cost_sweep(name, DEFAULT["figures"][name], COST) for name in own)
    duts = {name: of for name, of in DEFAULT["duts"].items() if name != "linux"}
    for gone in ({"duts": duts}, {"testbeds": {"sandbox": HARDWARE}}, {"cost_linux": None}):
        figures = with_cost_sweeps(changed(**gone))["figures"]
        assert not set(own) & set(figures)
    size = {"frame_size": 64, "rates_mbit": {"from": 9, "to": 1, "step": 1}}
    faulty = changed(cost_linux=DEFAULT["cost_linux"] | {"functions": ["nat"], "sizes": [size]})
    with pytest.raises(ConfigError, match=r"^cost_linux: figures\.cost_linux_nat_64b\.rates_mbit"):
        validate(faulty)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            {"functions": ["natt"]},
            "cost.functions[0]: 'natt'; allowed: forward, ",
        ),
        ({"functions": []}, "cost.functions: is empty; allowed: a list of 1 to 4"),
        ({"dut": "token-bucket"}, "cost: figures.cost_forward_64b.dut: token-bucket is not under"),
        ({"frame_sizes": [64]}, "cost.frame_sizes: unknown key"),
        (
            {"sizes": [{"frame_size": 64, "rates_mbit": {"from": 9, "to": 1, "step": 1}}]},
            "cost: figures.cost_forward_64b.rates_mbit.from: 9; allowed: at most `to`, 1",
        ),
        (
            {"sizes": [{"frame_size": 64, "rates_mbit": {"from": 200, "to": 400, "step": 100}}]},
            "figures.cost_nat_64b.durations: ",
        ),
    ],
)
def test_a_ladder_that_cannot_be_measured_is_told_in_one_line(change, line):
    """The line names the section; a point shared with a figure needs the same durations."""
    with pytest.raises(ConfigError) as caught:
        validate(changed(cost=DEFAULT["cost"] | change))
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_figure_cannot_have_the_name_of_a_sweep():
    """It would be replaced without a word."""
    figures = DEFAULT["figures"] | {"cost_nat_64b": DEFAULT["figures"]["nat_64b"]}
    with pytest.raises(ConfigError, match=r"figures\.cost_nat_64b: is the name of a sweep"):
        validate(changed(figures=figures))
