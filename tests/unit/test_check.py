"""What the functional check concludes from frames; a DUT in Python stands for the real ones."""

import ipaddress

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether

from middlebench.functions import KNOWN, Makes, of_configuration
from middlebench.measuring import functional_check as check
from middlebench.measuring.check_frames import INSIDE, change_fault, transport
from middlebench.measuring.check_items import judge
from workspace import REPOSITORY

SNAT = "200.200.200.200"
NAT = Makes(snat_address=SNAT)
RULES = REPOSITORY / "workflow/middleboxes/open_vswitch"


class ModelNat:
    """A source NAT of a few lines, with faults to order; `exchange` takes and gives frames."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        self.ports: dict[tuple[str, int], int] = {}
        self.peers: dict[tuple[str, int], tuple[str, int]] = {}

    def exchange(self, frames):
        """What comes out where for frames put in."""
        times = 2 if "twice" in self.faults else 1
        outs = [self.forward(port, Ether(data)) for port, data in frames]
        return [out for out in outs if out for _ in range(times)]

    def forward(self, port, frame):
        """One frame through the model."""
        if ARP in frame:
            return None if "arp" in self.faults else (1 - port, bytes(frame))
        if "tcp_only" in self.faults and UDP in frame:
            return 1 - port, bytes(frame)
        if "handshake" in self.faults and TCP in frame and "S" not in frame[TCP].flags:
            return None
        done = self.outbound(frame) if port == INSIDE else self.inbound(frame)
        if done is None:
            return None
        self.spoil(done)
        checksum = transport(done).chksum
        del done[IP].chksum, transport(done).chksum
        done = Ether(bytes(done))
        if "checksum" in self.faults:
            transport(done).chksum = checksum ^ 1
        return 1 - port, bytes(done)

    def spoil(self, frame):
        """Change what no NAT has to change."""
        if "ttl" in self.faults:
            frame[IP].ttl -= 1
        if "id" in self.faults:
            frame[IP].id = 4711
        if "mac" in self.faults:
            frame.dst = "02:00:00:00:00:ff"
        if "source_mac" in self.faults:
            frame.src = "02:00:00:00:00:fe"
        if "payload" in self.faults and frame[IP].payload.payload:
            frame[IP].payload.payload.load = frame[IP].payload.payload.load[:-1] + b"\xee"
        if "cut" in self.faults and IP in frame and frame[IP].len > 1400:
            frame[IP].payload.payload.load = frame[IP].payload.payload.load[:-1]
            del frame[IP].len
            if UDP in frame:
                del frame[UDP].len

    def outbound(self, frame):
        """Inside to outside."""
        key = (frame[IP].src, transport(frame).sport)
        taken = set(self.ports.values())
        if key not in self.ports:
            free = (p for p in range(transport(frame).sport, 65536) if p not in taken)
            self.ports[key] = transport(frame).sport if "collide" in self.faults else next(free)
            self.peers[key] = (frame[IP].dst, transport(frame).dport)
        elsewhere = ipaddress.IPv4Address(frame[IP].src) >= ipaddress.IPv4Address("10.2.0.0")
        if "translate" not in self.faults and not ("low_only" in self.faults and elsewhere):
            frame[IP].src = SNAT
        transport(frame).sport = self.ports[key]
        return frame

    def inbound(self, frame):
        """Outside to inside."""
        known = [key for key, port in self.ports.items() if port == transport(frame).dport]
        peer = (frame[IP].src, transport(frame).sport)
        asked = [key for key in known if self.peers[key] == peer]
        wide = asked or [key for key in known if self.peers[key][0] == peer[0]]
        allowed = known if "open" in self.faults else wide if "any_port" in self.faults else asked
        if "reply" in self.faults or not allowed or frame[IP].dst != SNAT:
            return None
        frame[IP].dst, transport(frame).dport = allowed[0]
        return frame


def failed(function, dut, protocol="udp", seed=1):
    """Names of the items that a DUT fails."""
    seen = check.observe(dut.exchange, NAT, protocol, seed)
    return {item.name for item in judge(KNOWN[function], seen) if not item.passed}


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("fault", "items"),
    [
        (None, set()),
        ("translate", {"outbound_passed", "hosts_told_apart", "reply_translated"}),
        ("low_only", {"outbound_passed", "reply_translated"}),
        ("reply", {"reply_translated"}),
        ("collide", {"hosts_told_apart", "reply_translated"}),
        ("open", {"unsolicited_dropped"}),
        ("any_port", {"unsolicited_dropped"}),
        ("arp", {"arp_passed"}),
        ("checksum", {"outbound_passed", "reply_translated"}),
        ("ttl", {"frames_unchanged"}),
        ("mac", {"frames_unchanged"}),
        ("payload", {"frames_unchanged"}),
        ("cut", {"frames_unchanged"}),
        ("twice", {"frames_once"}),
    ],
)
@pytest.mark.tried("lies")
def test_each_fault_of_a_nat_is_found_by_the_item_made_for_it(fault, items, protocol):
    """A NAT that works passes; one with a fault fails where the fault is, and nowhere else."""
    found = failed("nat", ModelNat(*([fault] if fault else [])), protocol)
    assert found <= items
    assert bool(found) == bool(items)


@pytest.mark.parametrize(("fault", "items"), [("none", []), ("reply", ["reply_translated"])])
@pytest.mark.tried("lies")
def test_a_function_of_ones_own_that_does_not_what_it_is_said_to_do_is_found(fault, items):
    """It is said to be like a NAT, and does not translate replies: that item fails, in words."""
    does = of_configuration({"functions": {"my_nat": {"like": "nat"}}})["my_nat"]
    wrong = [
        item
        for item in judge(does, check.observe(ModelNat(fault).exchange, NAT))
        if not item.passed
    ]
    assert [item.name for item in wrong] == items
    assert all("the reply to 10.0.0.1:14503 did not come back" in item.detail for item in wrong)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_a_nat_that_works_passes_with_every_seed(seed):
    """Which flows are drawn does not decide."""
    assert failed("nat", ModelNat(), seed=seed) == set()


def test_tcp_data_has_to_pass_after_the_handshake():
    """A NAT that lets SYN and SYN-ACK through, and nothing else."""
    seen = check.observe(ModelNat("handshake").exchange, NAT, "tcp")
    (item,) = [item for item in judge(KNOWN["nat"], seen) if not item.passed]
    assert item.name == "reply_translated"
    assert item.detail == (
        "a packet after the reply of 10.0.0.1:14503 did not come out outside (29 of 29)"
    )


def test_a_nat_that_sees_tcp_alone_fails_on_udp_and_passes_on_tcp():
    """UDP passes untouched, as through mOS; the check says what came out instead."""
    assert failed("nat", ModelNat("tcp_only"), "tcp") == set()
    seen = check.observe(ModelNat("tcp_only").exchange, NAT, "udp")
    found = {item.name: item for item in judge(KNOWN["nat"], seen)}
    assert not found["outbound_passed"].passed
    assert "came out as 10.0.0.1:14503 to" in found["outbound_passed"].detail
    assert "expected 200.200.200.200:14503 to" in found["outbound_passed"].detail


def test_a_silent_dut_fails_every_item_but_the_drop():
    """Nothing came through: only what had to be dropped was dropped."""
    seen = check.observe(lambda _: [], NAT)
    passed = {item.name for item in judge(KNOWN["nat"], seen) if item.passed}
    assert passed == {"unsolicited_dropped"}


@pytest.mark.parametrize(
    ("faults", "makes", "failing"),
    [
        (["source_mac"], {"new_source_mac": True}, set()),
        (["source_mac"], {}, {"frames_unchanged"}),
        (["mac"], {"new_source_mac": True}, {"frames_unchanged"}),
        (["ttl"], {"ttl_less": 1}, set()),
        (["id"], {"new_id": True}, set()),
        (["id"], {}, {"frames_unchanged"}),
        (["ttl"], {"new_id": True}, {"frames_unchanged"}),
        ([], {"ttl_less": 1}, {"frames_unchanged"}),
    ],
)
def test_what_a_dut_has_to_make_of_frames_is_no_fault(faults, makes, failing):
    """A router lowers the TTL and mOS writes its own MAC address; who does not, fails."""
    seen = check.observe(ModelNat(*faults).exchange, NAT._replace(**makes))
    assert {item.name for item in judge(KNOWN["nat"], seen) if not item.passed} == failing


def test_frames_of_others_on_the_cable_are_left_out():
    """What a network card hears besides (IPv6, LLDP, TCP of others, a cut frame) is no fault."""
    others = [
        Ether(src="02:00:00:00:00:09", dst="33:33:00:00:00:01", type=0x86DD)
        / (b"\x60" + bytes(60)),
        Ether(type=0x88CC) / bytes(46),
        Ether() / IP(src="10.0.0.1", dst="198.18.0.1") / TCP(seq=5),
        Ether() / IP(src="10.0.0.1", dst="198.18.0.1") / UDP() / b"out77.",
        Ether() / b"E",
    ]
    extra = [(port, bytes(frame)) for frame in others for port in (0, 1)]
    dut = ModelNat()
    seen = check.observe(lambda frames: dut.exchange(frames) + extra, NAT)
    assert [item.name for item in judge(KNOWN["nat"], seen) if not item.passed] == []


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        ("forward", None),
        ("firewall", None),
        ("nat", None),
        ("nat_thesis", "connections are committed to zone 1 and looked up in zone 0"),
    ],
)
def test_the_zones_of_the_shipped_rules(function, fault):
    """Only the thesis's rules look connections up where they were never committed."""
    assert check.zone_fault((RULES / f"{function}.flows").read_text(encoding="utf-8")) == fault


@pytest.mark.parametrize(("kind", "name"), [(0x8100, "802.1Q"), (0x88A8, "802.1ad")])
def test_a_vlan_tag_is_called_so(kind, name):
    """Not by the numbers of a field."""
    sent = Ether() / IP() / UDP() / b"x"
    tagged = Ether(bytes(Ether(type=kind) / Dot1Q() / IP() / UDP() / b"x"))
    assert change_fault(tagged, sent, Makes()) == f"a VLAN tag ({name}), expected none"
    assert change_fault(Ether(bytes(sent)), Ether(bytes(sent)), Makes()) is None
