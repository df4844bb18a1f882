"""More flows to one host than a NAT has ports, on real switches and kernels: each is named."""

import pytest

from middlebench.duts.registry import DUTS
from middlebench.functions import PORTS
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.records import record
from workspace import REPOSITORY

SNAT = "200.200.200.200"
POOL = "200.200.200.200-200.200.200.203"
HUNDRED_PORTS = {
    "ovs-dpdk": ("nat(src=${snat_address})", "nat(src=${snat_address}:2000-2099)"),
    "linux": ("snat to ${snat_address}", "meta l4proto udp snat to ${snat_address}:2000-2099"),
    "iptables": (
        "-j SNAT --to-source ${snat_address}",
        "-p udp -j SNAT --to-source ${snat_address}:2000-2099",
    ),
}
SAYS = {
    "ovs-dpdk": "Open vSwitch says `Unable to NAT due to tuple space exhaustion`",
    "linux": "insert_failed of the kernel: ",
    "iptables": "insert_failed of the kernel: ",
}
NAT = pytest.mark.parametrize(
    "dut", ["ovs-dpdk", "linux", pytest.param("iptables", marks=pytest.mark.slow)]
)


@pytest.fixture
def measured(short, calibration, binary, tmp_path):
    """`measured(dut, flows, change, address)`: a point of a NAT, all flows to one host."""

    def measure(dut, flows, change=("", ""), address=SNAT):
        shipped = REPOSITORY / DUTS[dut].program_file("nat")
        text = shipped.read_text(encoding="utf-8")
        assert change[0] in text
        rules = tmp_path / shipped.name
        rules.write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
        about = {"ovs-dpdk": short["dut"], "iptables": {"backend": "nft"}}.get(dut, {})
        settings = short | {"dut": about | {"snat_address": address}}
        settings["flows_a_destination"] = max(flows, 1024)
        cell = {"testbed": "sandbox", "dut": dut, "function": "nat", "repetition": 1}
        cell |= {"frame_size": 64, "flows": flows, "rate_mbit": 20}
        point = measure_point(cell, settings, Parts(dut, "nat", rules, binary), calibration)
        record.check(point)
        return point

    return measure


@NAT
@pytest.mark.tried("lies")
def test_rules_with_fewer_ports_than_flows_are_named(measured, dut):
    """A range of 100 ports and 200 flows: the DUT's own words, and no frame of another address."""
    point = measured(dut, 200, HUNDRED_PORTS[dut])
    assert point["verdict"]["name"] == "failed"
    said = f"state limit: port exhaustion: 100 of 200 flows have no connection ({SAYS[dut]}"
    assert point["verdict"]["reason"].startswith(said)
    assert point["state"]["found_after_window"] == point["state"]["learned_flows"] == 100
    assert point["load_check"]["wrong"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("flows", [70_000, 200_000])
@NAT
@pytest.mark.tried("lies")
def test_more_flows_to_one_host_than_ports_are_named(measured, dut, flows):
    """Exactly as many are translated as there are ports, and the rest stays inside."""
    point = measured(dut, flows)
    assert point["verdict"]["name"] == "failed"
    assert point["verdict"]["reason"].startswith(
        f"state limit: port exhaustion: {SNAT} has {PORTS} ports towards one host, {flows} flows "
        f"go there ({SAYS[dut]}"
    )
    assert point["state"]["learned_flows"] == PORTS
    assert point["load_check"]["wrong"] == 0


@pytest.mark.slow
@NAT
def test_a_pool_has_a_port_for_each_of_200000_flows(measured, dut):
    """Four addresses; every frame has one of them, and no two flows the same."""
    point = measured(dut, 200_000, address=POOL)
    assert point["verdict"]["name"] in ("ok", "disturbed")
    assert point["state"]["found_after_window"] == point["state"]["learned_flows"] == 200_000
    assert point["load_check"]["wrong"] == 0


@pytest.mark.slow
@pytest.mark.tried("lies")
def test_flows_that_are_let_out_as_they_are_are_named_too(measured):
    """By rules as the thesis's: `output` behind a commit that found no port."""
    leaky = (
        "table=2,zone=1,nat(src=${snat_address}))",
        "zone=1,nat(src=${snat_address})),output:2",
    )
    point = measured("ovs-dpdk", 70_000, leaky)
    assert point["verdict"]["name"] == "failed"
    reason = point["verdict"]["reason"]
    assert reason.startswith("state limit: port exhaustion: ")
    assert "the source address came out as 10.0.252.1, expected 200.200.200.200" in reason
