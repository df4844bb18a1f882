"""Which flows and strangers the functional check asks about."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.experiment.dut_check import INSIDE_NETWORK, OUTSIDE_NETWORK
from middlebench.measuring.check_plan import EACH, LOOKALIKES, TWINS, asked, strangers
from middlebench.measuring.load_plan import FLOWS_MAX, plan_flow

SNAT = "200.200.200.200"
seeds = st.integers(0, 2**32 - 1)


def inside(address, network):
    """Is it one of the network's?"""
    return ipaddress.ip_address(address) in network


@given(seed=seeds)
def test_flows_are_of_the_loads_own_plan_from_the_first_to_the_last(seed):
    """Each is the plan's flow of its host; small figures have several among theirs."""
    flows = asked(seed).outward[:-TWINS]
    numbers = [int(ipaddress.ip_address(flow.src)) - 0x0A000001 for flow in flows]
    assert flows == [plan_flow(number, seed) for number in numbers]
    assert (numbers[0], numbers[-1]) == (0, FLOWS_MAX - 1)
    for figure in (1, 10, 100, 10_000):
        assert sum(number < figure for number in numbers) >= len(f"{figure:b}") - 1
    assert len(set(numbers)) == len(numbers) == 25


@given(seed=seeds)
def test_twins_share_port_and_destination_with_a_flow_of_another_host(seed):
    """A NAT has to give one of them another port; every 5-tuple is there once."""
    what = asked(seed)
    assert len({*what.outward, what.canary}) == len(what.outward) + 1
    for twin in what.outward[-TWINS:]:
        shared = [flow for flow in what.outward[:-TWINS] if flow[1:] == twin[1:]]
        assert [flow.src != twin.src for flow in shared] == [True]
    speaking = {flow.src for flow in (*what.outward, what.canary)}
    assert not speaking & set(what.untouched)


@given(seed=seeds)
def test_strangers_are_answers_to_nothing(seed):
    """None has the addresses and ports of a reply, translated or not; all kinds are there."""
    what = asked(seed)
    outside = {flow: (SNAT, 2000 + number) for number, flow in enumerate(what.outward)}
    replies = {(flow.dst, flow.dport, *end) for flow, end in outside.items()}
    replies |= {(flow.dst, flow.dport, flow.src, flow.sport) for flow in what.outward}
    found = strangers(what, SNAT, outside, seed)
    assert len(found) == 9 * EACH
    assert not replies & {tuple(stranger.flow) for stranger in found}
    for kind, flow in found:
        if kind in LOOKALIKES:
            assert inside(flow.src, OUTSIDE_NETWORK)
            assert inside(flow.dst, INSIDE_NETWORK)
            assert flow.sport < 1024 <= flow.dport
        assert inside(flow.src, OUTSIDE_NETWORK) == (kind != "elsewhere")
        in_use = (flow.dst, flow.dport) in outside.values()
        assert in_use == kind.startswith("mapped")


@pytest.mark.parametrize("known", [{}, None])
def test_strangers_need_no_translation_that_was_seen(known):
    """Nothing came out, or there is no SNAT address: they are sent all the same."""
    what = asked(1)
    found = strangers(what, SNAT if known is None else None, {}, 1)
    assert len(found) == (9 if known is None else 6) * EACH


def test_another_seed_asks_about_others():
    """And one seed about the same."""
    assert asked(1) == asked(1) != asked(2)
