"""softgen's gate, histogram and frames, called in a shared library made from the same sources."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from softgen_library import PROTOCOLS, frames

SLICE = 1000
GAP, SILENCE, PENDING = 1, 2, 4
SYN, ACK = 0x02, 0x10


def disturbed_slices(marks, before, after, count):
    """The rule in Python: every slice that a mark touches, with its guards."""
    found = set()
    for begin, length in marks:
        first, last = begin // SLICE, (begin + length) // SLICE
        found |= set(range(first - before, last + after + 1))
    return {number for number in found if 0 <= number < count}


marks_of = st.lists(st.tuples(st.integers(-5000, 60_000), st.integers(0, 8000)), max_size=8)


@given(
    marks=marks_of,
    packets=st.lists(st.tuples(st.integers(0, 49_999), st.integers(1, 10**7)), max_size=60),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
)
def test_gated_counts_are_those_of_the_undisturbed_slices(softgen, marks, packets, before, after):
    """A packet counts as gated exactly when no mark, guards included, touches its slice."""
    start, count = 10**9, 50
    gate = softgen.driver_make(SLICE, count, count, count, before, after, 1)
    softgen.gate_start(gate, start)
    for stamp, latency in packets:
        assert softgen.driver_receive(gate, start + stamp, latency, 0) == 1
    for begin, length in marks:
        softgen.gate_mark(gate, GAP, start + begin, start + begin + length)
    softgen.gate_close(gate, count)
    bad = disturbed_slices(marks, before, after, count)
    clean = [latency for stamp, latency in packets if stamp // SLICE not in bad]
    assert softgen.driver_received(gate, 0) == len(packets)
    assert softgen.driver_received(gate, 1) == len(clean)
    assert softgen.driver_latency_sum(gate, 1) == sum(clean)
    assert softgen.driver_gated_slices(gate) == count - len(bad)
    softgen.driver_free(gate)


def test_without_gating_every_slice_is_clean(softgen):
    """A hardware testbed judges on all time, whatever was marked."""
    gate = softgen.driver_make(SLICE, 10, 10, 10, 1, 2, 0)
    softgen.gate_start(gate, 5000)
    softgen.gate_mark(gate, GAP, 5000, 15_000)
    softgen.gate_close(gate, 10)
    assert softgen.driver_gated_slices(gate) == 10
    softgen.driver_free(gate)


@given(marks=marks_of, clean_wanted=st.integers(1, 30))
def test_the_window_ends_when_enough_slices_are_clean_or_its_time_is_over(
    softgen, marks, clean_wanted
):
    """Time goes on slice by slice: the end comes with the clean time asked for, or at the limit."""
    start, count, before, after = 10**6, 50, 1, 2
    gate = softgen.driver_make(SLICE, count, clean_wanted, 20, before, after, 1)
    softgen.gate_start(gate, start)
    for begin, length in marks:
        softgen.gate_mark(gate, GAP, start + begin, start + begin + length)
    bad = disturbed_slices(marks, before, after, count)
    now = start
    while not softgen.driver_advance(gate, now, SLICE // 5, 0):
        now += SLICE // 2
    ended = (now - start) // SLICE
    assert softgen.driver_clean(gate) >= clean_wanted or ended >= count
    passed = [number for number in range(ended) if number not in bad]
    assert len(passed) >= min(clean_wanted, count - len(bad))
    assert len(passed) <= clean_wanted + before + 3
    softgen.driver_free(gate)


@given(
    gaps=marks_of,
    pending=st.tuples(st.integers(0, 30_000), st.integers(0, 20_000)),
    silence=st.booleans(),
    counted=st.integers(0, 48),  # one more, and the first slice is closed: no mark reaches it
)
def test_a_mark_that_is_taken_back_leaves_other_causes(softgen, gaps, pending, silence, counted):
    """What turns out to be the DUT's own stop is clean, but where something else disturbed too."""
    start, count, before, after = 10**6, 50, 1, 2
    gate = softgen.driver_make(SLICE, count, count, count, before, after, 1)
    softgen.gate_start(gate, start)
    begin, length = pending
    softgen.gate_mark(gate, PENDING, start + begin, start + begin + length)
    softgen.driver_advance(gate, start + counted * SLICE, SLICE // 5, 1)
    for at, lasting in gaps:
        softgen.gate_mark(gate, GAP, start + at, start + at + lasting)
    softgen.gate_settle(gate, silence, start + begin, start + begin + length)
    bad = disturbed_slices([*gaps, pending] if silence else gaps, before, after, count)
    softgen.driver_advance(gate, start + count * SLICE, SLICE // 5, 1)
    settled = count - before - 1
    assert softgen.driver_clean(gate) == len(set(range(settled)) - bad)
    softgen.gate_close(gate, count)
    assert softgen.driver_gated_slices(gate) == count - len(bad)
    softgen.driver_free(gate)


def test_the_window_does_not_end_while_the_dut_is_silent(softgen):
    """All of a stop belongs to it; at its limit it ends in any case."""
    gate = softgen.driver_make(SLICE, 50, 10, 20, 0, 0, 1)
    softgen.gate_start(gate, 0)
    assert not softgen.driver_advance(gate, 20 * SLICE, 200, 1)
    assert softgen.driver_advance(gate, 20 * SLICE, 200, 0)
    assert softgen.driver_advance(gate, 50 * SLICE, 200, 1)
    softgen.driver_free(gate)


def test_a_packet_that_comes_back_after_the_drain_time_is_not_counted(softgen):
    """Slices that nobody waits for are closed while the window goes on."""
    gate = softgen.driver_make(SLICE, 1000, 1000, 10, 0, 0, 1)
    softgen.gate_start(gate, 0)
    softgen.driver_advance(gate, 100 * SLICE, 200, 0)
    assert softgen.driver_receive(gate, 95 * SLICE, 5 * SLICE, 0) == 1
    assert softgen.driver_receive(gate, 80 * SLICE, 20 * SLICE, 0) == 0
    softgen.driver_free(gate)


@given(st.integers(0, 2**36 - 1))
def test_a_latency_lies_in_its_bucket_and_no_bucket_is_wider_than_one_percent(softgen, cycles):
    """At 1 GHz and more, 100 ns are 100 cycles: one cycle is the finest a TSC tells."""
    bucket = softgen.driver_bucket(cycles)
    low, high = softgen.driver_lower(bucket), softgen.driver_lower(bucket + 1)
    assert low <= cycles < high
    assert high - low == 1 or (high - low) / low <= 0.01


def has_right_checksums(frame):
    """Whether scapy computes the same, of IPv4 and of what it carries."""
    again = frame.copy()
    del again[IP].chksum, again[IP].payload.chksum
    again = Ether(bytes(again))
    found, right = ((f[IP].chksum, f[IP].payload.chksum) for f in (frame, again))
    return found == right


@given(
    size=st.integers(64, 1518),
    seed=st.integers(0, 2**32 - 1),
    run_id=st.integers(0, 2**32 - 1),
    first=st.integers(0, 99_999),
    sequence=st.integers(0, 2**48 - 1),
    stamp=st.integers(0, 2**64 - 1),
)
def test_every_frame_has_the_asked_length_and_right_checksums(
    softgen, size, seed, run_id, first, sequence, stamp
):
    """scapy computes the same checksums; run id, sequence and stamp are in the payload."""
    data = frames(softgen, 100_000, size, seed, run_id, first, 1, sequence, stamp)[0]
    data += bytes(size - 4 - len(data))
    frame = Ether(data)
    assert frame[IP].len == size - 4 - 14
    assert frame[UDP].len == size - 4 - 14 - 20
    assert has_right_checksums(frame)
    payload = data[42:60]
    assert payload[:4] == run_id.to_bytes(4, "little")
    assert payload[4:10] == sequence.to_bytes(6, "little")
    assert payload[10:] == stamp.to_bytes(8, "little")


@given(
    size=st.integers(64, 1518),
    seed=st.integers(0, 2**32 - 1),
    run_id=st.integers(0, 2**32 - 1),
    first=st.integers(0, 99_999),
    sequence=st.integers(0, 2**32 - 1),
)
def test_every_data_segment_has_the_asked_length_and_right_checksums(
    softgen, size, seed, run_id, first, sequence
):
    """The header's numbers follow the handshake; number and run are the first 6 B of data."""
    data = frames(softgen, 100_000, size, seed, run_id, first, 1, sequence, protocol="tcp")[0]
    frame = Ether(data + bytes(size - 4 - len(data)))
    segment = frame[TCP]
    assert frame[IP].len == size - 4 - 14
    assert (segment.seq, segment.ack, segment.flags, segment.dataofs) == (2, 2, "A", 5)
    assert (segment.dport, segment.window, segment.urgptr) == (9, 65535, 0)
    assert has_right_checksums(frame)
    run = (run_id ^ run_id >> 16) & 0xFFFF
    assert data[54:60] == sequence.to_bytes(4, "little") + run.to_bytes(2, "little")


def handshake(softgen, flow, size=64, seed=1):
    """A flow's SYN, as bytes."""
    buffer = ctypes.create_string_buffer(60)
    assert softgen.driver_handshake(flow, size, seed, buffer) == 60
    return buffer.raw


def answer_to(softgen, syn):
    """The outside's answer to a SYN, as bytes."""
    buffer = ctypes.create_string_buffer(60)
    softgen.driver_answer(bytes(syn), buffer)
    return buffer.raw


@given(
    size=st.integers(64, 1518),
    seed=st.integers(0, 2**32 - 1),
    flow=st.integers(0, 9999),
    address=st.ip_addresses(v=4),
    port=st.integers(1, 65535),
)
def test_a_handshake_is_answered_where_it_came_from(softgen, size, seed, flow, address, port):
    """The answer to a translated SYN goes to the translated source; both have right checksums."""
    syn = Ether(handshake(softgen, flow, size, seed))
    load = Ether(frames(softgen, flow + 1, size, seed, first=flow, count=1, protocol="tcp")[0])
    same = ("src", "dst"), ("sport", "dport")
    for layer, names in zip((IP, TCP), same, strict=True):
        for name in names:
            assert getattr(syn[layer], name) == getattr(load[layer], name)
    assert (syn[TCP].seq, syn[TCP].ack, syn[TCP].flags) == (load[TCP].seq - 1, 0, "S")
    assert syn[IP].len == 40
    assert has_right_checksums(syn)
    syn[IP].src, syn[TCP].sport = str(address), port
    answer = Ether(answer_to(softgen, syn))
    assert (answer.src, answer.dst) == (syn.dst, syn.src)
    assert (answer[IP].src, answer[IP].dst) == (syn[IP].dst, str(address))
    assert (answer[TCP].sport, answer[TCP].dport) == (9, port)
    assert (answer[TCP].seq, answer[TCP].ack, answer[TCP].flags) == (1, syn[TCP].seq + 1, "SA")
    assert load[TCP].ack == answer[TCP].seq + 1
    assert answer[IP].len == 40
    assert has_right_checksums(answer)


def test_syn_answer_and_data_are_told_apart(softgen):
    """Each is recognised as what it is, and not when it is cut."""
    syn = handshake(softgen, 3)
    kinds = {SYN: syn, SYN | ACK: answer_to(softgen, syn)}
    data = frames(softgen, 4, protocol="tcp")[3]
    for flags, frame in kinds.items():
        found = {other: softgen.driver_is(frame, 60, other) for other in kinds}
        assert found == {other: int(other == flags) for other in kinds}
        assert not softgen.driver_is(data, 60, flags)
        assert softgen.driver_is(frame, 54, flags)  # as a kernel forwards it, without padding
        assert not softgen.driver_is(frame, 53, flags)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("flows", [1, 100, 64_512, 150_000])
def test_flows_are_a_bijection(softgen, flows, protocol):
    """N flows are exactly N 5-tuples, and behind one address each could keep its port."""
    made = frames(softgen, flows, protocol=protocol)
    tuples = {data[26:38] for data in made}
    assert len(tuples) == flows
    outside = {data[30:38] for data in made}  # destination and both ports
    assert len(outside) == flows


def test_the_seed_changes_the_source_ports(softgen):
    """RFC 4814 asks for ports in pseudorandom order, and for the same order from the same seed."""
    one, other = ([data[34:36] for data in frames(softgen, 1000, seed=seed)] for seed in (1, 2))
    assert one != other
    assert one == [data[34:36] for data in frames(softgen, 1000, seed=1)]
