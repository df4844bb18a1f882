"""Preparing hosts over a real SSH connection.

There is no NIC here, and this machine is not to be changed: /sys is a folder that behaves like one,
and apt-get, modprobe, dpdk-devbind.py, ip and ethtool are stand-ins that change it.  The dry mode
also runs against the real /sys of this machine.
"""

import os

import pytest
from machine_tree import MachineTree

from middlebench.hosts.connect import open_host
from sshd import running_sshd


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A tree, and this machine as its host: the stand-ins are first in PATH."""
    made = MachineTree(tmp_path_factory.mktemp("machine"))
    with pytest.MonkeyPatch.context() as patch, open_host({"address": "local"}) as host:
        patch.setenv("PATH", f"{made.programs}:{os.environ['PATH']}")
        yield made, host


@pytest.fixture
def tree(machine):
    """The tree of a machine that nobody has prepared."""
    return machine[0].fresh()


@pytest.fixture
def host(machine):
    """The tree's host, without SSH: a third of the time of a command."""
    return machine[1]


@pytest.fixture(scope="module")
def far(machine):
    """The same host over SSH."""
    folder, path = machine[0].root.parent / "sshd", machine[0].path
    with running_sshd(folder, path=path) as sshd, open_host(sshd.settings) as host:
        yield host


@pytest.fixture(params=["local", "far"])
def either(request):
    """The host both ways."""
    return request.getfixturevalue("far" if request.param == "far" else "host")
