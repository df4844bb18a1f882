"""Starting a host anew, and waiting for it by a condition: it lets us in, and is another boot."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from middlebench.errors import HostError
from middlebench.hosts.commands import last_line
from middlebench.hosts.connect import open_host
from middlebench.hosts.host import Host
from middlebench.hosts.lock import machine_lock

BOOT_ID = "/proc/sys/kernel/random/boot_id"

REBOOT = "systemctl reboot || reboot"

TIMEOUT_S = 900
"""Longest time [s] of a start: servers test their memory for minutes."""

RETRY_S = 1
"""How often a host that does not answer is asked again [s]."""


def reboot(settings: Mapping[str, Any], timeout_s: float = TIMEOUT_S) -> dict[str, str]:
    """Start a host anew while nobody measures there: its boot ids `before` and `after`.

    `settings` as for `connect.open_host`.  HostError in one line when it does not come back.
    """
    before = _ask(settings)
    end = time.monotonic() + timeout_s
    fault = "it is still the same boot"
    while time.monotonic() < end:
        with suppress(HostError), open_host(settings) as host:
            after = boot_id(host)
            if after != before:
                return {"before": before, "after": after}
        time.sleep(RETRY_S)
    try:
        with open_host(settings) as host:
            boot_id(host)
    except HostError as error:
        fault = str(error)
    raise HostError(
        f"{settings['address']}: asked to reboot, and not there again within {timeout_s:g} s: "
        f"{fault}"
    )


def boot_id(host: Host) -> str:
    """Which boot of a host this is."""
    return host.run(f"cat {BOOT_ID}").stdout.strip()


def _ask(settings: Mapping[str, Any]) -> str:
    """Ask for the reboot; the boot id of before.  That the connection ends with it is no fault."""
    asked = False
    before = ""
    try:
        with open_host(settings) as host, machine_lock(host):
            before = boot_id(host)
            host.become_prefix()
            asked = True
            said = host.as_root(REBOOT, warn=True)
            if said.failed:
                asked = False
                raise HostError(f"{host.name}: cannot be rebooted: {last_line(said)}")
    except HostError:
        if not asked:
            raise
    return before
