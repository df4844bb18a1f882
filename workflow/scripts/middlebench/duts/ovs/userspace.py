"""The DUT `ovs-userspace`: Open vSwitch without DPDK, its datapath on devices of the kernel.

Its ports are TAP devices as the kernel's own DUTs have them.  The switch reads each by a packet
socket: what the kernel hands to the DUT's CPU waits there, and what there is no room for is dropped
and counted at the socket.  Its main thread does all the work, pinned to that CPU.
"""

import re
import shlex
from functools import cached_property
from typing import Any, Self

from middlebench.duts.interface import FOLDER, Counted
from middlebench.duts.linux.namespace import (
    COUNT_FRAMES,
    INSIDE_IT,
    UNSENT_MACS,
    KernelDut,
    port_counters,
)
from middlebench.duts.ovs import other_config
from middlebench.duts.ovs.loading import GIVE
from middlebench.duts.ovs.sandbox import START
from middlebench.duts.ovs.switch import START_TIMEOUT_S, OpenVSwitch, Switch, distributions_switch
from middlebench.duts.supplied import PORTS
from middlebench.errors import CommandError

DAEMON = "/usr/lib/openvswitch-switch/ovs-vswitchd"
PACKAGE = "openvswitch-switch"

ADDED = " ".join(
    f"-- add-port br0 {name} -- set interface {name} ofport_request={number}"
    for number, name in enumerate(PORTS, start=1)
)
"""The devices are there when the switch starts: no rule needs a placeholder."""

_SOCKET = re.compile(r"^p_raw .*?\*:(\w+) .*?\n?.*?skmem:\(.*?,d(\d+)\)", re.MULTILINE)


class Devices(KernelDut):
    """The namespace with both ports, in which the kernel does no more than hand frames over."""

    macs = UNSENT_MACS


class OvsUserspace(OpenVSwitch):
    """Context manager of one brand-new switch with one function's rules (see `duts.interface`)."""

    tools = {DAEMON: PACKAGE}  # noqa: RUF012 - never changed
    devices = Devices.devices

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._devices = Devices(*arguments)

    @cached_property
    def _switch(self) -> Switch:
        if self._settings.get("prefix"):
            return super()._switch
        missing = f"{DAEMON} is missing: install {PACKAGE} (envs/apt.txt)"
        return distributions_switch()._replace(
            daemon=DAEMON,
            origin=f"dpkg-query -W {PACKAGE}",
            present=f"test -x {DAEMON}",
            missing=shlex.quote(missing),
        )

    def __enter__(self) -> Self:
        self._supply_rules()
        self._devices.__enter__()
        script = START.substitute(
            folder=FOLDER,
            **self._switch._asdict(),
            options=other_config.columns(self._settings) or "other_config={}",
            ports=ADDED,
            cpu=self._cpu,
            give=GIVE,
            known=other_config.check(self._settings, self._switch.daemon),
        )
        try:
            said = self._place.run(
                f"{INSIDE_IT} sh -euc {shlex.quote(script)}", limit_s=START_TIMEOUT_S
            ).stdout
        except CommandError as error:
            raise self._not_started(error) from error
        self._note_versions(said)
        return self

    def __exit__(self, under_way: type[BaseException] | None, *_: object) -> None:
        if under_way and not issubclass(under_way, Exception):
            return  # this process is to end, and the sandbox does
        self._check_alive()

    @property
    def attachment(self) -> tuple[list[str], str]:
        """(The ports of inside and outside, shell command that connects them: nothing)."""
        return self._devices.attachment

    @property
    def counting_command(self) -> str:
        """Notes what the kernel counted at the ports and at the sockets, and the entries."""
        sockets = f"{INSIDE_IT} ss -0 -n -m > {FOLDER}/sockets"
        return self._asking(COUNT_FRAMES, sockets, self._count_entries("tracked"))

    def counted(self) -> Counted:
        """As `KernelDut.counted`: what a socket had no room for is the DUT's too."""
        if fault := self._unanswered():
            return Counted(None, None, {}, fault=fault)
        learned, tracked, frames, sockets = (
            self._place.run(f"cat {FOLDER}/{name}").stdout
            for name in ("learned", "tracked", "counters", "sockets")
        )
        counts = port_counters(frames)
        for port, dropped in socket_drops(sockets).items():
            counts[f"{port}_rx_drop"] += dropped
        return Counted(int(learned), int(tracked), counts)

    def facts(self) -> dict[str, str]:
        """What was measured, and how its ports queue."""
        return super().facts() | {"ports": f"{self._devices.facts()['ports']}, packet sockets"}


def socket_drops(said: str) -> dict[str, int]:
    """Frames that the packet socket of each port had no room for, from what `ss -0 -n -m` prints.

    >>> socket_drops("p_raw 0 0 *:inside *\\n\\t skmem:(r0,rb212992,t0,tb212992,f0,w0,o176,bl0,d7)")
    {'inside': 7}
    """
    return {port: int(drops) for port, drops in _SOCKET.findall(said) if port in PORTS}
