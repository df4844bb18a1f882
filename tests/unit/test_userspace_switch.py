"""Open vSwitch without DPDK: what is read of its sockets."""

import pytest

from middlebench.duts.ovs.userspace import socket_drops

HEAD = "Netid Recv-Q Send-Q Local Address:Port    Peer Address:PortProcess\n"
SOCKET = "p_raw 0      0                  *:{}              *     {}skmem:(r0,rb212992,t0,d{})\n"


@pytest.mark.parametrize("break_", ["", "\n\t "])
def test_what_a_socket_dropped_is_that_ports(break_):
    """Each has its own count, on its line or the one below; other sockets are nobody's."""
    sockets = [("inside", 3438), ("outside", 0), ("br0", 7)]
    said = HEAD + "".join(SOCKET.format(port, break_, drops) for port, drops in sockets)
    said += "p_raw 0      0                [0]:*                   *     skmem:(r0,rb212992,d9)\n"
    assert socket_drops(said) == {"inside": 3438, "outside": 0}


def test_no_socket_dropped_nothing():
    """Before the switch has its ports."""
    assert socket_drops(HEAD) == {}
