"""A preparation of the small machine of `machine_tree`, and one that is refused."""

import pytest
from machine_tree import PORTS

from middlebench.errors import HostError
from middlebench.preparation.prepare import prepare

FIRST, SECOND = PORTS

SETTINGS = {
    "dry": False,
    "hugepages": 1024,
    "driver": "vfio-pci",
    "governor": "performance",
    "packages": ["dpdk", "libc6"],
    "ports": [{"pci": FIRST, "interface": "eth2"}, {"pci": SECOND, "interface": "eth3"}],
    "bind": True,
    "generator": None,
    "address": "far",
}

INSTALL = ["apt-get -qq update", "apt-get -y -qq -o DPkg::Lock::Timeout=120 install dpdk"]

BIND = [f"dpdk-devbind.py -b vfio-pci {pci}" for pci in PORTS]

UNDO = [*(f"dpdk-devbind.py -b ixgbe {pci}" for pci in (SECOND, FIRST)), "modprobe -r vfio-pci"]


def prepared(host, tree, **changed):
    """What a preparation of the tree did."""
    return prepare(host, SETTINGS | changed, str(tree.root))


def refusal(host, tree, **changed):
    """The one line that a preparation ends with; it changed nothing."""
    before = tree.state()
    with pytest.raises(HostError) as caught:
        prepared(host, tree, **changed)
    assert tree.state() == before
    assert tree.calls() == []
    assert "\n" not in str(caught.value)
    return str(caught.value)
