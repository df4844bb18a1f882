"""What the functional check concludes from frames; a DUT in Python stands for the real ones."""

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from middlebench import check
from middlebench.check_frames import INSIDE, SERVER, transport
from workspace import REPOSITORY

SNAT = "200.200.200.200"
RULES = REPOSITORY / "workflow/middleboxes/open_vswitch"


class ModelNat:
    """A source NAT of a few lines, with faults to order; `exchange` takes and gives frames."""

    def __init__(self, *faults: str) -> None:
        self.faults = faults
        self.ports: dict[tuple[str, int], int] = {}

    def exchange(self, frames):
        """What comes out where for frames put in."""
        return [out for port, data in frames if (out := self.forward(port, Ether(data)))]

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
        checksum = transport(done).chksum
        del done[IP].chksum, transport(done).chksum
        done = Ether(bytes(done))
        if "checksum" in self.faults:
            transport(done).chksum = checksum ^ 1
        return 1 - port, bytes(done)

    def outbound(self, frame):
        """Inside to outside."""
        key = (frame[IP].src, transport(frame).sport)
        taken = set(self.ports.values())
        if key not in self.ports:
            free = (p for p in range(transport(frame).sport, 65536) if p not in taken)
            self.ports[key] = transport(frame).sport if "collide" in self.faults else next(free)
        if "translate" not in self.faults:
            frame[IP].src = SNAT
        transport(frame).sport = self.ports[key]
        return frame

    def inbound(self, frame):
        """Outside to inside."""
        known = [key for key, port in self.ports.items() if port == transport(frame).dport]
        if "reply" in self.faults or (frame[IP].src != SERVER and "open" not in self.faults):
            return None
        if known:
            frame[IP].dst, transport(frame).dport = known[0]
        return frame


def failed(function, dut, protocol="udp"):
    """Names of the items that a DUT fails."""
    seen = check.observe(dut.exchange, SNAT, protocol)
    return {item.name for item in check.judge(function, seen, SNAT) if not item.passed}


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("fault", "items"),
    [
        (None, set()),
        ("translate", {"outbound_passed", "hosts_told_apart", "reply_translated"}),
        ("reply", {"reply_translated"}),
        ("collide", {"hosts_told_apart", "reply_translated"}),
        ("open", {"unsolicited_dropped"}),
        ("arp", {"arp_passed"}),
        ("checksum", {"outbound_passed", "reply_translated"}),
    ],
)
def test_each_fault_of_a_nat_is_found_by_the_item_made_for_it(fault, items, protocol):
    """A NAT that works passes; one with a fault fails where the fault is, and nowhere else."""
    found = failed("nat", ModelNat(*([fault] if fault else [])), protocol)
    assert found <= items
    assert bool(found) == bool(items)


def test_tcp_data_has_to_pass_after_the_handshake():
    """A NAT that lets SYN and SYN-ACK through, and nothing else."""
    seen = check.observe(ModelNat("handshake").exchange, SNAT, "tcp")
    (item,) = [item for item in check.judge("nat", seen, SNAT) if not item.passed]
    assert item.name == "reply_translated"
    assert item.detail == "data after the handshake: a packet of 10.1.0.1 did not come out outside"


def test_a_nat_that_sees_tcp_alone_fails_on_udp_and_passes_on_tcp():
    """UDP passes untouched, as through mOS; the check says what came out instead."""
    assert failed("nat", ModelNat("tcp_only"), "tcp") == set()
    seen = check.observe(ModelNat("tcp_only").exchange, SNAT, "udp")
    found = {item.name: item for item in check.judge("nat", seen, SNAT)}
    assert not found["outbound_passed"].passed
    assert "came out as ('10.1.0.1', 4242" in found["outbound_passed"].detail
    assert "expected ('200.200.200.200', 4242" in found["outbound_passed"].detail


def test_a_silent_dut_fails_every_item_but_the_drop():
    """Nothing came through: only what had to be dropped was dropped."""
    seen = check.observe(lambda _: [], SNAT)
    passed = {item.name for item in check.judge("nat", seen, SNAT) if item.passed}
    assert passed == {"unsolicited_dropped"}


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
