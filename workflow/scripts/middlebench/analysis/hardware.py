"""Against hardware: what share of a link's line rate a DUT carries, and how many cores it would
take for 10 Gbit/s.

Each DUT has one core.  Cores are counted as if each more carried as much as the first: as many as
that at least, as shared tables, caches and queues only take from it.
"""

import math

import pandas as pd

from middlebench.analysis.throughput import LINKS_GBIT, MBIT_PER_GBIT
from middlebench.frame_mix import FrameSize
from middlebench.units import line_rate_mbit, packets_per_second

CORES_FOR_GBIT = 10

HARDWARE_COLUMNS = [
    *("testbed", "function", "protocol", "frame_size_bytes", "flows", "dut", "correct"),
    *("capacity_pps", "at_least"),
    *(f"share_of_{link}gbe" for link in LINKS_GBIT),
    f"cores_for_{CORES_FOR_GBIT}gbe",
]
"""The columns of hardware.csv: `share_of_*`: of the line rate of such a link in frames of that
size, above 1 where it carries no more.  `cores_for_10gbe`: see above.  Where only a lower end of
the capacity is known (`at_least`), it is taken, and more is possible."""


def hardware_table(league: pd.DataFrame) -> pd.DataFrame:
    """HARDWARE_COLUMNS of what is known of league.csv, in its order."""
    known = league.assign(
        capacity_pps=league["capacity_pps"].where(~league["at_least"], league["capacity_low_pps"])
    )
    known = known[known["capacity_pps"].notna()].reset_index(drop=True)
    for link in LINKS_GBIT:
        lines = [_line_pps(link, size) for size in known["frame_size_bytes"]]
        known[f"share_of_{link}gbe"] = (known["capacity_pps"] / lines).astype(float).round(6)
    asked = [_line_pps(CORES_FOR_GBIT, size) for size in known["frame_size_bytes"]]
    cores = [math.ceil(line / pps) for line, pps in zip(asked, known["capacity_pps"], strict=True)]
    known[f"cores_for_{CORES_FOR_GBIT}gbe"] = pd.array(cores, dtype="Int64")
    return known[HARDWARE_COLUMNS]


def _line_pps(link_gbit: float, frame_size: FrameSize) -> float:
    """Packets/s of such frames at the line rate of a link."""
    return packets_per_second(line_rate_mbit(link_gbit * MBIT_PER_GBIT, frame_size), frame_size)
