"""What the functional check concludes from frames; a DUT in Python stands for the real ones."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether

from middlebench import check
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
        done = self.outbound(frame) if port == check.INSIDE else self.inbound(frame)
        if done is None:
            return None
        checksum = done[UDP].chksum
        del done[IP].chksum, done[UDP].chksum
        done = Ether(bytes(done))
        if "checksum" in self.faults:
            done[UDP].chksum = checksum ^ 1
        return 1 - port, bytes(done)

    def outbound(self, frame):
        """Inside to outside."""
        key = (frame[IP].src, frame[UDP].sport)
        taken = set(self.ports.values())
        if key not in self.ports:
            free = (p for p in range(frame[UDP].sport, 65536) if p not in taken)
            self.ports[key] = frame[UDP].sport if "collide" in self.faults else next(free)
        if "translate" not in self.faults:
            frame[IP].src = SNAT
        frame[UDP].sport = self.ports[key]
        return frame

    def inbound(self, frame):
        """Outside to inside."""
        known = [key for key, port in self.ports.items() if port == frame[UDP].dport]
        if "reply" in self.faults or (frame[IP].src != check.SERVER and "open" not in self.faults):
            return None
        if known:
            frame[IP].dst, frame[UDP].dport = known[0]
        return frame


def failed(function, dut):
    """Names of the items that a DUT fails."""
    seen = check.observe(dut.exchange, SNAT)
    return {item.name for item in check.judge(function, seen, SNAT) if not item.passed}


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
def test_each_fault_of_a_nat_is_found_by_the_item_made_for_it(fault, items):
    """A NAT that works passes; one with a fault fails where the fault is, and nowhere else."""
    found = failed("nat", ModelNat(*([fault] if fault else [])))
    assert found <= items
    assert bool(found) == bool(items)


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
