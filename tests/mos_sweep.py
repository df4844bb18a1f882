"""Look for mOS's soft crash: process and statistics alive, nothing forwarded, for good.

python tests/mos_sweep.py PREFIX LIBRARY SOFTGEN [SECONDS [FIRST]]: a line a point, of flows from 10
to 20000, both frame sizes of the thesis, and rates from far below what mOS carries to far above.
PREFIX: of a pcap variant that was built; LIBRARY: pcap_polled; FIRST: so many points are left out.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parent / "workflow/scripts")]

from middlebench.errors import MiddlebenchError  # noqa: E402
from middlebench.measuring.assembly import assembled  # noqa: E402
from middlebench.measuring.parts import Parts  # noqa: E402
from workspace import REPOSITORY  # noqa: E402

FLOWS = (10, 100, 1000, 5000, 20000)
SIZES = {64: (10, 50, 250), 1518: (100, 500, 2500)}
"""Frame size [B] -> rates [Mbit/s]."""

FUNCTIONS = ("nat", "firewall")
DUT = {
    "snat_address": "200.200.200.200",
    "cores": 1,
    "memory_channels": 1,
    "max_concurrency": 50000,
}
DURATIONS = {"warmup_ms": 50, "window_ms": 300, "drain_ms": 100, "stall_ms": 200, "max_windows": 1}
TRIAL = {"protocol": "tcp", "flow_order": "round_robin", "seed": 1, "gating": None}
TRIAL |= {"durations": DURATIONS | {"learn_pps": 50000}}


def sweep(
    prefix: Path, library: Path, softgen: Path, seconds: float, first: int = 0
) -> Iterator[dict[str, Any]]:
    """A row a point until the time is over, the most flows and the highest rates first."""
    ends = time.monotonic() + seconds
    settings = DUT | {"prefix": str(prefix), "loaded_first": str(library)}
    rates = [(size, rate) for size, of in SIZES.items() for rate in of]
    cells = itertools.product(FUNCTIONS, reversed(FLOWS), reversed(rates))
    for number, (function, flows, (size, rate)) in enumerate(cells):
        if number < first:
            continue
        if time.monotonic() > ends:
            return
        conf = REPOSITORY / "workflow/middleboxes/mos/mos.conf"
        row = {"function": function, "flows": flows, "size": size, "rate_mbit": rate}
        try:
            with assembled(Parts("mos", function, conf, softgen), settings) as made:
                trial = made.run_trial(rate, size, flows, TRIAL, number)
                counted = made.dut.counted()
                row |= {"at_end": made.dut.facts()["at_end"], "fault": counted.fault}
        except MiddlebenchError as error:
            yield row | {"error": str(error)}
            continue
        row |= {key: trial["raw"][key] for key in ("sent", "received")}
        row |= {"learned": trial["learned_flows"], "wrong": trial["load_check"]["wrong"]}
        yield row | {"held": counted.after_window, "stalled": stalled(trial)}


def stalled(trial: dict[str, Any]) -> bool:
    """Was it probed after the load, and did none of the probes come back?"""
    return bool(trial["probes"] or trial["probes_refused"]) and not trial["probes_received"]


if __name__ == "__main__":
    given = [Path(word).resolve() for word in sys.argv[1:4]]
    limits = dict(enumerate(map(int, sys.argv[4:6])))
    for found in sweep(*given, limits.get(0, 300), limits.get(1, 0)):
        print(" ".join(f"{key}={value}" for key, value in found.items()), flush=True)
