"""Real points in the sandbox, against what Open vSwitch itself counted."""

import re

import pytest

from middlebench import record
from middlebench.assembly import assembled
from middlebench.measure import measure_point

LOW_MBIT = 50


def identity(function, flows, rate_mbit, frame_size=64):
    """The grid cell of a test."""
    cell = {"testbed": "sandbox", "dut": "ovs-dpdk", "function": function, "repetition": 1}
    return cell | {"frame_size": frame_size, "flows": flows, "rate_mbit": rate_mbit}


def check_invariants(point):
    """What holds on any machine, however disturbed."""
    record.check(point)
    switch, totals = point["totals"]["switch"], point["totals"]
    assert switch["inside_rx"] == totals["sent"]
    assert switch["outside_tx"] == totals["received"]
    assert switch["outside_rx"] == switch["inside_tx"] == 0
    for part in (point["raw"], point["gated"]):
        assert part["offered"] == part["sent"] + part["refused"] + part["skipped"]
        assert part["lost"] == part["sent"] + part["refused"] - part["received"] >= 0
        assert part["duplicated"] == part["out_of_order"] == 0
        if part["latency"]:
            assert part["latency"]["count"] == part["received"]
            assert sum(part["latency"]["histogram"]["count"]) == part["received"]
            ordered = [part["latency"][f"{key}_ns"] for key in ("min", "p25", "p50", "p99", "max")]
            assert ordered == sorted(ordered)
            assert ordered[0] > 100
    assert point["raw"]["foreign"] == point["raw"]["late"] == 0
    assert all(point["gated"][key] <= point["raw"][key] for key in ("sent", "received", "lost"))
    assert point["state"]["learned_flows"] == point["identity"]["flows"]
    assert point["state"]["found_entries"] == point["state"]["expected_entries"]


@pytest.mark.parametrize(
    ("function", "frame_size", "flows", "order"),
    [
        ("forward", 64, 100, "round_robin"),
        ("nat", 64, 3000, "random"),
        ("nat", 1518, 100, "round_robin"),
        ("firewall", 64, 1000, "round_robin"),
    ],
)
def test_a_point_agrees_with_the_switchs_counters(
    parts, settings, function, frame_size, flows, order
):
    """Every frame sent was counted in, every one received counted out, and each flow tracked.

    At a rate far below every knee no frame of clean time is lost, and pacing is exact there.
    """
    rate_mbit = LOW_MBIT * frame_size // 64
    cell = identity(function, flows, rate_mbit, frame_size)
    point = measure_point(cell, settings | {"flow_order": order}, parts(function))
    check_invariants(point)
    expected = 0 if function == "forward" else flows
    assert point["state"]["expected_entries"] == expected
    gated = point["gated"]
    assert gated["lost"] <= 0.005 * max(gated["offered"], 1)
    if point["disturbance"]["clean_slices"] >= 50:
        assert gated["offered_pps"] == pytest.approx(point["asked"]["rate_pps"], rel=0.01)
        assert point["verdict"]["name"] in ("ok", "disturbed")


def test_the_connection_tracking_table_holds_each_flow_once(parts, settings):
    """Every flow is one entry of the NAT's table, with its own address and port outside."""
    flows = 500
    with assembled(parts("nat"), settings["dut"]) as made:
        result = made.generator.run_trial(LOW_MBIT, 64, flows, settings, run_id=1)
        table = [line for line in made.dut.tracked() if line.startswith("udp")]
    assert result["learned_flows"] == len(table) == flows
    inside = {re.search(r"orig=\(src=10\.([\d.]+),.*?sport=(\d+)", line).groups() for line in table}
    outside = {
        re.search(r"reply=\(.*?dst=([\d.]+),.*?dport=(\d+)", line).groups() for line in table
    }
    assert len(inside) == len(outside) == flows
    assert {address for address, _ in outside} == {settings["dut"]["snat_address"]}


def test_far_above_the_knee_a_point_is_overloaded(parts, settings):
    """More than the switch can carry is lost in clean time too."""
    point = measure_point(identity("nat", 1000, 3000), settings, parts("nat"))
    check_invariants(point)
    assert point["verdict"]["name"] in ("overloaded", "generator_limited", "disturbed")
    if point["disturbance"]["clean_slices"] >= 50:
        assert point["gated"]["loss_ratio"] > 0.005


def test_lost_state_makes_a_point_fail(parts, settings, tmp_path):
    """Rules that never commit a connection carry every packet; the verdict is `failed`."""
    stateless = tmp_path / "nat.flows"
    stateless.write_text("table=0,in_port=1,actions=output:2\n", encoding="utf-8")
    point = measure_point(identity("nat", 10, LOW_MBIT), settings, parts("nat", stateless))
    assert point["verdict"]["name"] == "failed"
    assert "tracks 0 connections, expected 10" in point["verdict"]["reason"]
