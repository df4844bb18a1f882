"""The DUT `ovs-kernel` where the kernel has no openvswitch module: what it does around the module.

The database is real; ovs-vsctl, ovs-vswitchd and what reaches into the kernel are a stand-in that
records its words.  Interfaces are real, in a sandbox.
"""

import os

import pytest

from middlebench.duts.interface import Counted
from middlebench.duts.ovs.hosts import OvsKernel
from middlebench.errors import DutError
from middlebench.testbeds.sandbox import Sandbox
from workspace import REPOSITORY

RULES = REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows"
PORTS = [{"pci": f"0000:03:00.{n}", "interface": f"eth{n + 2}"} for n in (0, 1)]

# The host's own connection, two of the inside, one that the outside began.
STANDIN = r"""#!/bin/sh
name=${0##*/}
case $name in ovs-vswitchd*) name=ovs-vswitchd;; esac
echo "$name $*" >> LOG
case "$name $*" in
  ovs-vswitchd*) exec sleep 60;;
  *" error") echo "[]";;
  *dpdk_version) echo '"none"';;
  "ovs-appctl "*version) echo "ovs-vswitchd (Open vSwitch) 3.1.0";;
  *dump-conntrack)
    echo "tcp,orig=(src=192.0.2.1,dst=192.0.2.2,sport=22,dport=4)"
    echo "udp,orig=(src=10.0.0.1,dst=198.18.0.1,sport=1024,dport=9)"
    echo "udp,orig=(src=10.0.0.2,dst=198.18.0.1,sport=1024,dport=9)"
    echo "udp,orig=(src=198.18.0.1,dst=10.0.0.2,sport=1024,dport=9)";;
  *dump-ports*)
    echo "  port  1: rx pkts=5, bytes=320, drop=1, errs=0, frame=0, over=0, crc=0"
    echo "           tx pkts=0, bytes=0, drop=0, errs=0, coll=0"
    echo "  port  2: rx pkts=0, bytes=0, drop=0, errs=0, frame=0, over=0, crc=0"
    echo "           tx pkts=4, bytes=256, drop=0, errs=0, coll=0";;
  "ovs-dpctl dump-dps") DPS;;
esac
"""

PROGRAMS = ("ovs-vsctl", "ovs-ofctl", "ovs-appctl", "ovs-dpctl", "conntrack", "modprobe")


@pytest.fixture
def sandbox():
    """With two interfaces that are down."""
    with Sandbox() as running:
        for port in PORTS:
            name = port["interface"]
            running.run(f"ip link add {name} type veth peer name far-{name}")
        yield running


@pytest.fixture
def standin(tmp_path, monkeypatch):
    """`standin(datapaths)`: the programs, and where they record; `datapaths` prints those there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    log = tmp_path / "log"
    log.touch()

    def install(datapaths=":"):
        for name in (*PROGRAMS, "ovs-vswitchd-dpdk"):
            text = STANDIN.replace("LOG", str(log)).replace("DPS", datapaths)
            (programs / name).write_text(text, encoding="ascii")
            (programs / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
        daemon = str(programs / "ovs-vswitchd-dpdk")
        monkeypatch.setattr("middlebench.duts.ovs.switch.DAEMON", daemon)
        return log

    return install


def kernel_switch(sandbox):
    """The DUT, not yet started."""
    settings = {"snat_address": "200.200.200.200"}
    return OvsKernel(sandbox, settings, "nat", RULES, 0, ports=PORTS)


def test_a_bridge_of_the_kernels_datapath_between_the_interfaces(sandbox, standin):
    """The connections of before are gone, both interfaces are up, the rules are the same files."""
    log = standin()
    with kernel_switch(sandbox) as dut:
        said = log.read_text(encoding="utf-8")
        assert "add-br br0 -- set bridge br0 datapath_type=system" in said
        for number, port in enumerate(PORTS, start=1):
            name = port["interface"]
            assert f"add-port br0 {name} -- set interface {name} ofport_request={number} " in said
            assert sandbox.run(f"ip -br link show {name}").stdout.count("UP") > 0
        assert "dpdk-init=true" not in said
        assert said.index("conntrack -F") < said.index("add-br br0")
        assert "ovs-ofctl --bundle add-flows br0 rules.flow" in said
        facts = dut.facts()
        assert (facts["version"], facts["datapath"]) == ("3.1.0", "system")
        assert facts["reset"] == "new switch, conntrack -F"


def test_only_connections_of_the_inside_are_counted(sandbox, standin):
    """netfilter's table has the host's own too."""
    standin()
    with kernel_switch(sandbox) as dut:
        sandbox.run(dut.learned_command)
        sandbox.run(dut.counting_command)
        counted = dut.counted()
    assert counted == Counted(2, 2, counted.frames)
    assert counted.frames["inside_rx"] == 5
    assert counted.frames["outside_tx"] == 4


def test_what_is_undone_is_written_before_it_is_done(sandbox, standin):
    """The datapath goes, the table is emptied, an interface that was down is down again.

    ovs-dpctl(8) of 3.1.0: del-dp removes the devices of a datapath with it; conntrack(8) of 1.4.7:
    -F flushes "the whole given table", conntrack's unless another is named.
    """
    log = standin()
    with kernel_switch(sandbox):
        pass
    log.write_text("", encoding="ascii")
    sandbox.run(f"cd {sandbox.folder} && sh ./undo")
    assert log.read_text(encoding="ascii").splitlines() == [
        "ovs-dpctl del-dp system@ovs-system",
        "conntrack -F",
    ]
    for port in PORTS:
        assert "DOWN" in sandbox.run(f"ip -br link show {port['interface']}").stdout


def no_interface(sandbox):
    """A DPDK driver has it."""
    sandbox.run("ip link delete eth3")
    return "no interface eth3 here"


def an_address(sandbox):
    """Perhaps the way to the host."""
    sandbox.run("ip address add 192.0.2.1/24 dev eth3")
    return "interface eth3 has an address, so it is not a port of the testbed"


def another_switch(sandbox):
    """The distribution's service runs."""
    del sandbox
    return "another Open vSwitch has the kernel datapath ovs-system: stop it first"


@pytest.mark.parametrize("fault", [no_interface, an_address, another_switch])
def test_what_cannot_be_taken_is_one_line(sandbox, standin, fault):
    """Nothing of the kernel's was touched by then."""
    log = standin("echo system@ovs-system" if fault is another_switch else ":")
    line = fault(sandbox)
    with pytest.raises(DutError, match=line):
        kernel_switch(sandbox).__enter__()
    said = log.read_text(encoding="ascii")
    assert "add-br" not in said
    assert "conntrack -F" not in said
