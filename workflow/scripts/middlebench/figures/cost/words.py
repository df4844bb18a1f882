"""What the figure of the cost model says in words: its legend and its footer."""

from collections import Counter

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
WAYS = {
    "rate": "1 / highest clean rate",
    "counter": "busy cycles that the switch counts there",
    "turns": "1 / capacity, in turns with the rung below",
}


def drawn_ways(cost: pd.DataFrame) -> list[str]:
    """Those that are drawn: turns only where some were compared."""
    return [way for way in WAYS if way != "turns" or cost["turns_ns"].notna().any()]


def handles(cost: pd.DataFrame) -> list[Patch]:
    """The legend: a fill for each component, a hatch for each way that is drawn."""
    fills = [
        Patch(facecolor=fill, label=NAMES[name], **looks.COST_EDGE)
        for name, fill in looks.COMPONENTS.items()
    ]
    hatches = [
        Patch(facecolor="white", hatch=looks.WAYS[way], label=WAYS[way], **looks.COST_EDGE)
        for way in drawn_ways(cost)
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
    if "turns" in drawn_ways(cost):
        lines.append("In turns: in overload, each rung and the one below in the same seconds.")
    if cost["ways_disagree"].isin([True]).any():
        lines.append(f"* Intervals of the ways do not meet: {_disagreeing(cost)}.")
    notes = cost[(cost["kind"] == "rung") & cost["note"].notna()]
    said = [
        f"{row['function']} {row['frame_size_bytes']} B {row['flows']} flows: {row['note']}"
        for _, row in notes.iterrows()
    ]
    shown = 6
    more = f" and {len(said) - shown} more (cost.csv)" if len(said) > shown else ""
    return lines + (["; ".join(said[:shown]) + more + "."] if said else [])


def _disagreeing(cost: pd.DataFrame) -> str:
    """Which ways, how often, of how many rungs and components: cost.csv has where."""
    cells = cost["which_disagree"].dropna()
    counts = Counter(ways for cell in cells for ways in cell.split(", "))
    told = ", ".join(f"{ways} {count}" for ways, count in counts.items())
    return f"{told} of {len(cost)} rows of cost.csv (which_disagree)"
