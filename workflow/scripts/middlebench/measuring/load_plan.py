"""The address plan of the load: which 5-tuple a flow has.

softgen (workflow/loadgens/softgen/flows.c) and MoonGen's script send by the same plan; tests
compare both with this one.
"""

import ipaddress
from typing import NamedTuple

from middlebench.functions import PORTS

FLOWS_MAX = 16_000_000
FIRST_PORT = 65536 - PORTS
DISCARD_PORT = 9
"""The destination of all load (RFC 863)."""

_SOURCE, _DESTINATION = (int(ipaddress.IPv4Address(text)) for text in ("10.0.0.1", "198.18.0.1"))
_FIBONACCI = 0x9E3779B97F4A7C15


class Flow(NamedTuple):
    """Addresses and ports of a frame as its sender has them."""

    src: str
    sport: int
    dst: str
    dport: int


def plan_flow(number: int, seed: int, a_destination: int = PORTS) -> Flow:
    """The flow `number` (from 0, below FLOWS_MAX) of a load with this seed.

    `a_destination`: so many flows go to one host before the next one has its turn.
    """
    factor, offset = _permutation(seed)
    return Flow(
        str(ipaddress.IPv4Address(_SOURCE + number)),
        FIRST_PORT + (factor * (number % PORTS) + offset) % PORTS,
        str(ipaddress.IPv4Address(_DESTINATION + number // a_destination)),
        DISCARD_PORT,
    )


def _permutation(seed: int) -> tuple[int, int]:
    """(factor, offset) of the source ports: p -> (factor * p + offset) mod PORTS, in 64 bit."""
    mixed = (seed + 1) * _FIBONACCI % 2**64
    factor = (mixed >> 33) % PORTS
    while any(factor % prime == 0 for prime in (2, 3, 7)):
        factor = (factor + 1) % PORTS
    return factor, (mixed >> 13) % 2**32 % PORTS
