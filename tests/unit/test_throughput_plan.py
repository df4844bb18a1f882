"""What the section `throughput` asks for: its series, its faults, and how long it takes."""

import re

import pytest

from configurations import DEFAULT, HARDWARE, changed, check_refused, fault
from middlebench.experiment.config import validate
from middlebench.experiment.estimate import summary, throughput_seconds
from middlebench.experiment.overlays import laid_over
from middlebench.experiment.throughput import all_series, is_asked, throughput_settings
from middlebench.functions import KNOWN
from middlebench.measuring.search import Trials, search
from middlebench.planning.asked import for_targets, functions, throughput_for
from middlebench.planning.paths import throughput_paths
from throughput_trials import machine

SECTION = DEFAULT["throughput"]
SETS = SECTION["goal_sets"]


def asked(**keys):
    """The shipped configuration with other keys in the section."""
    return changed("throughput", SECTION | keys)


def test_every_function_that_is_shipped_is_searched():
    """But the thesis's own NAT, which fails its check; at each size and number of flows."""
    assert {of.function for of in all_series(DEFAULT)} == set(KNOWN) - {"nat_thesis"}
    config = asked(functions=["nat"], frame_sizes=[64, 128], flows=[1, 100, 10000])
    cells = [(of.frame_size, of.flows) for of in all_series(config)]
    assert cells == [(size, flows) for size in (64, 128) for flows in (1, 100, 10000)]
    path = "results/sandbox/throughput/ovs-dpdk/nat/128b_100flows.json"
    assert path in throughput_paths(config)
    tcp = throughput_paths(asked(protocol="tcp"))
    assert all(path.endswith("flows_tcp.json") for path in tcp)


def test_what_was_named_in_the_standards_is_shipped():
    """CSIT's goals and RFC 2544's, each a word away."""
    csit = SETS["csit"]
    assert csit["loss_ratios"] == {"ndr": 0, "pdr": 0.005}
    assert (csit["first_trial_ms"], csit["trial_ms"], csit["sum_ms"]) == (1000, 1000, 21000)
    assert (csit["exceed_ratio"], csit["width"]) == (0.5, 0.005)
    rfc = SETS["rfc2544"]
    assert (rfc["trial_ms"], rfc["sum_ms"], rfc["exceed_ratio"]) == (60000, 60000, 0)
    assert rfc["loss_ratios"] == {"ndr": 0}
    for name in SETS:
        config = asked(goals=name)
        validate(config)
        assert throughput_settings(config, "nat")["goals"]["name"] == name
    assert SETS[SECTION["goals"]]["budget_s"] <= 60


@pytest.mark.parametrize("name", SETS)
def test_each_set_of_goals_ends_within_its_budget_on_a_quiet_machine(name):
    """And finds a capacity of 700 Mbit/s."""
    goals = SETS[name]
    trials = Trials(machine(), goals["retries"], goals["budget_s"], lambda ms: 1.5 * ms / 1000)
    outcome = search(goals, 5.0, 2000.0, True, trials)
    assert outcome.ended == ""
    assert outcome.found["ndr"].lower == pytest.approx(700, rel=0.01)
    assert trials.spent_s <= goals["budget_s"]


FAULTS = [
    ("throughput/goals", "csitt", "throughput.goals: csitt is not under goal_sets (did you mean"),
    ("throughput/frame_sizes", [63], "throughput.frame_sizes[0]: 63; allowed: an integer from 64"),
    ("throughput/functions", [], "throughput.functions: is empty; allowed: a list of 1 to 100"),
    (
        "throughput/functions",
        ["natt"],
        "throughput: figures.throughput_natt_64b.function: natt is no function (did you mean nat?)",
    ),
    ("throughput/latency", [1.5], "throughput.latency[0]: 1.5; allowed: a number from 0 to 1 (a"),
    ("throughput/lowest_pps", 0, "throughput.lowest_pps: 0; allowed: a number from 200 to"),
    (
        "throughput/goal_sets/csit/trial_ms",
        500,
        "throughput.goal_sets.csit.first_trial_ms: 1000; allowed: at most `trial_ms`, 500",
    ),
    (
        "throughput/goal_sets/csit/sum_ms",
        500,
        "throughput.goal_sets.csit.trial_ms: 1000; allowed: at most `sum_ms`, 500",
    ),
    (
        "throughput/goal_sets/csit/loss_ratios/pdr",
        0,
        "throughput.goal_sets.csit.loss_ratios.pdr: 0; allowed: more than `ndr`, 0",
    ),
    (
        "throughput/goal_sets/csit/loss_ratios",
        {"pdr": 0.1},
        "throughput.goal_sets.csit.loss_ratios.ndr: is missing; allowed: a number ",
    ),
    (
        "throughput/goal_sets/csit/widht",
        0.1,
        "throughput.goal_sets.csit.widht: unknown key (did you mean width?); allowed: ",
    ),
    ("throughput/rates_mbit", 100, "throughput.rates_mbit: unknown key"),
    ("throughput/dut", "token-bucket", "throughput: figures.throughput_forward_64b.dut: token-"),
]


@pytest.mark.parametrize(("path", "value", "line"), FAULTS, ids=[line for *_, line in FAULTS])
def test_a_throughput_that_cannot_be_searched_is_told_in_one_line(path, value, line):
    """Each names the key."""
    check_refused(path, value, line)


def test_a_dut_without_the_function_is_told():
    """On a testbed of two hosts too."""
    config = changed("testbeds/sandbox", HARDWARE)
    config["verdict"]["above_line_rate"] = "mark"
    validate(config)
    config["throughput"] = SECTION | {"dut": "ovs-dpd"}
    assert fault(config).startswith("throughput.dut: 'ovs-dpd'; allowed: ")


@pytest.mark.parametrize(
    ("targets", "searched"),
    [
        ([], True),
        (["report.html"], True),
        (["figures/throughput.pdf"], True),
        (["results/sandbox/throughput.csv", "figures/nat_64b.pdf"], True),
        (["throughput"], True),
        (["figures/nat_64b.pdf"], False),
        (["figures/nat_cost.pdf"], False),
        (["results/sandbox/points.csv"], False),
    ],
)
def test_it_is_counted_where_it_is_asked_for(targets, searched):
    """In the line that a run begins with."""
    assert throughput_for(DEFAULT, targets) == searched
    said = summary(DEFAULT, for_targets(DEFAULT, targets), searched)
    assert ("; throughput of " in said or ": throughput of " in said) == searched


def test_the_estimate_of_a_search():
    """At least three of five trials of four loads, and four of its latency; at most its budget."""
    config = asked(functions=["nat"], frame_sizes=[64])
    least, longest = throughput_seconds(config)
    # 0.2 s around a window, 1 s beyond; twelve of 0.1 s, four of 0.3 s
    assert least == pytest.approx(12 * 1.3 + 4 * 1.5)
    assert longest == pytest.approx(60 * (1 + 1 / 0.3))
    said = summary(config, [], True)
    found = re.fullmatch(
        r"middlebench: throughput of 1 series \(sandbox\); (\d+) to (\d+) min to measure all", said
    )
    assert found
    assert throughput_seconds(changed("throughput", None)) == (0, 0)


@pytest.mark.parametrize(
    "overlay", [{"only": ["nat_64b"]}, {"figures": {"throughput": None}}, {"throughput": None}]
)
def test_it_can_be_left_out(overlay):
    """As every other figure."""
    pictures = ["throughput", "nat_cost", "machine"]
    config = laid_over(DEFAULT, [overlay], pictures)
    assert not is_asked(config)
    assert all_series(config) == []
    assert throughput_paths(config) == []
    assert functions(config) >= {"nat"}
