"""The figures of the league, and what is found out about a DUT before it plays."""

import pandas as pd
import pytest

from figures import overlapping, texts
from league_trials import PASSED
from middlebench.errors import DutError
from middlebench.figures.drawing.style import Style
from middlebench.figures.league.figure import league_figure
from middlebench.figures.league.paths import paths_figure
from middlebench.measuring import trying_out
from middlebench.measuring.parts import Parts
from middlebench.measuring.trying_out import describe, memory_of_a_connection, tried_out

RANKS = {
    "ovs-dpdk": (1, 1, "a"),
    "linux": (2, 3, "b"),
    "iptables": (2, 3, "b"),
    "slow": (4, 4, "c"),
}
PPS = {"ovs-dpdk": 2.5e6, "linux": 6e5, "iptables": 5.9e5, "slow": 5e3, "bad": 7e5, "gone": None}


def row(dut, function, size, flows):
    """A row of league.csv."""
    pps = PPS[dut]
    first, last, group = RANKS.get(dut, (None, None, None))
    return {
        "testbed": "sandbox",
        "function": function,
        "protocol": "udp",
        "frame_size_bytes": size,
        "flows": flows,
        "dut": dut,
        "rank": first,
        "rank_last": last,
        "group": group,
        "correct": dut != "bad",
        "failed_checks": "unsolicited_dropped" if dut == "bad" else None,
        "state": "alone",
        "capacity_pps": None if dut == "ovs-dpdk" else pps,
        "capacity_low_pps": pps and 0.98 * pps,
        "capacity_high_pps": None if dut == "ovs-dpdk" else pps and 1.02 * pps,
        "capacity_level": 0.95,
        "at_least": dut == "ovs-dpdk",
        "points": 10 if pps else 0,
        "points_valid": 9 if pps else 0,
        "dut_version": f"{dut} 1",
        "note": None if pps else "gone is missing: install it",
    }


@pytest.fixture(scope="module")
def league():
    """Two functions at two sizes, six DUTs."""
    return pd.DataFrame(
        row(dut, function, size, 100)
        for function in ("firewall", "nat")
        for size in (64, 1518)
        for dut in PPS
    )


def test_the_figure_says_ranks_rates_and_what_is_wrong(league):
    """And no two of its texts cover each other."""
    figure = league_figure(league, Style())
    said = " ".join(texts(figure).split())
    for words in ("ovs-dpdk 1", "linux 2\N{EN DASH}3", "slow 4", "600 kpps", "not measured"):
        assert words in said, words
    assert "\N{GREATER-THAN OR EQUAL TO}2.45 Mpps" in said
    assert "Functional check fails: bad, firewall: unsolicited_dropped; bad, nat: " in said
    assert "gone firewall 64 B 100 flows: gone is missing: install it" in said
    assert overlapping(figure) == ([], [])


def test_groups_are_joined_and_wrong_ones_stand_apart(league):
    """A line along both that share a letter, a dashed one above what fails its check."""
    (ax, *_) = league_figure(league, Style()).axes
    thick = [line for line in ax.lines if line.get_linewidth() == 2.4]
    assert [[round(y, 1) for y in line.get_ydata()] for line in thick] == [[0.7, 2.3]]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in dashed] == [3.5]


def test_the_three_paths_are_beside_each_other(league):
    """Which of them is not there is told."""
    paths = {"kernel": "linux", "userspace": "ovs-userspace", "dpdk": "ovs-dpdk"}
    figure = paths_figure(league, paths, Style())
    said = " ".join(texts(figure).split())
    assert "kernel path: linux" in said
    assert "DPDK path: ovs-dpdk" in said
    assert "Not in the league: userspace path (ovs-userspace)." in said
    assert len(figure.axes) == 2
    assert len(figure.axes[0].patches) == 4
    nothing = paths_figure(league, {"kernel": "none"}, Style())
    assert "None of the DUTs of `league.paths` was measured." in texts(nothing)


def test_figures_of_nothing_say_so():
    """No league."""
    assert "The league was not measured." in texts(league_figure(pd.DataFrame(), Style()))
    assert "None of the DUTs" in texts(paths_figure(pd.DataFrame(), {"kernel": "linux"}, Style()))


SETTINGS = {"dut": {}, "protocol": "udp", "seed": 1, "expected_failures": [], "trial": {}}


def test_what_is_found_out_about_a_dut(monkeypatch):
    """Its check, three starts, and memory where there is state to keep."""
    starts, memory = iter([0.4, 0.6, 0.5] * 2), {100: 10**7, 10_000: 10**7 + 396 * 9900}
    monkeypatch.setattr(trying_out, "check_function", lambda *_: {"items": [PASSED]})
    monkeypatch.setattr(trying_out, "_start", lambda *_: (next(starts), 262144))
    monkeypatch.setattr(trying_out, "_memory_bytes", lambda *of: memory[of[2]])
    nat = tried_out(Parts("linux", "nat", None, None), SETTINGS)
    assert nat["memory"] == {"100": 10**7, "10000": 10**7 + 396 * 9900}
    assert (nat["starts_s"], nat["most_flows"]) == ([0.4, 0.6, 0.5], 262144)
    assert describe(nat) == (
        "all 1 functional checks pass; started in 0.40, 0.60, 0.50 s; 396 B a connection"
    )
    forward = tried_out(Parts("linux", "forward", None, None), SETTINGS)
    assert forward["memory"] == {}


def test_a_dut_that_does_not_start_is_told_and_no_error(monkeypatch):
    """Its line, as it would end a run."""

    def missing(*_):
        raise DutError("nft is missing: install nftables (envs/apt.txt)")

    monkeypatch.setattr(trying_out, "check_function", missing)
    found = tried_out(Parts("linux", "nat", None, None), SETTINGS)
    assert found["not_measured"] == "nft is missing: install nftables (envs/apt.txt)"
    assert describe(found) == found["not_measured"]
    assert found["check"] is None


@pytest.mark.parametrize(
    ("memory", "each"),
    [
        ({}, None),
        ({"100": 300_000, "10000": 320_000}, None),
        ({"100": 10**6, "10000": 10**6 + 9900 * 100}, 100),
        ({"100": 10**6, "10000": 10**5}, None),
    ],
)
def test_memory_is_told_where_it_is_more_than_noise(memory, each):
    """The kernel's tables are in no process: then it is not 0."""
    assert memory_of_a_connection(memory) == each
