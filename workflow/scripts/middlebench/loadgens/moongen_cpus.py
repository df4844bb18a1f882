"""The CPUs that MoonGen has for its tasks on a host: each task polls on one of its own.

As libmoon does it (dfceafc): all CPUs of /proc/cpuinfo, the master on the lowest
(lua/dpdk.lua:137); each task on another one, of the NUMA node of its device (lua/libmoon.lua:150 to
176, which finds none on other nodes), node 0 for a device without one (src/device.c:218).
"""

import shlex
from collections.abc import Sequence
from typing import Any

from middlebench.errors import GeneratorError
from middlebench.hosts.cpus import cpu_set

NEEDED, NEAR_LINE_RATE = 2, 4
"""Beside the master: a load queue and the stamps; three load queues where the NIC paces, above the
square of frame / (frame + 20) of the link (middlebench_plan.lua, queue_rates)."""

ONLINE = "/sys/devices/system/cpu/online"
DEVICES = "/sys/bus/pci/devices"
NODES = "/sys/devices/system/node"


def for_tasks(host: Any, devices: Sequence[str]) -> str:
    """How many, and what they are enough for; `devices` are PCI addresses.

    GeneratorError in one line when they are too few for any load.
    """
    online, node, of_node = (cpu_set(text) if text else None for text in _asked(host, devices[0]))
    all_cpus = online or frozenset()
    on_node = all_cpus if of_node is None else all_cpus & of_node
    number = len(on_node - {min(all_cpus, default=0)})
    where = f"NUMA node {min(node or {0})}, that of {devices[0]}"
    if number < NEEDED:
        raise GeneratorError(
            f"moongen: {host.name} has {number} CPUs beside CPU {min(all_cpus, default=0)}, the "
            f"master's, on {where}; allowed: {NEEDED} or more (a load queue and the stamps, one "
            f"each), {NEAR_LINE_RATE} near line rate with pacing: hardware"
        )
    enough = "any rate" if number >= NEAR_LINE_RATE else "one load queue, so not near line rate"
    return f"{number} for tasks on {where}: enough for {enough}"


def _asked(host: Any, device: str) -> list[str]:
    """Lists of CPUs and nodes as the kernel writes them, empty where it does not say."""
    number = f"{DEVICES}/{shlex.quote(device)}/numa_node"
    said = host.run(
        # a node of -1 is none
        f"cat {ONLINE}; n=$(cat {number} 2> /dev/null || :); n=${{n#-1}}; echo $n; "
        f"cat {NODES}/node${{n:-0}}/cpulist 2> /dev/null || echo",
        hide=True,
        warn=True,
        in_stream=False,
    )
    return [line.strip() for line in [*said.stdout.splitlines(), "", "", ""][:3]]
