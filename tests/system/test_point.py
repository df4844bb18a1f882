"""Real points in the sandbox, against what Open vSwitch itself counted."""

import re

import pytest

from middlebench.duts.interface import FOLDER
from middlebench.measuring.assembly import assembled
from middlebench.measuring.point import measure_point
from middlebench.records import record
from middlebench.records import rules as record_rules
from middlebench.records.identity import Point

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
    assert switch["outside_rx"] == totals.get("answers_sent", 0)
    assert switch["inside_tx"] == totals.get("answers_received", 0)
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
    for moment in ("found_after_warmup", "found_after_window"):
        assert point["state"][moment] == point["state"]["expected_entries"]
    assert record_rules.fault(point, Point(**point["identity"]).path) is None


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
    parts, settings, calibration, function, frame_size, flows, order
):
    """Every frame sent was counted in, every one received counted out, and each flow tracked.

    At a rate far below every knee no frame of clean time is lost, and pacing is exact there.
    """
    rate_mbit = LOW_MBIT * frame_size // 64
    cell = identity(function, flows, rate_mbit, frame_size)
    chosen = settings | {"flow_order": order}
    point = measure_point(cell, chosen, parts(function), calibration)
    check_invariants(point)
    expected = 0 if function == "forward" else flows
    assert point["state"]["expected_entries"] == expected
    gated = point["gated"]
    assert gated["lost"] <= 0.005 * max(gated["offered"], 1)
    if point["gated"]["duration_s"] >= 0.05:
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


def test_far_above_the_knee_a_point_is_overloaded(parts, settings, calibration):
    """More than the switch can carry is lost in clean time too."""
    point = measure_point(identity("nat", 1000, 3000), settings, parts("nat"), calibration)
    check_invariants(point)
    assert point["verdict"]["name"] in ("overloaded", "generator_limited", "disturbed")
    if point["gated"]["duration_s"] >= 0.05:
        assert point["gated"]["loss_ratio"] > 0.005


def test_state_that_is_never_made_fails_a_point(parts, settings, calibration, tmp_path):
    """Rules that never commit a connection carry every packet; the verdict is `failed`."""
    stateless = tmp_path / "firewall.flows"
    stateless.write_text("table=0,in_port=1,actions=output:2\n", encoding="utf-8")
    cell = identity("firewall", 10, LOW_MBIT)
    point = measure_point(cell, settings, parts("firewall", stateless), calibration)
    assert point["verdict"]["name"] == "failed"
    assert "tracks 0 connections after warm-up, expected 10" in point["verdict"]["reason"]


def test_state_that_is_lost_within_the_window_fails_a_point(
    parts, settings, calibration, within_the_window, tmp_path
):
    """Entries are flushed, and the rules by then carry packets without new ones."""
    within_the_window(
        f"cd {FOLDER}; export OVS_RUNDIR={FOLDER}; ovs-ofctl del-flows br0; "
        "ovs-ofctl add-flow br0 in_port=1,actions=output:2; "
        f"ovs-appctl -t {FOLDER}/vswitchd.ctl dpctl/flush-conntrack"
    )
    cell = identity("firewall", 10, LOW_MBIT)
    point = measure_point(cell, settings, parts("firewall"), calibration)
    assert point["state"]["found_after_warmup"] == 10
    assert point["verdict"]["name"] == "failed"
    assert "tracks 0 connections after the window, expected 10" in point["verdict"]["reason"]


def test_a_dut_that_stops_for_good_is_stalled_and_the_next_point_starts_clean(
    parts, settings, calibration, within_the_window, monkeypatch
):
    """All rules vanish under load: nothing comes any more, also when the load is over."""
    within_the_window(f"cd {FOLDER}; OVS_RUNDIR={FOLDER} ovs-ofctl del-flows br0")
    cell = identity("forward", 10, LOW_MBIT)
    point = measure_point(cell, settings, parts("forward"), calibration)
    assert point["verdict"]["name"] == "stalled"
    assert point["raw"]["received"] > 0
    assert point["stall"]["silence_ms"] > 100
    assert point["stall"]["probes_sent"] > 10
    assert "before the load did, and for good" in point["verdict"]["reason"]
    monkeypatch.undo()
    point = measure_point(cell, settings, parts("forward"), calibration)
    assert point["verdict"]["name"] in ("ok", "disturbed")


def test_a_dut_that_stops_for_a_while_is_not_stalled(
    parts, settings, calibration, within_the_window
):
    """It forwards again before the load is over: loss, but no stall."""
    rules = f"cd {FOLDER}; export OVS_RUNDIR={FOLDER}; ovs-ofctl del-flows br0"
    within_the_window(f"{rules}; sleep 0.05; ovs-ofctl add-flow br0 in_port=1,actions=output:2")
    cell = identity("forward", 10, LOW_MBIT)
    point = measure_point(cell, settings, parts("forward"), calibration)
    assert point["raw"]["lost"] > 0
    assert point["verdict"]["name"] != "stalled"


def test_a_rate_above_line_rate_is_not_run(parts, settings, calibration, tmp_path):
    """Its record says so without a DUT: there is no generator to be run here."""
    unusable = parts("forward")._replace(generator=tmp_path / "none")
    chosen = settings | {"virtual": False, "link_mbit": 10000, "gating": None}
    cell = identity("forward", 10, 9880, frame_size=1518)
    point = measure_point(cell, chosen, unusable, calibration)
    assert point["verdict"]["name"] == "above_line_rate"
    assert point["raw"] is point["gated"] is point["host"] is None
    assert "above_line_rate (asked for 9880 Mbit/s" in record.describe(point)
