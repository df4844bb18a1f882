"""The address plan in Python is softgen's own; tests/moongen compares MoonGen's script with it."""

import ipaddress

from hypothesis import given, settings
from hypothesis import strategies as st

from middlebench.measuring.load_plan import FLOWS_MAX, PORTS, Flow, plan_flow
from softgen_library import PROTOCOLS, SOURCES, frames


def sent(softgen, protocol, number, seed, flows, a_destination=PORTS):
    """The 5-tuple of one flow of so many, from the bytes of a frame."""
    about = {"first": number, "count": 1, "protocol": protocol, "a_destination": a_destination}
    (frame,) = frames(softgen, flows, seed=seed, **about)
    source, destination = (str(ipaddress.IPv4Address(frame[at : at + 4])) for at in (26, 30))
    sport, dport = (int.from_bytes(frame[at : at + 2], "big") for at in (34, 36))
    return Flow(source, sport, destination, dport)


@given(
    number=st.integers(0, 200_000) | st.sampled_from([0, PORTS - 1, PORTS, 2 * PORTS]),
    seed=st.integers(0, 2**32 - 1),
    protocol=st.sampled_from(sorted(PROTOCOLS)),
    a_destination=st.sampled_from([1024, PORTS, FLOWS_MAX]) | st.integers(1024, FLOWS_MAX),
)
@settings(max_examples=50)
def test_the_plan_is_softgens(softgen, number, seed, protocol, a_destination):
    """Addresses and ports, whatever the flow, the seed, the protocol and the hosts."""
    planned = plan_flow(number, seed, a_destination)
    assert planned == sent(softgen, protocol, number, seed, number + 1, a_destination)


def test_the_plans_last_flow_is_softgens(softgen):
    """16 million flows, and no more: both know the number."""
    header = (SOURCES / "flows.h").read_text(encoding="utf-8")
    assert f"#define FLOWS_MAX {FLOWS_MAX}\n" in header
    last = FLOWS_MAX - 1
    assert plan_flow(last, 1) == sent(softgen, "udp", last, 1, FLOWS_MAX)
    assert plan_flow(last, 1).src == "10.244.36.0"
