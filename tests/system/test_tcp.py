"""TCP load: handshakes and data, as a tracker sees them on a wire and real switches do."""

from typing import Any, NamedTuple

import cross_checks
import pytest
from cross_checks import Captured, capture, require
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from test_point import LOW_MBIT, check_invariants, identity

from middlebench.measuring.point import measure_point

FLOWS = 50
CAPTURED = (FLOWS, 5000, 100)
"""Flows, rate [packets/s] and window [ms] of a capture."""
MASK = 0xFFFFFFFF


@pytest.fixture
def tcp(short):
    """Settings of a short point of TCP load."""
    return short | {"protocol": "tcp"}


class Connection(NamedTuple):
    """What a tracker knows of one, by the numbers of RFC 9293; `peer` is None before the answer."""

    begun: int
    window: int
    peer: int | None = None


def track(frames: list[Ether]) -> dict[Any, Connection]:
    """A strict tracker that sees both ways, as netfilter's: SYN, SYN-ACK, then data in the window.

    AssertionError with the first frame that it would hold for invalid.
    """
    known: dict[Any, Connection] = {}
    for number, frame in enumerate(frames):
        ip, tcp = frame[IP], frame[TCP]
        way = (ip.src, tcp.sport, ip.dst, tcp.dport)
        back = (ip.dst, tcp.dport, ip.src, tcp.sport)
        if tcp.flags == "S":
            old = known.get(way)
            require(old is None or old.begun == tcp.seq, f"frame {number}: another SYN on {way}")
            known[way] = old or Connection(tcp.seq, tcp.window)
        elif tcp.flags == "SA":
            require(back in known, f"frame {number}: an answer to nobody, {way}")
            right = tcp.ack == known[back].begun + 1
            require(right, f"frame {number}: the answer acknowledges {tcp.ack}")
            known[back] = known[back]._replace(peer=tcp.seq)
        else:
            require(tcp.flags == "A", f"frame {number}: flags {tcp.flags}")
            seen = known.get(way)
            require(seen is not None and seen.peer is not None, f"frame {number}: no handshake")
            require(tcp.ack == seen.peer + 1, f"frame {number}: acknowledges {tcp.ack}")
            ahead = (tcp.seq + ip.len - 40 - seen.begun) & MASK
            require(0 < ahead <= seen.window, f"frame {number}: {ahead} B ahead of the window")
    return known


def check_segments(seen: Captured, frame_size: int) -> None:
    """Sizes, checksums, numbers, and what a tracker says; AssertionError when one is wrong."""
    frames = [Ether(frame.data) for frame in seen.frames]
    data = [frame for frame in frames if frame[TCP].flags == "A"]
    for frame in frames:
        size = frame_size - 4 if frame[TCP].flags == "A" else 60
        require(len(frame) == size, f"{len(frame)} B without FCS")
        again = frame.copy()
        del again[IP].chksum, again[TCP].chksum
        again = Ether(bytes(again))
        for layer in (IP, TCP):
            wrong = again[layer].chksum != frame[layer].chksum
            require(not wrong, f"{layer.__name__} checksum is wrong")
    connections = track(frames)
    require(len(connections) == seen.result["flows"], f"{len(connections)} connections")
    open_ones = sum(connection.peer is not None for connection in connections.values())
    require(open_ones == seen.result["flows"], f"{open_ones} handshakes were answered")
    numbers = [int.from_bytes(bytes(frame)[54:58], "little") for frame in data]
    require(numbers == list(range(len(data))), "the data is not numbered one by one")
    counts = {
        "sent_total": len(data),
        "received_total": len(data),
        "syns_sent": sum(frame[TCP].flags == "S" for frame in frames),
        "answers_sent": sum(frame[TCP].flags == "SA" for frame in frames),
    }
    found = {name: seen.result[name] for name in counts}
    require(found == counts, f"softgen counts {found}, the capture {counts}")


@pytest.mark.parametrize("frame_size", [64, 65, 1518])
def test_a_tracker_accepts_every_captured_frame(binary, tmp_path, frame_size):
    """Handshakes first, then data within the window; sizes, checksums and counts are right."""
    check_segments(capture(binary, tmp_path, frame_size, *CAPTURED, "tcp"), frame_size)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("wrong_tcp_checksum", "TCP checksum is wrong"),
        ("wrong_ip_checksum", "IP checksum is wrong"),
        ("no_answer", "no handshake"),
        ("data_beyond_the_window", "B ahead of the window"),
        ("answer_acknowledges_nothing", "the answer acknowledges 1"),
        ("answer_to_a_wrong_port", "an answer to nobody"),
        ("one_more_sent", "softgen counts"),
    ],
)
def test_a_wrong_segment_is_found(plant, tmp_path, fault, found):
    """Each check can fail."""
    seen = capture(plant(fault), tmp_path, 64, *CAPTURED, "tcp")
    with pytest.raises(AssertionError, match=found):
        check_segments(seen, 64)


@pytest.mark.parametrize(
    ("function", "frame_size", "flows"),
    [("forward", 64, 100), ("firewall", 64, 1000), ("nat", 1518, 100), ("nat", 64, 1000)],
)
def test_a_tcp_point_agrees_with_the_switchs_counters(
    parts, tcp, calibration, function, frame_size, flows
):
    """SYNs, answers and data are counted as the switch counts them, and no clean frame is lost."""
    cell = identity(function, flows, LOW_MBIT * frame_size // 64, frame_size)
    point = measure_point(cell | {"protocol": "tcp"}, tcp, parts(function), calibration)
    check_invariants(point)
    assert point["totals"]["answers_sent"] >= flows
    assert point["state"]["expected_entries"] == (0 if function == "forward" else flows)
    gated = point["gated"]
    assert gated["lost"] <= 0.005 * max(gated["offered"], 1)
    assert point["verdict"]["name"] in ("ok", "disturbed", "generator_limited")


@pytest.mark.parametrize("function", ["firewall", "nat"])
def test_every_tcp_flow_is_an_established_connection(parts, tcp, function):
    """In the switch's own table, each under a 5-tuple of its own."""
    cross_checks.check_tracked(parts(function), tcp, 500, LOW_MBIT)


def test_connections_whose_syn_nobody_answers_are_not_established(parts, tcp, plant):
    """One-way TCP, as a switch sees it."""
    made = parts("nat")._replace(generator=plant("no_answer"))
    with pytest.raises(AssertionError, match="established: 0 of 50 connections"):
        cross_checks.check_tracked(made, tcp, FLOWS, LOW_MBIT)


@pytest.mark.parametrize("function", ["firewall", "nat"])
def test_a_switch_drops_data_beyond_the_window(parts, tcp, calibration, plant, function):
    """A tracker that looks at sequence numbers: no flow is learned, and the point fails."""
    made = parts(function)._replace(generator=plant("data_beyond_the_window"))
    cell = identity(function, FLOWS, LOW_MBIT) | {"protocol": "tcp"}
    point = measure_point(cell, tcp, made, calibration)
    assert point["state"]["learned_flows"] == 0
    assert point["verdict"]["name"] in ("failed", "stalled")
