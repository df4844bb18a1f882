"""Which CPU the DUT polls on and which the generator, chosen among those this process may use."""

import os
from collections.abc import Iterable
from pathlib import Path

from middlebench.errors import SandboxError

SIBLINGS = "/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list"


def choose_cpus() -> tuple[int, int]:
    """(DUT CPU, generator CPU); SandboxError when this process may use fewer than two.

    The highest two that do not share a core: interrupts and daemons gather on the lowest.
    """
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        raise SandboxError(
            f"CPUs of this process: {cpus}; needed: 2, one for the DUT and one for the generator "
            "(both poll all the time; see taskset and cgroup cpusets)"
        )
    return pick(cpus, {cpu: _siblings(cpu) for cpu in cpus})


def pick(cpus: Iterable[int], siblings: dict[int, frozenset[int]]) -> tuple[int, int]:
    """(DUT, generator) out of `cpus` (two at least), not threads of one core where that can be."""
    *rest, generator = sorted(cpus)
    others = [cpu for cpu in rest if cpu not in siblings[generator]]
    return (others or rest)[-1], generator


def _siblings(cpu: int) -> frozenset[int]:
    try:
        text = Path(SIBLINGS.format(cpu=cpu)).read_text(encoding="ascii")
    except OSError:
        return frozenset([cpu])
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)
