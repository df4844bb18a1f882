"""What the functional check concludes from more flows than a NAT has ports; NATs in Python."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.l2 import Ether

from middlebench.measuring import exhaustion
from middlebench.measuring.check_frames import INSIDE, OUTSIDE, begins, checksum_fault, flow_of
from middlebench.measuring.load_plan import FLOWS_MAX, plan_flow

SNAT = "200.200.200.200"


@pytest.fixture
def few(monkeypatch):
    """An address has few ports here."""
    monkeypatch.setattr(exhaustion, "PORTS", 64)
    monkeypatch.setattr(exhaustion, "MORE", 16)


def nat(ports, leaks=False):
    """`exchange` of a NAT with so many ports, which drops the rest, or lets it out as it is."""

    def exchange(frames, every_us):
        assert every_us > 0
        out = []
        for number, (port, frame) in enumerate(frames):
            assert port == INSIDE
            if number < ports:
                out.append((OUTSIDE, frame[:26] + socket.inet_aton(SNAT) + frame[30:]))
            elif leaks:
                out.append((OUTSIDE, frame))
        return out

    return exchange


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_a_nat_that_drops_what_it_has_no_port_for_passes(protocol):
    """So does one that has enough, in whatever way."""
    item = exhaustion.exhaust(nat(64), 1, protocol)
    detail = "of 80 flows to one host 64 came out translated"
    assert item == ("untranslated_dropped", True, detail)
    assert exhaustion.exhaust(nat(80), 1, protocol).passed


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
@pytest.mark.tried("lies")
def test_a_nat_that_lets_out_what_it_has_no_port_for_is_named(protocol):
    """With how many came out so, and the first of them."""
    item = exhaustion.exhaust(nat(64, leaks=True), 1, protocol)
    assert not item.passed
    first = plan_flow(64, 1)
    assert item.detail == (
        "of 80 flows to one host 64 came out translated, 16 as they are, the first from "
        f"10.0.0.65:{first.sport}"
    )
    assert exhaustion.exhaust(nat(128, leaks=True), 2, protocol).detail.startswith("of 144 flows")


@pytest.mark.usefixtures("few")
def test_where_nothing_comes_out_nothing_was_shown():
    """Neither is a frame that is none of these flows, nor one that comes back inside."""
    assert not exhaustion.exhaust(nat(0), 1).passed
    flows = [plan_flow(number, 1) for number in range(4)]
    frames = exhaustion.first_frames("udp", flows)
    noise = bytearray(frames[0][1])
    noise[30:34] = socket.inet_aton("198.18.0.2")
    came = [(INSIDE, frames[0][1]), (OUTSIDE, bytes(noise)), (OUTSIDE, bytes(20))]
    assert not exhaustion.judge_exhausted(flows, came).passed
    came += nat(4)(frames, 1)
    assert exhaustion.judge_exhausted(flows, came).passed


@given(
    number=st.integers(0, FLOWS_MAX - 1),
    seed=st.integers(0, 2**32 - 1),
    protocol=st.sampled_from(["udp", "tcp"]),
)
def test_first_frames_are_those_of_the_check(number, seed, protocol):
    """Those that scapy makes, of every flow, with both checksums right."""
    flows = [plan_flow(of, seed, FLOWS_MAX) for of in (0, number)]
    for flow, made in zip(flows, exhaustion.first_frames(protocol, flows), strict=True):
        assert made == begins(protocol, INSIDE, flow, "out0")
        frame = Ether(made[1])
        assert flow_of(frame) == flow
        assert checksum_fault(frame) is None
