"""Lists of rules in the shape of ClassBench's: by a seed, in both languages, met by no packet."""

import re
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.duts.linux.nftables import asked_for
from middlebench.duts.rule_lists import (
    PORT_CLASSES,
    SOURCE_LENGTHS,
    as_nftables,
    as_openflow,
    count_of,
    port_prefixes,
    rules,
    with_rules,
)
from middlebench.measuring.load_plan import plan_flow
from workspace import REPOSITORY

RULES = REPOSITORY / "workflow/middleboxes"


def test_a_list_is_that_of_its_seed_and_a_longer_one_goes_on():
    """So that two sizes differ in nothing but their number."""
    assert rules(100, 1) == rules(1000, 1)[:100]
    assert rules(100, 1) != rules(100, 2)
    assert len(rules(1000, 1)) == 1000
    assert rules(0, 1) == []


def test_no_packet_of_the_load_meets_one():
    """Neither the first nor the last flow of a million, whatever the ports are."""
    sources = [rule.source for rule in rules(2000, 1)]
    for number in (0, 1, 99, 10_000, 999_999):
        address = ip_address(plan_flow(number, 1).src)
        assert not any(address in net for net in sources)
    assert all(net.subnet_of(ip_network("10.128.0.0/9")) for net in sources)


def test_the_shape_is_that_of_the_set_it_is_taken_from():
    """Shares of prefix lengths and port classes to 4 %, and prefixes stand in two rules or so."""
    made = rules(10_000, 1)
    of_lengths = sum(rule.source.prefixlen == 32 for rule in made) / len(made)
    assert of_lengths == pytest.approx(SOURCE_LENGTHS[32] / sum(SOURCE_LENGTHS.values()), abs=0.04)
    with_ports = [rule for rule in made if rule.protocol in ("tcp", "udp")]
    single = sum(rule.ports is not None and rule.ports[0] == rule.ports[1] for rule in with_ports)
    assert single / len(with_ports) == pytest.approx(PORT_CLASSES["one"] / 88, abs=0.04)
    assert len(with_ports) / len(made) == pytest.approx(72 / 88, abs=0.02)
    assert 1.8 < len(made) / len({rule.source for rule in made}) < 2.8
    assert not any(rule.ports for rule in made if rule.protocol not in ("tcp", "udp"))


@given(st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted))
def test_prefixes_are_exactly_the_ports_of_a_range(ends):
    """Each port once, and no other: counted by their sizes and ends."""
    found = port_prefixes(*ends)
    sizes = [65536 - mask for _, mask in found]
    assert sum(sizes) == ends[1] - ends[0] + 1
    assert found[0][0] == ends[0]
    assert found[-1][0] + sizes[-1] - 1 == ends[1]
    assert all(value & mask == value for value, mask in found)


def test_one_port_and_any_are_one_rule_each():
    """A range of 2 to 9 is 2-3, 4-7, 8-9."""
    assert port_prefixes(80, 80) == [(80, 0xFFFF)]
    assert port_prefixes(0, 65535) == [(0, 0)]
    assert port_prefixes(2, 9) == [(2, 0xFFFE), (4, 0xFFFC), (8, 0xFFFE)]


def test_both_languages_say_the_same():
    """A line a rule of nftables; in OpenFlow a priority a rule, downwards."""
    made = rules(300, 1)
    lines = as_nftables(made).splitlines()
    flows = as_openflow(made).splitlines()
    priorities = [int(re.search(r"priority=(\d+)", line)[1]) for line in flows]
    assert len(lines) == len(set(priorities)) == 300
    assert priorities == sorted(priorities, reverse=True)
    assert min(priorities) > 100
    for rule, line in zip(made, lines, strict=True):
        assert f"ip saddr {rule.source} ip daddr {rule.destination}" in line
        assert line.endswith(" drop")


def test_they_come_before_the_rules_of_the_firewall():
    """Whose file they are put into, in the chain; a kernel is asked whether it has all of them."""
    nft = with_rules((RULES / "linux/stateless_firewall.nft").read_text("utf-8"), ".nft", 250, 1)
    (chain,) = asked_for(nft, "rules_250.nft").values()
    assert (chain.rules, chain.policy) == (252, "drop")
    assert nft.index("ip saddr 10.128") < nft.index("ip saddr 10.0.0.0/8") or " drop\n" in nft
    base = (RULES / "open_vswitch/stateless_firewall.flows").read_text("utf-8")
    flows = with_rules(base, ".flows", 250, 1)
    assert flows.count("actions=drop") >= 251
    assert all(line in flows for line in base.splitlines())
    with pytest.raises(KeyError):
        with_rules(base, ".conf", 1, 1)


@pytest.mark.parametrize(
    ("name", "count"), [("rules_100", 100), ("rules_", None), ("my_rules_1", None), ("nat", None)]
)
def test_a_functions_name_says_how_many(name, count):
    """And no other function is taken for one."""
    assert count_of(name) == count
