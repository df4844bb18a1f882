"""The functional check on real switches: the shipped rules, and rules with a planted fault."""

import pytest
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from middlebench.duts.interface import FOLDER
from middlebench.errors import DutError, GeneratorError
from middlebench.measuring.assembly import assembled
from middlebench.measuring.functional_check import check_function
from workspace import REPOSITORY

STATELESS = REPOSITORY / "workflow/middleboxes/open_vswitch/stateless_firewall.flows"
NAT = REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows"


@pytest.fixture
def settings(settings):
    """Those of a check."""
    return settings | {"expected_failures": []}


def failed(found):
    """Names of the items that failed."""
    return [item["name"] for item in found["items"] if not item["passed"]]


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("function", "protocol"),
    [
        *((of, "udp") for of in ("forward", "stateless_firewall", "firewall", "nat")),
        ("nat", "tcp"),
        *(
            pytest.param(of, "tcp", marks=SLOW)
            for of in ("forward", "stateless_firewall", "firewall")
        ),
    ],
)
def test_the_shipped_rules_do_what_their_name_says(parts, settings, function, protocol):
    """Out, back, ARP and what has to be dropped: every item passes on a real switch."""
    found = check_function(parts(function), settings | {"protocol": protocol})
    assert found["protocol"] == protocol
    assert failed(found) == []
    assert found["passed"]


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("protocol", ["udp", pytest.param("tcp", marks=pytest.mark.slow)])
def test_the_thesiss_nat_fails_the_reply_and_says_why(parts, settings, protocol):
    """Its connections are committed to one zone and looked up in another."""
    settings = settings | {"protocol": protocol}
    found = check_function(parts("nat_thesis"), settings)
    assert not found["passed"]
    assert failed(found) == ["reply_translated"]  # then nothing more is asked
    assert found["why"] == "connections are committed to zone 1 and looked up in zone 0"
    expected = settings | {"expected_failures": ["reply_translated", "untranslated_dropped"]}
    found = check_function(parts("nat_thesis"), expected)
    assert failed(found) == expected["expected_failures"]
    assert found["passed"]


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize(
    ("right", "wrong", "item"),
    [
        ("ct(table=1,zone=1,nat)", "ct(table=1,zone=1)", "reply_translated"),
        ("nat(src=${snat_address})", "nat(src=200.200.200.201)", "outbound_passed"),
        ("table=0,priority=10,arp,actions=normal", "", "arp_passed"),
        (
            "ct_state=+trk+new,actions=drop",
            "ct_state=+trk+new,actions=output:1",
            "unsolicited_dropped",
        ),
    ],
)
def test_a_planted_fault_is_found(parts, settings, tmp_path, right, wrong, item):
    """Each fault in the rules fails the item that is made for it."""
    text = NAT.read_text(encoding="utf-8")
    assert right in text
    rules = tmp_path / "nat.flows"
    rules.write_text(text.replace(right, wrong), encoding="utf-8")
    assert item in failed(check_function(parts("nat", rules), settings))


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize(
    ("right", "wrong", "item"),
    [
        ("nw_src=198.18.0.0/15", "nw_src=0.0.0.0/0", "forbidden_dropped"),
        ("tp_src=0/0xfc00,tp_dst=0x1000/0xf000", "tp_src=0/0xfc00", "forbidden_dropped"),
        ("in_port=2,udp", "in_port=3,udp", "lookalike_passed"),
    ],
)
def test_a_planted_fault_of_rules_without_state_is_found(
    parts, settings, tmp_path, right, wrong, item
):
    """Addresses and ports decide what comes in; a wrong one is seen."""
    text = STATELESS.read_text(encoding="utf-8")
    assert right in text
    rules = tmp_path / "stateless_firewall.flows"
    rules.write_text(text.replace(right, wrong), encoding="utf-8")
    assert item in failed(check_function(parts("stateless_firewall", rules), settings))


def test_a_second_generator_finds_the_switch_at_once(parts, settings):
    """Its ports are new ones: an old one would look for its server only once a second."""
    frame = bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / Raw(bytes(46)))
    with assembled(parts("forward"), settings["dut"]) as made:
        for _ in range(2):
            assert (1, frame) in made.generator.exchange([(0, frame)])
        log = made.dut._place.run(f"cat {FOLDER}/vswitchd.log").stdout
    ports = [line for line in log.splitlines() if "virtio is now ready" in line]
    assert len(ports) == 4
    assert not [line for line in log.splitlines() if line.endswith(") connected")]


def test_rules_that_do_not_parse_are_named(parts, settings, tmp_path):
    """The switch's own message, in one line."""
    rules = tmp_path / "nat.flows"
    rules.write_text("table=0,actions=outptu:2\n", encoding="utf-8")
    with pytest.raises(DutError, match="unknown action outptu"):
        check_function(parts("nat", rules), settings)


def test_a_placeholder_that_nothing_fills_is_named(parts, settings, tmp_path):
    """`${...}` in a rules file is a setting of the DUT."""
    rules = tmp_path / "nat.flows"
    rules.write_text("table=0,actions=output:${port}\n", encoding="utf-8")
    with pytest.raises(DutError, match="port"):
        check_function(parts("nat", rules), settings)


def test_a_missing_generator_is_the_generators_fault(parts, settings, tmp_path):
    """The switch started: the message is the generator's."""
    broken = parts("nat")._replace(generator=tmp_path / "softgen")
    with pytest.raises(GeneratorError, match="softgen"):
        check_function(broken, settings)


def test_a_missing_package_is_named(parts, settings, monkeypatch):
    """Without the switch's daemon the message says what to install."""
    monkeypatch.setattr("middlebench.duts.ovs.switch.DAEMON", "/nonexistent/ovs-vswitchd-dpdk")
    with pytest.raises(DutError, match="install openvswitch-switch-dpdk"):
        check_function(parts("nat"), settings)


def test_facts_name_versions_and_rules(parts, settings):
    """What was measured is in the record: versions as the switch says them."""
    facts = check_function(parts("forward"), settings)["software"]
    assert facts["name"] == "Open vSwitch"
    assert facts["version"][0].isdigit()
    assert facts["dpdk"].startswith("DPDK ")
    assert facts["rules"] == "forward.flows"
