"""What mOS says of its connections, and how many it can hold."""

import pytest

from configurations import MOS
from middlebench.duts.mos import state

LOG = """[CPU 0] dpdk0 flows:    999, RX:  1(pps)
[ ALL ] dpdk0, RX:  1(pps) (err:     0),  0.00(Gbps), TX:       1(pps),  0.00(Gbps)
[ ALL ] flows:      8
[ ALL ] flows:  20000
[ ALL ] flows:  1
"""


@pytest.mark.parametrize(
    ("said", "held"),
    [(LOG, 0), (LOG[:-18], 10000), (LOG.splitlines()[0], None), ("", None)],
)
def test_the_log_says_how_many_connections_are_held(said, held):
    """core.c:337: all cores' streams, two a connection; a core's own line is another number."""
    assert state.connections(said) == held


@pytest.mark.parametrize(
    ("variant", "cores", "streams", "held"),
    [("dpdk", 6, 100000, 300000), ("dpdk", 1, 21, 10), ("pcap", 6, 100000, 50000)],
)
def test_what_it_can_hold(variant, cores, streams, held):
    """The pcap variant has one core."""
    settings = MOS | {"cores": cores, "max_concurrency": streams}
    number, why = state.holds(settings, {"variant": variant})
    assert number == held
    assert why.startswith(f"max_concurrency: {streams} is {streams // 2} connections of two ")
