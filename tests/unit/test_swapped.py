"""Source and destination exchanged: what the functional check makes of it."""

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import ARP, Ether

from middlebench.functions import KNOWN, Makes
from middlebench.measuring import functional_check as check
from middlebench.measuring.check_frames import transport
from middlebench.measuring.check_items import judge


def exchanged(frame, left_out=()):
    """A frame with source and destination exchanged, but for some layers."""
    frame = Ether(frame)
    if "Ether" not in left_out:
        frame.src, frame.dst = frame.dst, frame.src
    if ARP in frame:
        return bytes(frame)
    ip, ports = frame[IP], transport(frame)
    if "IP" not in left_out:
        ip.src, ip.dst = ip.dst, ip.src
    if "ports" not in left_out:
        ports.sport, ports.dport = ports.dport, ports.sport
    return bytes(frame)


def failing(makes, protocol="udp", **about):
    """Items that a forwarder which exchanges them fails."""

    def exchange(frames):
        return [(1 - port, exchanged(frame, **about)) for port, frame in frames]

    seen = check.observe(exchange, makes, protocol)
    return {item.name for item in judge(KNOWN["forward"], seen) if not item.passed}


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_what_exchanges_them_passes(protocol):
    """There and back, and what the outside begins."""
    assert failing(Makes(swapped=True), protocol) == set()


FLOWS = {"outbound_passed", "inbound_passed"}  # replies follow what came out


@pytest.mark.parametrize(
    ("about", "makes", "items"),
    [
        ({}, {}, {*FLOWS, "frames_unchanged"}),
        ({"left_out": ["Ether"]}, {"swapped": True}, {"frames_unchanged"}),
        ({"left_out": ["ports"]}, {"swapped": True}, FLOWS),
        ({"left_out": ["IP"]}, {"swapped": True}, FLOWS),
    ],
)
def test_what_is_not_exchanged_as_it_should_be_is_found(about, makes, items):
    """All where nothing should be, and each of the three alone."""
    assert failing(Makes(**makes), **about) == items
