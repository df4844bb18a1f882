"""More flows to one host than a NAT's addresses have ports are refused before anything runs."""

import re
from pathlib import Path

import pytest

from configurations import changed, fault
from middlebench.duts.ovs.rule_file import lines_of
from middlebench.experiment.config import validate
from middlebench.functions import PORTS
from middlebench.measuring.load_plan import plan_flow
from workspace import REPOSITORY

POOL = "200.200.200.200-200.200.200.203"


def to_one_host(flows, **about):
    """A figure of a NAT with so many flows to one host."""
    config = changed("figures/nat_64b/flows", [100, flows])
    config["figures"]["nat_64b"] |= {"flows_a_destination": 16_000_000} | about
    return config


@pytest.mark.tried("lies")
def test_too_many_flows_to_one_host_are_refused_in_one_line():
    """It says how many ports there are, and how more are had."""
    assert fault(to_one_host(70_000)) == (
        "figures.nat_64b.flows: 70000, of which 70000 go to one host; allowed: up to 64512, the "
        "ports of 200.200.200.200 towards one host, or duts.ovs-dpdk.snat_addresses: "
        "200.200.200.200-200.200.200.201, or verdict.port_exhaustion: measure"
    )
    assert f"duts.ovs-dpdk.snat_addresses: {POOL}, or" in fault(to_one_host(200_000))
    assert f"up to {PORTS}," in fault(to_one_host(PORTS + 1))


@pytest.mark.tried("lies")
@pytest.mark.parametrize("dut", ["linux", "iptables"])
def test_the_kernels_nats_have_as_many(dut):
    """Their own key is named."""
    assert f"duts.{dut}.snat_addresses: {POOL}, or" in fault(to_one_host(200_000, dut=dut))


def test_a_functions_own_addresses_are_named():
    """Not its DUT's, which do not count there."""
    config = to_one_host(300_000, function="nat_of_ours")
    config["functions"] = {"nat_of_ours": {"like": "nat", "addresses": POOL}}
    config["figures"] = {"nat_64b": config["figures"]["nat_64b"] | {"function": "nat"}}
    config["duts"]["ovs-dpdk"]["snat_addresses"] = POOL
    assert f"258048, the ports of {POOL} towards one host, or duts.ovs-dpdk" in fault(config)


@pytest.mark.parametrize(
    ("flows", "about"),
    [
        (PORTS, {}),
        (200_000, {"function": "firewall"}),
        (200_000, {"flows_a_destination": PORTS}),
        (16_000_000, {"flows_a_destination": 1024}),
    ],
)
def test_what_has_a_port_for_every_flow_is_measured(flows, about):
    """As many as there are, what translates nothing, and flows to many hosts."""
    validate(to_one_host(flows, **about))


def test_a_pool_or_a_word_lets_them_be_measured():
    """Addresses enough, or the wish to see what becomes of the rest."""
    config = to_one_host(200_000)
    config["duts"]["ovs-dpdk"]["snat_addresses"] = POOL
    validate(config)
    config = to_one_host(200_000)
    config["verdict"]["port_exhaustion"] = "measure"
    validate(config)


def test_the_load_goes_to_as_many_hosts_as_were_asked_for():
    """One here; the default is as many flows to one host as there are ports."""
    ends = {plan_flow(number, 1, 16_000_000)[2:] for number in (0, PORTS, 199_999)}
    assert ends == {("198.18.0.1", 9)}
    assert plan_flow(PORTS, 1).dst == "198.18.0.2"


SHIPPED = sorted(REPOSITORY.glob("workflow/middleboxes/open_vswitch/*.flows"))
AS_PUBLISHED = ["nat_thesis.flows"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_no_shipped_rule_sends_out_what_a_commit_may_have_left_as_it_was(path):
    """Open vSwitch goes on behind a `ct(commit,nat(...))` that found no port."""
    text = Path(path).read_text(encoding="utf-8")
    rules = [line.text for line in lines_of(text) if re.search(r"commit[^)]*nat\(", line.text)]
    leaky = [rule for rule in rules if not rule.endswith("))")]
    assert bool(leaky) == (path.name in AS_PUBLISHED)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_rule_commits_a_connection_once(path):
    """Also one that nobody answers, which stays +new: a commit a frame costs a third of a NAT."""
    text = Path(path).read_text(encoding="utf-8")
    matches = [
        line.text.partition("actions=")[0] for line in lines_of(text) if "commit" in line.text
    ]
    again = [match for match in matches if "ct_mark=0," not in match and "-snat," not in match]
    assert bool(again) == (path.name in AS_PUBLISHED)
