"""What the section `league` asks for: its series, its faults, and how long it takes."""

import re

import pytest

from configurations import DEFAULT, HARDWARE, changed, check_refused
from middlebench.duts.registry import DUTS, Entry, Implementation
from middlebench.experiment import league
from middlebench.experiment.config import validate
from middlebench.experiment.estimate import league_seconds, summary
from middlebench.experiment.league import FLOWS, LEAGUE, RULES, all_series, league_settings
from middlebench.experiment.overlays import laid_over
from middlebench.planning.asked import for_targets, league_for
from middlebench.planning.paths import league_paths, tried_paths
from middlebench.planning.programs import dut_program

SECTION = DEFAULT["league"]
MOS = {"snat_address": "200.200.200.200", "cores": 1, "memory_channels": 1}
MOS["max_concurrency"] = 20000


def asked(**keys):
    """The shipped configuration with other keys in the section."""
    return changed("league", SECTION | keys)


def test_every_dut_takes_part_with_all_its_functions():
    """That of the configuration, on this testbed."""
    cells = {(of.dut, of.function) for of in all_series(DEFAULT, LEAGUE)}
    assert {dut for dut, _ in cells} == set(DEFAULT["duts"])
    assert {function for dut, function in cells if dut == "bridge"} == {"forward", "firewall"}
    assert ("linux", "nat") in cells
    assert ("iptables", "forward") not in cells
    paths = league_paths(DEFAULT, LEAGUE)
    assert "results/sandbox/league/linux/nat/64b_10000flows.json" in paths
    assert len(paths) == len(set(paths)) == 4 * len(cells)
    assert len(tried_paths(DEFAULT, LEAGUE)) == len(cells)


def test_a_new_dut_enters_by_its_entry_and_the_configuration(monkeypatch):
    """No other word is needed."""
    entry = Entry("linux", "{function}.nft", ("nat",), Implementation("duts.x", "X", "tap"))
    monkeypatch.setitem(DUTS, "toy", entry)
    config = changed("duts", {**DEFAULT["duts"], "toy": {"snat_address": "200.200.200.200"}})
    cells = {(of.dut, of.function) for of in all_series(config, LEAGUE)}
    assert ("toy", "nat") in cells
    assert ("toy", "forward") not in cells
    without = changed("league/without", ["linux"])
    assert "linux" not in {of.dut for of in all_series(without)}


def test_the_series_of_scaling():
    """A NAT over seven numbers of flows; firewalls over five numbers of rules."""
    flows = all_series(DEFAULT, FLOWS)
    assert {of.function for of in flows} == {"nat"}
    assert {of.flows for of in flows if of.dut == "linux"} == {10**power for power in range(7)}
    rules = all_series(DEFAULT, RULES)
    assert {of.dut for of in rules} == {"ovs-dpdk", "ovs-userspace", "linux"}
    assert {of.function for of in rules} == {f"rules_{10**power}" for power in range(5)}
    assert dut_program("linux", "rules_100") == "results/rules/linux/rules_100.nft"
    assert dut_program("ovs-dpdk", "rules_1") == "results/rules/open_vswitch/rules_1.flows"
    assert DEFAULT["functions"]["rules_10"] == {"like": "stateless_firewall"}
    left_out = changed("league/scaling/rules", None)
    assert all_series(left_out, RULES) == []
    assert "rules_10" not in league.with_rule_functions(left_out)["functions"]
    shared = set(all_series(DEFAULT, LEAGUE)) & set(flows)
    assert {of.flows for of in shared} == {100, 10000}


def test_what_decides_a_series_is_its_own():
    """A kernel's ports have a silence of their own; another function's file plays no part."""
    linux, switch = (league_settings(DEFAULT, dut, "nat") for dut in ("linux", "ovs-dpdk"))
    assert linux["trial"]["gating"]["dut_silence_us"] > switch["trial"]["gating"]["dut_silence_us"]
    assert linux["trial"]["durations"]["window_ms"] == SECTION["durations"]["window_ms"]
    assert set(linux) == {"trial", "find", "repetitions", "latency"}
    rules = league_settings(DEFAULT, "linux", "rules_10")["trial"]["dut"]
    assert rules["function"]["unasked"] == "lookalikes"


def test_on_hosts_only_duts_that_share_the_ports_take_part():
    """A card is DPDK's or the kernel's."""
    config = changed("testbeds/sandbox", HARDWARE)
    config["verdict"]["above_line_rate"] = "mark"
    config["duts"]["ovs-kernel"] = {"snat_address": "200.200.200.200"}
    assert league.duts(config) == ["ovs-dpdk"]
    config["defaults"]["dut"] = "ovs-kernel"
    assert league.duts(config) == ["ovs-kernel"]
    config["league"]["without"] = ["ovs-kernel"]
    assert league.duts(config) == ["ovs-dpdk"]
    validate(config)


def test_what_was_played_is_listed():
    """Rules of its DUTs are in the report once the table is there."""
    names = set(league.with_played(DEFAULT, lambda *of: of == ("sandbox", RULES))["figures"])
    assert {name for name in names if "rules_10_" in name} == {
        "league_ovs-dpdk_rules_10_64b",
        "league_ovs-userspace_rules_10_64b",
        "league_linux_rules_10_64b",
    }
    assert "league_linux_nat_64b" not in names
    nothing = league.with_played(DEFAULT, lambda *of: False)
    assert nothing["figures"] == DEFAULT["figures"]


FAULTS = [
    ("league/without", ["lnux"], "league.without[0]: 'lnux'; allowed: "),
    ("league/without", ["mos"], "league.without: mos is not under duts; allowed: ovs-dpdk, linux"),
    ("league/without", list(DEFAULT["duts"]), "league.without: leaves no DUT; allowed: one of "),
    (
        "league/functions",
        ["nat", "nat_thesi"],
        "league.functions: no DUT of the league has nat_thesi; allowed: functions of ovs-dpdk, ",
    ),
    (
        "league/sizes/0/frame_size",
        63,
        "league.sizes[0].frame_size: 63; allowed: an integer from 64",
    ),
    ("league/latency", [0], "league.latency[0]: 0; allowed: a number"),
    ("league/find/half_width", 0, "league.find.half_width: 0; allowed: a number from 0.001"),
    ("league/scaling/rules/counts", [0], "league.scaling.rules.counts[0]: 0; allowed: an integer"),
    (
        "league/scaling/flows/function",
        "natt",
        "league.scaling.flows.function: no DUT of the league",
    ),
    ("league/testbed", "sandbx", "league.testbed: sandbx is not under testbeds (did you mean"),
    ("league/rates_mbit", 100, "league.rates_mbit: unknown key"),
]


@pytest.mark.parametrize(("path", "value", "line"), FAULTS, ids=[line for *_, line in FAULTS])
def test_a_league_that_cannot_be_played_is_told_in_one_line(path, value, line):
    """Each names the key."""
    check_refused(path, value, line)


@pytest.mark.parametrize(
    ("targets", "parts"),
    [
        ([], []),
        (["report.html"], []),
        (["league"], [LEAGUE]),
        (["figures/league.pdf"], [LEAGUE]),
        (["results/sandbox/hardware.csv"], [LEAGUE]),
        (["figures/dut_comparison.png"], [LEAGUE]),
        (["flows", "figures/nat_64b.pdf"], [FLOWS]),
        (["figures/rules.pdf", "league"], [LEAGUE, RULES]),
        (["figures/flow_tables.pdf"], []),
    ],
)
def test_it_is_counted_where_it_is_asked_for(targets, parts):
    """In the line that a run begins with; no other figure's points are needed."""
    assert league_for(DEFAULT, targets) == parts
    said = summary(DEFAULT, for_targets(DEFAULT, targets), parts=parts)
    assert ("league of " in said) == bool(parts)
    if targets == ["league"]:
        assert for_targets(DEFAULT, targets) == []
        assert re.fullmatch(r"middlebench: league of 8 DUTs, 76 series; \d+ to \d+ min to .*", said)


def test_a_league_of_eight_duts_takes_half_an_hour_at_most():
    """Twenty functions of eight DUTs, three cells each: 60 series."""
    least, longest = league_seconds(DEFAULT, [LEAGUE])
    series = len(all_series(DEFAULT, LEAGUE))
    assert 60 * longest / series < 1680
    assert 5 * series < least < longest


@pytest.mark.parametrize("overlay", [{"only": ["nat_64b"]}, {"league": None}])
def test_a_league_can_be_left_out(overlay):
    """As every other figure."""
    config = laid_over(DEFAULT, [overlay], ["league", "flows", "rules", "machine"])
    assert not league.is_asked(config)
    assert all_series(config) == league_paths(config) == tried_paths(config) == []
    assert league.measured_at(config) == []


def test_a_dut_takes_part_with_what_it_can_hold_and_what_load_it_sees():
    """mOS's connections are limited, and TCP; the NATs of containers end TCP."""
    config = changed("defaults/protocol", "tcp")
    config["duts"]["mos"] = MOS
    config["software"]["mos"] = {"from": "git", "url": "x", "commit": "0" * 40, "variant": "pcap"}
    flows = {of.flows for of in all_series(config, FLOWS) if of.dut == "mos"}
    assert flows == {1, 10, 100, 1000, 10000}
    assert {of.dut for of in all_series(config, FLOWS)}.isdisjoint({"pasta", "slirp4netns"})
    config["defaults"]["protocol"] = "udp"
    assert "mos" not in {of.dut for of in all_series(config, FLOWS)}
