"""What a run begins with: points and minutes of what is asked for."""

import re

import pytest

from configurations import DEFAULT, changed, one_figure
from middlebench.experiment.estimate import estimated_seconds, league_seconds, summary
from middlebench.experiment.grid import figure_points
from middlebench.experiment.learning import LEARN_PASSES, LEARN_PPS, learns_too_long
from middlebench.planning.asked import for_targets
from workspace import REPOSITORY

SERIES = [name for name in DEFAULT["figures"] if not name.startswith("cost_")]
LINUX = [name for name in DEFAULT["figures"] if name.startswith("cost_linux_")]
COST = [name for name in DEFAULT["figures"] if name.startswith("cost_") and name not in LINUX]


@pytest.mark.parametrize(
    ("targets", "figures"),
    [
        ([], DEFAULT["figures"]),
        (["all"], DEFAULT["figures"]),
        (["report.html"], DEFAULT["figures"]),
        (["results/sandbox/points.csv"], DEFAULT["figures"]),
        (["figures/nat_64b.pdf", "figures/nat_64b.png"], ["nat_64b"]),
        (["figures/states/nat_64b.pdf"], ["nat_64b"]),
        (["results/sandbox/figures/fw_64b/series.csv"], ["fw_64b"]),
        (["figures/nat_64b.pdf", "figures/fw_64b.pdf"], ["fw_64b", "nat_64b"]),
        (["results/sandbox/figures/cost_nat_64b/points.csv"], ["cost_nat_64b"]),
        (["figures/nat_cost.pdf"], COST),
        (["results/sandbox/cost.csv"], COST),
        (["figures/nat_cost_linux.png"], LINUX),
        (["cost_linux", "results/sandbox/cost.csv"], COST + LINUX),
        (["figures/testbed.pdf"], []),
        (["figures/flow_tables.png", "figures/nat_64b.pdf"], ["nat_64b"]),
        (["figures/machine.pdf"], DEFAULT["figures"]),
    ],
)
def test_only_what_is_asked_for_counts(targets, figures):
    """All figures for what may need any."""
    assert for_targets(DEFAULT, targets) == list(figures)


def test_the_summary_of_some_figures():
    """Their points and times, and what follows of them."""
    said = summary(DEFAULT, ["nat_64b"])
    assert said.startswith("middlebench: 24 points (nat_64b 24); ")
    assert summary(DEFAULT, []) == "middlebench: what is asked for needs no points"
    assert summary(DEFAULT) == summary(DEFAULT, SERIES + COST + LINUX)


def test_what_is_there_takes_no_time():
    """No minutes, and nothing that follows."""
    assert summary(DEFAULT, ["nat_64b"], there=True) == (
        "middlebench: 24 points (nat_64b 24); all is measured, and kept as far as it fits"
    )


def test_time_grows_with_flows():
    """A million flows are learned in 15 s before each of 8 points, and of 6 trials calibrated."""
    config = one_figure()
    few = estimated_seconds(config, "one")
    config["figures"]["one"]["flows"] = [1_000_000, 10]
    least, longest = estimated_seconds(config, "one")
    assert least == pytest.approx(few[0] + 4 * 15, rel=0.01)
    assert longest == pytest.approx(few[1] + 8 * 15, rel=0.01)
    least, longest = re.search(r"(\d+) to (\d+) min", summary(config)).groups()
    # 4 points of 15 s and 6 trials of 15 s; 8 and 6, and what a disturbed machine takes
    assert (int(least), int(longest)) == (3, 5)


def test_time_grows_where_a_dut_learns_slowly():
    """slirp4netns takes 4000 new flows/s: 10000 of them, thrice, take 7.5 s and not 0.15 s."""
    config = one_figure()
    config["figures"]["one"] |= {"flows": [10_000], "dut": "linux"}
    linux = estimated_seconds(config, "one")
    config["figures"]["one"] |= {"dut": "slirp4netns"}
    slirp = estimated_seconds(config, "one")
    points = len(figure_points(config, "one"))
    assert slirp[0] == pytest.approx(linux[0] + points * (7.5 - 0.15), rel=0.01)


def test_what_is_not_measured_takes_no_time():
    """100000 flows of slirp4netns are learned in 75 s, a million of others in 15 s."""
    section = DEFAULT["league"]
    few = {**section["scaling"], "flows": section["scaling"]["flows"] | {"flows": [10_000]}}
    more = {**few, "flows": few["flows"] | {"flows": [10_000, 100_000]}}
    without = {"without": [name for name in DEFAULT["duts"] if name != "slirp4netns"]}
    slow = [
        league_seconds(changed("league", section | without | {"scaling": of}), ["flows"])
        for of in (few, more)
    ]
    assert slow[0] == slow[1]
    assert learns_too_long(100_000, {"learn_pps": 4000})
    assert not learns_too_long(1_000_000, {"window_ms": 100})


def test_softgen_learns_as_it_is_estimated():
    """The numbers in its source."""
    sources = REPOSITORY / "workflow/loadgens/softgen"
    passes = re.search(r"#define LEARN_PASSES_MIN (\d+)", (sources / "learn.c").read_text("utf-8"))
    rate = re.search(r"--learn-pps R .*\[(\d+)\]", (sources / "options.c").read_text("utf-8"))
    assert int(passes[1]) == LEARN_PASSES
    assert int(rate[1]) == LEARN_PPS
