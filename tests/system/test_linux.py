"""The DUT `linux`: the kernel's router on TAP ports, with real packets."""

from pathlib import Path

import pytest

from middlebench.duts.linux import namespace
from middlebench.duts.linux.nftables import NftRouter
from middlebench.errors import DutError
from middlebench.measuring.assembly import assembled
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.records import record
from workspace import REPOSITORY

RULES = REPOSITORY / "workflow/middleboxes/linux"
LOW_MBIT = 50
FEW_TICKS = 8
"""Of which no share is taken: another program's packets are some."""

FLOWS = 1000


@pytest.fixture
def linux(binary):
    """A function's parts, or with rules of the test's own."""
    return lambda function, rules=None: Parts(
        "linux", function, rules or RULES / f"{function}.nft", binary
    )


@pytest.fixture
def settings(settings):
    """Those of a short point."""
    brief = settings["durations"] | {"window_ms": 100, "max_windows": 4}
    dut = {"snat_address": settings["dut"]["snat_address"]}
    return settings | {"dut": dut, "durations": brief}


@pytest.fixture
def of_check(settings):
    """Those of a check."""
    return settings | {"expected_failures": []}


def failed(found):
    """Names of the items that failed."""
    return [item["name"] for item in found["items"] if not item["passed"]]


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("function", "protocol"),
    [
        ("nat", "udp"),
        pytest.param("nat", "tcp", marks=SLOW),
        ("stateless_firewall", "udp"),
        pytest.param("forward", "udp", marks=SLOW),
        pytest.param("firewall", "udp", marks=SLOW),
        pytest.param("stateless_firewall", "tcp", marks=SLOW),
        pytest.param("forward", "tcp", marks=SLOW),
        pytest.param("firewall", "tcp", marks=SLOW),
    ],
)
def test_the_shipped_rules_do_what_their_name_says(linux, of_check, function, protocol):
    """Out, back, what has to be dropped, no ARP handed on: every item passes on a real kernel."""
    found = check_function(linux(function), of_check | {"protocol": protocol})
    assert failed(found) == []
    assert {"arp_kept", "connections_tracked"} <= {item["name"] for item in found["items"]}
    assert found["software"]["name"] == "Linux"
    assert found["software"]["rules"] == f"{function}.nft"


def test_a_nat_that_lets_strangers_in_is_found(linux, of_check, tmp_path):
    """Without the policy of its `forward`, who knows an inside address gets in."""
    rules = tmp_path / "nat.nft"
    text = (RULES / "nat.nft").read_text(encoding="utf-8")
    rules.write_text(text.replace("policy drop", "policy accept"), encoding="utf-8")
    assert failed(check_function(linux("nat", rules), of_check)) == ["unsolicited_dropped"]


@pytest.mark.tried("words")
def test_nfts_message_has_file_and_line(linux, of_check, tmp_path):
    """Rules that it refuses: its own words, and nothing is measured."""
    rules = tmp_path / "nat.nft"
    text = (RULES / "nat.nft").read_text(encoding="utf-8")
    rules.write_text(text.replace("ct state established", "ct state etablished"), encoding="utf-8")
    with pytest.raises(DutError, match=r"^\S*/nat\.nft:5: Could not parse conntrack state\b"):
        check_function(linux("nat", rules), of_check)


@pytest.mark.tried("lies")
def test_rules_that_are_gone_are_missed(linux, settings):
    """The kernel is asked what it has: a router without rules would forward plainly."""
    with assembled(linux("nat"), settings["dut"]) as made:
        made.dut.check_loaded()
        made.dut._do(f"{namespace.INSIDE_IT} nft flush chain ip middlebench postrouting")
        with pytest.raises(DutError, match=r"postrouting has 0 rules, .*; asked for: 1 rule"):
            made.dut.check_loaded()


@pytest.mark.tried("words")
def test_what_is_missing_is_one_line(linux, of_check, monkeypatch):
    """A package, a part of the kernel: said before anything is measured."""
    monkeypatch.setattr(NftRouter, "tools", {"nft-of-another-name": "nftables"})
    with pytest.raises(DutError, match=r"nft-of-another-name is missing: install nftables \(envs"):
        check_function(linux("forward"), of_check)
    monkeypatch.setattr(NftRouter, "tools", {})
    monkeypatch.setattr(namespace, "MASK", "/proc/sys/net/core/no_such_mask")
    with pytest.raises(DutError, match=r"has no net\.core\.rps_default_mask \(Linux 6\.3 has\)"):
        check_function(linux("forward"), of_check)


def processed():
    """Frames that the kernel has looked at so far, by CPU."""
    lines = Path("/proc/net/softnet_stat").read_text(encoding="ascii").splitlines()
    fields = [[int(field, 16) for field in line.split()] for line in lines]
    return {of[12]: of[0] for of in fields}


def softirq_ticks():
    """Time in softirqs so far [1/100 s], by CPU."""
    lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    cpus = (line.split() for line in lines if line.startswith("cpu") and line[3].isdigit())
    return {int(of[0][3:]): int(of[7]) for of in cpus}


def worked(made, settings, rate_mbit):
    """A trial's result, and what was done on (the DUT's, the generator's) CPU meanwhile.

    Frames looked at, and time in softirqs [1/100 s].
    """
    before = (processed(), softirq_ticks())
    result = made.run_trial(rate_mbit, 64, FLOWS, settings, 7)
    after = (processed(), softirq_ticks())
    more = [{cpu: b[cpu] - a[cpu] for cpu in a} for a, b in zip(before, after, strict=True)]
    pair = (made.dut_cpu, made.generator_cpu)
    return result, *([of[cpu] for cpu in pair] for of in more)


def adds_up(totals):
    """Every frame sent is counted in, and each that did not come back at one of two places."""
    switch = totals["switch"]
    assert switch["inside_rx"] == totals["sent"]
    assert switch["outside_tx"] == totals["received"]
    lost = switch["inside_rx_drop"] + switch["outside_unread"]
    assert totals["sent"] - totals["received"] == lost
    return switch


def identity(function, rate_mbit):
    """The grid cell of a test."""
    cell = {"testbed": "sandbox", "dut": "linux", "function": function, "repetition": 1}
    return cell | {"frame_size": 64, "flows": FLOWS, "rate_mbit": rate_mbit}


def test_a_point_adds_up(linux, settings, calibration):
    """Counters of the ports, softgen's, and the connections tracked; nothing is lost.

    The time of its CPU is of all packets but those by which flows were learned.
    """
    point = measure_point(identity("nat", LOW_MBIT), settings, linux("nat"), calibration)
    record.check(point)
    adds_up(point["totals"])
    cycles, learning = point["switch_cycles"], 3 * FLOWS
    assert point["raw"]["sent"] <= cycles["packets"] <= point["totals"]["sent"] - learning
    assert 0 < cycles["idle_share"] <= 1
    assert point["state"]["found_after_window"] == point["state"]["expected_entries"] == FLOWS
    assert point["raw"]["foreign"] == 0
    assert point["gated"]["lost"] <= 0.005 * max(point["gated"]["offered"], 1)
    assert point["verdict"]["name"] in ("ok", "disturbed")


def test_the_work_runs_on_the_duts_cpu(linux, settings):
    """The generator's own CPU hands frames over, and does no more for them."""
    with assembled(linux("nat"), settings["dut"]) as made:
        result, frames, ticks = worked(made, settings, 2 * LOW_MBIT)
    assert frames[0] >= result["received_total"] > 0
    assert frames[0] > 0.9 * sum(frames)
    if sum(ticks) >= FEW_TICKS:
        assert ticks[0] > 0.6 * sum(ticks)


@pytest.mark.slow
def test_without_steering_the_work_runs_on_the_generators(linux, settings, monkeypatch):
    """Then the sender does the DUT's work, and slows down instead of the DUT: it is seen."""
    monkeypatch.setattr(namespace, "cpu_mask", lambda cpu: f"{cpu * 0:x}")
    with assembled(linux("nat"), settings["dut"]) as made:
        _, frames, _ = worked(made, settings, 2 * LOW_MBIT)
    assert frames[0] < 0.1 * sum(frames)


@pytest.mark.slow
@pytest.mark.parametrize("function", ["forward", "stateless_firewall", "firewall", "nat"])
def test_more_than_it_carries_adds_up_too(linux, settings, calibration, function):
    """What was turned away, and what the generator did not fetch, are all that is lost."""
    point = measure_point(identity(function, 600), settings, linux(function), calibration)
    record.check(point)
    adds_up(point["totals"])
    assert point["verdict"]["name"] in ("overloaded", "generator_limited", "disturbed")


@pytest.mark.slow
@pytest.mark.tried("lies")
def test_more_flows_than_it_can_track_have_a_verdict(linux, settings, calibration, monkeypatch):
    """The kernel forgets connections silently to make room for others."""
    few = "/proc/sys/net/ipv4/ip_default_ttl"
    monkeypatch.setattr("middlebench.duts.linux.ruled.MOST_ENTRIES", few)
    point = measure_point(identity("nat", LOW_MBIT), settings, linux("nat"), calibration)
    assert point["verdict"]["name"] == "failed"
    reason = "state limit: the DUT tracks 64 connections at most, 1000 flows are more"
    assert point["verdict"]["reason"] == reason
