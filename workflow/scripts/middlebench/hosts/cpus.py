"""Which CPU the DUT polls on and which the generator, chosen among those a process may use."""

import os
from collections.abc import Iterable
from pathlib import Path

from invoke import Context

from middlebench.errors import SandboxError
from middlebench.hosts.commands import is_remote

SIBLINGS = "/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"

ALLOWED = "Cpus_allowed_list:"
"""The line of /proc/self/status with the CPUs that a process may use."""


def choose_cpus(host: Context | None = None) -> tuple[int, int]:
    """(DUT CPU, generator CPU) of a host; SandboxError when a process may use fewer than two.

    The highest two that do not share a core: interrupts and daemons gather on the lowest.
    """
    if is_remote(host):
        cpus, siblings = _asked(host)
    else:
        cpus = sorted(os.sched_getaffinity(0))
        siblings = {cpu: _siblings(cpu) for cpu in cpus}
    if len(cpus) < 2:
        raise SandboxError(
            f"CPUs of this process: {cpus}; needed: 2, one for the DUT and one for the generator "
            "(both poll all the time; see taskset and cgroup cpusets)"
        )
    return pick(cpus, siblings)


def pick(cpus: Iterable[int], siblings: dict[int, frozenset[int]]) -> tuple[int, int]:
    """(DUT, generator) out of `cpus` (two at least), not threads of one core where that can be."""
    *rest, generator = sorted(cpus)
    others = [cpu for cpu in rest if cpu not in siblings[generator]]
    return (others or rest)[-1], generator


def cpu_set(text: str) -> frozenset[int]:
    """The CPUs of a list as the kernel writes it, like 0-2,5."""
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def _siblings(cpu: int) -> frozenset[int]:
    try:
        return cpu_set(Path(SIBLINGS.format(cpu=cpu)).read_text(encoding="ascii"))
    except OSError:
        return frozenset([cpu])


def _asked(host: Context) -> tuple[list[int], dict[int, frozenset[int]]]:
    """The CPUs that a process may use on another host, and the threads of each one's core."""
    files = SIBLINGS.format(cpu="[0-9]*")
    status, *lines = host.run(
        f"grep {ALLOWED} /proc/self/status; grep -sH '' {files} || :"
    ).stdout.splitlines()
    cpus = sorted(cpu_set(status.removeprefix(ALLOWED)))
    listed = dict(line.split(":", 1) for line in lines)
    siblings = {cpu: cpu_set(listed.get(SIBLINGS.format(cpu=cpu), str(cpu))) for cpu in cpus}
    return cpus, siblings
