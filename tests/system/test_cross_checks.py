"""softgen and the record against what others count: each check, and a fault that it must find."""

import cross_checks
import pytest
from cross_checks import capture
from test_point import LOW_MBIT, check_invariants, identity

from middlebench.measuring.point import measure_point

RATE_PPS = 5000
WINDOW_MS = 2000
SHORT_MS = 50
FLOWS = 100


@pytest.fixture(scope="module")
def captured(binary, tmp_path_factory):
    """Two seconds of load, as softgen and tcpdump saw it."""
    return capture(binary, tmp_path_factory.mktemp("load"), 64, FLOWS, RATE_PPS, WINDOW_MS)


@pytest.fixture
def capture_faulty(plant, tmp_path):
    """`capture_faulty(fault)`: the same load with a fault, for `window_ms`."""
    return lambda fault, window_ms=WINDOW_MS: capture(
        plant(fault), tmp_path, 64, FLOWS, RATE_PPS, window_ms
    )


@pytest.fixture
def check_point(parts, short, calibration):
    """`check_point(binary)`: a NAT point against the switch's counters."""

    def check(binary):
        made = parts("nat")._replace(generator=binary)
        cell = identity("nat", FLOWS, LOW_MBIT)
        check_invariants(measure_point(cell, short, made, calibration))

    return check


def test_the_switch_counts_what_softgen_counts(binary, check_point):
    """Frames into and out of a real switch."""
    check_point(binary)


@pytest.mark.parametrize(
    ("fault", "where"), [("one_more_sent", "inside_rx"), ("one_more_received", "outside_tx")]
)
def test_one_miscounted_frame_shows_in_the_switchs_counters(plant, check_point, fault, where):
    """One too many of some ten thousand."""
    with pytest.raises(AssertionError) as caught:
        check_point(plant(fault))
    assert where in str(caught.traceback[-1].statement)


def test_the_capture_has_what_softgen_counts(captured):
    """All frames, and those of the window, exactly."""
    cross_checks.check_counts(captured)


@pytest.mark.parametrize(
    ("fault", "where"),
    [
        ("one_more_sent", "sent_total"),
        ("one_more_received", "received_total"),
        ("one_more_sent_a_slice", "sent within the window"),
    ],
)
def test_a_miscounted_frame_shows_in_the_capture(capture_faulty, fault, where):
    """The counters of the window, which no switch can check, too."""
    with pytest.raises(AssertionError, match=where):
        cross_checks.check_counts(capture_faulty(fault, SHORT_MS))


@pytest.mark.parametrize("frame_size", [64, 65, 1518])
def test_every_captured_frame_is_right(binary, tmp_path, frame_size):
    """Size, each header field, checksums, addresses, run id and sequence numbers."""
    seen = capture(binary, tmp_path, frame_size, FLOWS, RATE_PPS, SHORT_MS)
    cross_checks.check_frames(seen, frame_size)
    cross_checks.check_sequence(seen)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("wrong_ip_checksum", r"not as scapy makes it: IP\.chksum \d+ \(\d+\)$"),
        ("wrong_udp_checksum", r"not as scapy makes it: UDP\.chksum \d+ \(\d+\)$"),
        ("frame_a_byte_longer", "61 B without FCS; asked for 64 B"),
    ],
)
def test_a_wrong_frame_is_found(capture_faulty, fault, found):
    """A checksum, a size."""
    with pytest.raises(AssertionError, match=found):
        cross_checks.check_frames(capture_faulty(fault, SHORT_MS), 64)


def test_a_hole_in_the_sequence_is_found(capture_faulty):
    """One number is left out."""
    with pytest.raises(AssertionError, match="frame 21 has sequence number 22"):
        cross_checks.check_sequence(capture_faulty("sequence_with_a_hole", 100))


def test_rate_and_clock_agree_with_the_captures_time_stamps(captured):
    """Of the window, by the kernel's clock instead of softgen's."""
    cross_checks.check_rate(captured, RATE_PPS)
    cross_checks.check_clock(captured)


def test_a_clock_10_percent_fast_is_found(capture_faulty):
    """The window is longer than softgen says, the rate lower, and the TSC slower."""
    seen = capture_faulty("clock_10_percent_fast")
    with pytest.raises(AssertionError, match=r"window \[s\]: 2, by the capture 2\.(19|2)"):
        cross_checks.check_rate(seen, RATE_PPS)
    with pytest.raises(AssertionError, match=r"softgen's frequency is 1\.(09|10)"):
        cross_checks.check_clock(seen)


def test_each_flow_is_a_5_tuple_of_its_own(captured, parts, short):
    """In the capture, and in the switch's connection-tracking table."""
    cross_checks.check_flows(captured, FLOWS)
    cross_checks.check_tracked(parts("nat"), short, FLOWS, LOW_MBIT)


def test_two_flows_with_one_5_tuple_are_found(capture_faulty, plant, parts, short):
    """One fewer in the capture and in the table."""
    with pytest.raises(AssertionError, match="distinct 5-tuples: 99, asked for: 100"):
        cross_checks.check_flows(capture_faulty("two_flows_share_a_5_tuple", SHORT_MS), FLOWS)
    made = parts("nat")._replace(generator=plant("two_flows_share_a_5_tuple"))
    with pytest.raises(AssertionError, match="tracked: 99 entries, 99 5-tuples; asked for: 100"):
        cross_checks.check_tracked(made, short, FLOWS, LOW_MBIT)
