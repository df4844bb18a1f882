"""What a real switch under load says about its own work, and how it matches packets."""

import re

import pytest

from middlebench.duts.interface import FOLDER
from middlebench.measuring.assembly import assembled
from middlebench.measuring.point import measure_point

FLOWS = 3000
CELL = {"testbed": "sandbox", "dut": "ovs-dpdk", "frame_size": 64, "flows": FLOWS}
CELL |= {"rate_mbit": 100, "repetition": 1}


@pytest.mark.parametrize("function", ["forward", "stateless_firewall", "nat"])
def test_a_point_has_the_switchs_cycles(parts, settings, calibration, function):
    """Packets, lookups and cycles fit the load and each other, however disturbed the machine is."""
    cell = CELL | {"function": function}
    point = measure_point(cell, settings, parts(function), calibration)
    found, totals = point["switch_cycles"], point["totals"]
    # counted from the end of learning to the end of the drain
    assert point["raw"]["sent"] <= found["packets"] <= totals["sent"]
    tracked = function == "nat"
    assert found["passes"] == sum(found["lookups"].values()) == (1 + tracked) * found["packets"]
    parsed = found["passes"] - found["lookups"]["simple_match"]
    assert parsed == (0 if function == "forward" else found["passes"])
    assert 0 < found["idle_share"] < 1
    busy = found["cycles_per_packet"] * found["packets"]
    assert busy == pytest.approx((1 - found["idle_share"]) * found["used_cycles"], rel=0.02)
    middle = found["milliseconds"]
    assert 0 < middle["p25"] <= middle["p50"] <= middle["p75"]
    # no more than the clock gives in that time
    assert found["used_cycles"] <= 1.1 * found["tsc_hz"] * (totals["traffic_s"] + 1)


def test_the_stateless_firewall_matches_all_of_the_5_tuple(parts, settings):
    """The datapath's masks hold both addresses, protocol and both ports: nothing is skipped."""
    with assembled(parts("stateless_firewall"), settings["dut"]) as made:
        dump = f"ovs-appctl -t {FOLDER}/vswitchd.ctl dpctl/dump-flows -m > {FOLDER}/masks"
        made.generator.run_trial(100, 64, FLOWS, settings, 1, then=dump)
        said = made.dut._place.run(f"cat {FOLDER}/masks").stdout
    flows = [line for line in said.splitlines() if "packets:" in line and "udp(" in line]
    assert flows
    for flow in flows:
        assert re.search(r"ipv4\(src=[\d.]+/255\.0\.0\.0,dst=[\d.]+/255\.254\.0\.0,proto=17,", flow)
        assert re.search(r"udp\(src=\d+/0x[0-9a-f]+,dst=\d+/0xfc00\)", flow)
        assert "ct_state(0/0)" in flow
