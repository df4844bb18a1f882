"""softgen's check of the load: what comes back is compared with what the DUT has to make of it."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

from softgen_checks import EVERY, FLOWS, NEW_MAC, RUN_ID, SNAT, STAMP, Check, summed
from softgen_library import PROTOCOLS

made = st.fixed_dictionaries(
    {
        "protocol": st.sampled_from(list(PROTOCOLS)),
        "size": st.integers(64, 1518),
        "seed": st.integers(0, 99),
        "snat": st.sampled_from([None, SNAT]),
        "ttl_less": st.integers(0, 2),
        "new_mac": st.integers(0, 1),
        "new_id": st.integers(0, 1),
        "swapped": st.integers(0, 1),
    }
)


def translated(check, about, flow, port=40_000):
    """What a DUT makes of a flow's frame when it does what `about` says."""
    frame = check.sent(flow)
    if about.get("swapped"):
        ip, ports = frame[IP], frame[IP].payload
        frame.src, frame.dst = frame.dst, frame.src
        ip.src, ip.dst, ports.sport, ports.dport = ip.dst, ip.src, ports.dport, ports.sport
    if about.get("snat"):
        frame[IP].src, frame[IP].payload.sport = about["snat"], port
    frame[IP].ttl -= about.get("ttl_less", 0)
    if about.get("new_mac"):
        frame.src = NEW_MAC
    if about.get("new_id"):
        frame[IP].id = 4711
    return summed(frame)


@given(made, st.integers(0, FLOWS - 1))
def test_a_frame_as_the_dut_has_to_make_it_is_right(softgen, about, flow):
    """Whatever the function rewrites: nothing is wrong, and nothing is said."""
    check = Check(softgen, **about)
    assert check.came(translated(check, about, flow), flow) == (1, 0, "")


@pytest.mark.tried("lies")
@given(made, st.integers(0, FLOWS - 1), st.integers(0, 10**6), st.integers(0, 7))
def test_a_frame_with_any_other_bit_is_wrong(softgen, about, flow, at, bit):
    """Every bit of it is looked at, payload and checksums too, but for a MAC that may be new."""
    check = Check(softgen, **about)
    data = bytearray(bytes(translated(check, about, flow)))
    at %= len(data)
    data[at] ^= 1 << bit
    compared, wrong, words = check.came(data, flow)
    free = about["new_mac"] and 6 <= at < 12
    assert (compared, wrong) == (1, 0 if free else 1)
    assert bool(words) is not bool(free)
    assert words.isprintable()
    assert not set(words) & set('"\\')


def rewritten(field, value, layer=IP):
    """A DUT that writes a value into a field, with right checksums."""

    def make(frame):
        setattr(frame[layer] if layer else frame[IP].payload, field, value)
        return summed(frame)

    return make


def without_checksum(frame):
    """A DUT that sends UDP without a checksum, which RFC 768 allows: one had been sent."""
    frame[UDP].chksum = 0
    return frame


def with_old_checksum(frame):
    """A DUT that forgets the checksum behind the header that it changes back."""
    frame[IP].payload.chksum ^= 1
    return frame


FAULTS = {
    "dec_ttl": (rewritten("ttl", 63), "the TTL came out as 63, expected 64"),
    "address": (
        rewritten("src", "10.9.9.9"),
        "the source address came out as 10.9.9.9, expected 10.0.0.7",
    ),
    "server": (
        rewritten("dst", "198.18.0.9"),
        "the destination address came out as 198.18.0.9, expected 198.18.0.1",
    ),
    "port": (rewritten("dport", 10, None), "the destination port came out as 10, expected 9"),
    "source port": (rewritten("sport", 10, None), "the source port came out as 10, expected "),
    "type of service": (
        rewritten("tos", 4),
        "the IP type of service came out as 0x04, expected 0x00",
    ),
    "MAC": (
        rewritten("dst", NEW_MAC, Ether),
        f"the destination MAC came out as {NEW_MAC}, expected 02:00:00:00:00:02",
    ),
    "no checksum": (without_checksum, "the UDP checksum is wrong"),
    "old checksum": (with_old_checksum, "the UDP checksum is wrong"),
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("fault", FAULTS)
def test_the_first_wrong_frame_is_told_in_words(softgen, fault):
    """Flow, what was seen, what was expected; later ones are only counted."""
    check = Check(softgen)
    make, said = FAULTS[fault]
    flow = 6
    port = check.sent(flow)[UDP].sport
    compared, wrong, words = check.came(make(check.sent(flow)), flow)
    assert (compared, wrong) == (1, 1)
    assert words.startswith(f"of 10.0.0.7:{port} to 198.18.0.1:9 {said}")
    assert check.came(rewritten("ttl", 3)(check.sent(8)), 8) == (2, 2, words)


@pytest.mark.tried("lies")
def test_a_translation_that_is_left_out_is_told(softgen):
    """The frame comes out as it went in."""
    check = Check(softgen, snat=SNAT)
    _, wrong, words = check.came(check.sent(6), 6)
    assert wrong == 1
    assert words.endswith("the source address came out as 10.0.0.7, expected 200.200.200.200")


@pytest.mark.tried("lies")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_translated_flow_keeps_its_port_and_shares_it_with_no_other(softgen, protocol):
    """Else replies could not be told apart."""
    about = {"protocol": protocol, "snat": SNAT}
    check = Check(softgen, **about)
    for flow, port in ((0, 5000), (1, 5001), (0, 5000), (1, 5001)):
        assert check.came(translated(check, about, flow, port), flow)[1] == 0
    _, wrong, words = check.came(translated(check, about, 0, 5002), 0)
    assert wrong == 1
    assert words.endswith("the source port came out as 5002, before as 5000")
    check = Check(softgen, **about)
    check.came(translated(check, about, 0, 5000), 0)
    _, wrong, words = check.came(translated(check, about, 2, 5000), 2)
    assert wrong == 1
    assert words.endswith("the source port came out as 5000, as that of a flow of 10.0.0.1")


def test_one_frame_in_61_is_a_sample(softgen):
    """By its number; it is compared with the flow and the stamp with which it was sent."""
    check = Check(softgen)
    samples = [number for number in range(900) if check.sample(check.sent(3, number), number, 3)]
    assert samples == list(range(0, 900, EVERY))
    assert check.found() == (len(samples), 0, "")


@pytest.mark.tried("lies")
def test_a_sample_of_another_flow_or_with_another_stamp_is_wrong(softgen):
    """Checksums alone would not tell: they fit."""
    for frame in ({"flow": 4}, {"stamp": STAMP - 1}):
        check = Check(softgen)
        about = {"flow": 3, "sequence": EVERY} | frame
        assert check.sample(check.sent(**about), EVERY, 3)
        assert check.found()[1] == 1


def tagged(frame):
    """In a VLAN."""
    inner = frame[IP].copy()
    return Ether(src=frame.src, dst=frame.dst) / Dot1Q(vlan=5) / inner


def other_protocol(frame):
    """With another number for what it carries."""
    frame[IP].proto = 99
    return bytes(frame)


STRAYS = {
    "VLAN": (tagged, "a frame of 60 B (without FCS) came out with 64 B"),
    "longer": (lambda frame: bytes(frame) + bytes(3), "came out with 63 B"),
    "EtherType": (
        lambda frame: bytes(frame)[:12] + b"\x88\xb5" + bytes(frame)[14:],
        "the EtherType of a frame came out as 0x88b5, expected 0x0800",
    ),
    "protocol": (
        other_protocol,
        "the IP protocol of a frame came out as 99, expected ",
    ),
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("stray", STRAYS)
def test_a_frame_of_another_length_or_kind_is_wrong_and_not_foreign(softgen, stray, protocol):
    """It carries the mark of the run, wherever that came to lie."""
    check = Check(softgen, protocol)
    make, said = STRAYS[stray]
    assert check.stray(make(check.sent(3, 11)))
    compared, wrong, words = check.found()
    assert (compared, wrong) == (0, 1)
    assert said in words


def test_a_stamp_that_was_never_made_is_wrong(softgen):
    """In its own place, of this run, but from the future."""
    check = Check(softgen)
    assert check.stray(check.sent(stamp=STAMP + 10**9))
    assert "a stamp that was not sent" in check.found()[2]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_not_of_the_run_is_foreign(softgen, protocol):
    """Others' frames, an earlier run's, and those that are too short to carry a mark."""
    check = Check(softgen, protocol)
    other = TCP if protocol == "tcp" else UDP
    host = {"src": "02:00:00:00:00:05", "dst": "ff:ff:ff:ff:ff:ff"}
    foreign = [
        Ether(**host) / ARP(psrc="10.0.0.1") / Raw(bytes(18)),
        Ether(**host) / IP(src="10.0.0.1", dst="198.18.0.1") / other(dport=9) / Raw(bytes(40)),
        bytes(14),
        b"",
        check.sent(run_id=RUN_ID + 1),
    ]
    foreign += [check.sent(stamp=STAMP - 1000)] if protocol == "udp" else []
    assert not any(check.stray(frame) for frame in foreign)
    assert check.found() == (0, 0, "")


def test_an_address_of_words_is_that_of_the_plan(softgen):
    """Words name the flow as it was sent."""
    check = Check(softgen)
    words = check.came(rewritten("ttl", 1)(check.sent(299)), 299)[2]
    address = ipaddress.ip_address("10.0.0.1") + 299
    assert words.startswith(f"of {address}:")
