"""What the figure of the cost model says in words: its legend and its footer."""

import pandas as pd
from matplotlib.patches import Patch

from middlebench.duts.registry import DUTS
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.words import confidence

NAMES = {
    "forwarding": "forwarding",
    "parse": "+ parse (stateless firewall)",
    "state": "+ state (stateful firewall)",
    "rewrite": "+ rewrite (NAT)",
}
WAYS = {"rate": "1 / highest clean rate", "counter": "busy cycles that the switch counts there"}


def handles() -> list[Patch]:
    """The legend: a fill for each component, a hatch for each way."""
    fills = [
        Patch(facecolor=fill, label=NAMES[name], **looks.COST_EDGE)
        for name, fill in looks.COMPONENTS.items()
    ]
    hatches = [
        Patch(facecolor="white", hatch=hatch, label=WAYS[way], **looks.COST_EDGE)
        for way, hatch in looks.WAYS.items()
    ]
    return fills + hatches


def footer(cost: pd.DataFrame) -> list[str]:
    """What was measured, and what is not known or does not agree; `cost` has COST_COLUMNS."""
    where = " / ".join(sorted(set(cost["testbed"] + ", " + cost["dut"])))
    levels = pd.concat([cost[f"{way}_level"] for way in WAYS]).dropna()
    sure = f"Whiskers: {confidence(levels)} intervals; a" if len(levels) else "A"
    lines = [
        f"Testbed, DUT: {where or 'none'}.  Each at the highest rate that it carries: with more "
        f"load a packet costs less.  {sure} rate is known to a step of its sweep.  A stack with "
        "parts below 0 ends at the thick line."
    ]
    kernels = [dut for dut in sorted(set(cost["dut"])) if dut in DUTS and not DUTS[dut].polls]
    if kernels:
        lines.append(f"Busy cycles of {' / '.join(kernels)}: its CPU's time in softirqs.")
    if cost["ways_disagree"].isin([True]).any():
        lines.append("* The intervals of the two ways do not meet (cost.csv: ways_disagree).")
    notes = cost[(cost["kind"] == "rung") & cost["note"].notna()]
    said = [
        f"{row['function']} {row['frame_size_bytes']} B {row['flows']} flows: {row['note']}"
        for _, row in notes.iterrows()
    ]
    shown = 6
    more = f" and {len(said) - shown} more (cost.csv)" if len(said) > shown else ""
    return lines + (["; ".join(said[:shown]) + more + "."] if said else [])
