"""softgen's check of the load as tests use it: a run's, and frames that come back to it."""

import socket
import weakref

from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from middlebench.functions import PORTS
from softgen_library import PROTOCOLS, frames

FLOWS = 300
RUN_ID, STAMP = 7, 5_000_000
SNAT = "200.200.200.200"
NEW_MAC = "02:00:00:00:00:77"
EVERY = 61


def network_order(address):
    """As softgen has it; 0 for none."""
    return int.from_bytes(socket.inet_aton(address), "little") if address else 0


class Check:
    """A run's check; frames are sent by `sent`, and come back to `came`, `sample` and `stray`."""

    def __init__(self, softgen, protocol="udp", size=64, seed=1, snat=None, **about):
        self._softgen = softgen
        self.protocol, self.size, self.seed = protocol, size, seed
        self.a_destination = about.get("a_destination", PORTS)
        self._check = softgen.driver_check(
            *(PROTOCOLS[protocol], FLOWS, self.a_destination, str(size).encode(), seed, RUN_ID),
            *(network_order(address) for address in (snat, about.get("last", snat))),
            *(about.get(name, 0) for name in ("ttl_less", "new_mac", "new_id", "swapped")),
        )
        weakref.finalize(self, softgen.driver_check_free, self._check)

    def sent(self, flow=0, sequence=0, stamp=STAMP, run_id=RUN_ID):
        """A frame of a flow, as it is sent, without FCS."""
        about = {"first": flow, "count": 1, "sequence": sequence, "stamp": stamp}
        about |= {"protocol": self.protocol, "run_id": run_id, "a_destination": self.a_destination}
        data = frames(self._softgen, FLOWS, self.size, self.seed, **about)[0]
        return Ether(data + bytes(self.size - 4 - len(data)))

    def came(self, frame, flow=0, sequence=0, stamp=STAMP):
        """It came back; all there is to say about what came so far (see `found`)."""
        self._softgen.driver_check_frame(self._check, bytes(frame), sequence, stamp, flow)
        return self.found()

    def sample(self, frame, sequence, flow=0, stamp=STAMP):
        """Whether a frame of this number is looked at anyway; if so, it came back."""
        return self._softgen.driver_check_sample(self._check, bytes(frame), sequence, stamp, flow)

    def stray(self, frame, now=STAMP + 10):
        """Something came that has not a frame's length, kind or number: was it a frame of ours?"""
        data = bytes(frame)
        begun = STAMP - 10
        return self._softgen.driver_check_stray(self._check, data, len(data), begun, now)

    def found(self):
        """(compared, wrong, the first wrong one in words)."""
        compared = self._softgen.driver_compared(self._check)
        wrong = self._softgen.driver_wrong(self._check)
        return compared, wrong, self._softgen.driver_words(self._check).decode("ascii")


def summed(frame):
    """The same with checksums made anew."""
    del frame[IP].chksum, frame[IP].payload.chksum
    return Ether(bytes(frame))
