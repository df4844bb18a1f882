"""What a polling Open vSwitch says about its own work: the text of `dpif-netdev/pmd-perf-show`.

The switch counts the TSC cycles of each turn of its polling loop: a turn in which packets came is
busy, another one idle. Its totals hold all time, also that in which a hypervisor had stopped the
core in the middle of a busy turn, so on a shared machine they are too high. It also keeps the last
1000 milliseconds (other_config:pmd-perf-metrics), each with its busy cycles per packet: a stop
spoils the few milliseconds that it touches, and the median over all of them does not move.
"""

import re
import statistics
from typing import Any

from middlebench.duts.interface import Cycles

HISTORY_MS = 1000
"""Milliseconds that the switch keeps, and the most that it can be asked for."""

LOOKUPS = {
    "simple_match": "Simple Match hits",
    "emc": "EMC hits",
    "smc": "SMC hits",
    "megaflow": "Megaflow hits",
    "upcalls": "Upcalls",
}
"""How a packet's rule was found: our name -> the switch's, cheapest first.

`simple_match` looks at the port and the Ethernet type alone; all others parse the packet.
"""

WRAPPED = 2**63
"""A thread that stood still while its counters were cleared has used fewer cycles than none."""

_ROW = re.compile(r"^ +(\d+) +\d+ +\d+ +\d+ +(\d+) +\d+ +\d+ +\d+ +\d+ *$", re.MULTILINE)
_THREAD = re.compile(r"^pmd thread .*:$", re.MULTILINE)


def parse(text: str) -> Cycles | None:
    """The counters of all polling threads together; None when none of them printed any.

    Keys: `packets`; `used_cycles` [TSC cycles], of which a share `idle_share` (0..1) found no
    packet; `cycles_per_packet`, busy ones, all time; `milliseconds`: {count, p25, p50, p75} of the
    busy cycles per packet of single milliseconds with packets, or None; `passes`, lookups in all
    (a packet that is tracked takes two); `lookups`, of which kind (LOOKUPS).  Without packets there
    are no cycles per packet.  The switch prints shares to 0.1 %, and whole cycles.
    """
    threads = [_thread(part) for part in _THREAD.split(text)[1:]]
    threads = [thread for thread in threads if thread]
    if not threads:
        return None
    packets = sum(thread["packets"] for thread in threads)
    used = sum(thread["used_cycles"] for thread in threads)
    idle = sum(thread["idle_share"] * thread["used_cycles"] for thread in threads)
    busy = sum(thread["cycles_per_packet"] * thread["packets"] for thread in threads)
    return {
        "packets": packets,
        "used_cycles": used,
        "idle_share": round(min(1.0, idle / used), 4) if used else 0.0,
        "cycles_per_packet": round(busy / packets, 2) if packets else None,
        "milliseconds": _summary([cost for thread in threads for cost in thread["milliseconds"]]),
        "passes": sum(thread["passes"] for thread in threads),
        "lookups": {name: sum(thread["lookups"][name] for thread in threads) for name in LOOKUPS},
    }


def _thread(text: str) -> dict[str, Any] | None:
    """The counters of one thread; None when the text has not all of them, or they wrapped."""
    packets = re.search(r"Rx packets: +(\d+)(?: +\([^,]*, (\d+) cycles/pkt\))?", text)
    used = re.search(r"Used TSC cycles: +(\d+)", text)
    idle = re.search(r"idle iterations: +\d+ +\( *([\d.]+) % of used cycles\)", text)
    passes = re.search(r"Datapath passes: +(\d+)", text)
    counts = {name: re.search(rf"- {said}: +(\d+)", text) for name, said in LOOKUPS.items()}
    if not (packets and used and idle) or int(used[1]) >= WRAPPED:
        return None
    return {
        "packets": int(packets[1]),
        "used_cycles": int(used[1]),
        "idle_share": float(idle[1]) / 100,
        "cycles_per_packet": int(packets[2] or 0),
        "passes": int(passes[1]) if passes else 0,
        "lookups": {name: int(found[1]) if found else 0 for name, found in counts.items()},
        "milliseconds": [int(cost) for _, cost in _ROW.findall(text) if int(cost)],
    }


def _summary(costs: list[int]) -> dict[str, Any] | None:
    if len(costs) < 2:
        return None
    low, middle, high = statistics.quantiles(costs, n=4, method="inclusive")
    return {"count": len(costs), "p25": low, "p50": middle, "p75": high}
