"""Capacity over the number of flows or of rules: a line a DUT, and its cliff named."""

import matplotlib as mpl
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, write_around, write_nothing
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.figures.league.words import AT_LEAST, looks_of
from middlebench.frame_mix import size_words
from middlebench.machine.states import NOT_ASKED, WORDS

HEADINGS = {
    "flows": "What each DUT carries over the number of flows",
    "rules": "What each firewall carries over the number of rules",
}
AXES = {"flows": "flows", "rules": "rules before those of the firewall"}
NOTHING = "Nothing of it was measured."
CLIFF = {"linewidth": 4.0, "alpha": 0.35, "solid_capstyle": "butt", "zorder": 2.4}


def scaling_figure(table: pd.DataFrame, part: str, style: Style) -> Figure:
    """One panel, both axes logarithmic; `table` has SCALING_COLUMNS, `part` is flows or rules."""
    with mpl.rc_context(rc_params(style)):
        figure = Figure(figsize=(style.width_mm / MM_PER_INCH, style.height_mm / MM_PER_INCH))
        if table.empty:
            return write_nothing(figure, HEADINGS[part], NOTHING, style)
        of_duts = looks_of(table)
        legend = _handles(of_duts)
        taken = write_around(figure, HEADINGS[part], _footer(table, part), legend, style)
        ax = figure.subplots()
        bottom = (taken + 3) * line_mm(style) / style.height_mm
        figure.subplots_adjust(0.08, bottom, 0.97, 0.92)
        ax.set_xscale("log")
        ax.set_yscale("log")
        for dut, rows in table.groupby("dut", sort=True):
            _draw_line(ax, rows.sort_values(part), part, *of_duts[dut])
        ax.set_xlabel(AXES[part])
        ax.set_ylabel("packets/s")
        _make_room(ax, table)
    return figure


def _draw_line(ax: Axes, rows: pd.DataFrame, part: str, colour: str, marker: str) -> None:
    """What is known, with whiskers; an open marker where only a lower end is."""
    middle = rows["capacity_pps"].where(~rows["at_least"].astype(bool), rows["capacity_low_pps"])
    known = rows.assign(shown=middle.astype(float))
    known = known[known["shown"].notna()]
    ax.plot(known[part], known["shown"], color=colour, **looks.MEASURED)
    for _, row in known.iterrows():
        fill = "white" if row["at_least"] else colour
        mark = {"marker": marker, "markersize": 5, "zorder": 3.4}
        ax.plot(row[part], row["shown"], color=colour, markerfacecolor=fill, **mark)
        low, high = row["capacity_low_pps"], row["capacity_high_pps"]
        if pd.notna(low) and pd.notna(high):
            reach = [[max(0, row["shown"] - low)], [max(0, high - row["shown"])]]
            ax.errorbar(row[part], row["shown"], reach, fmt="none", ecolor=colour, **looks.WHISKER)
    ends = known[known[part].isin(rows[["cliff_after", "cliff_before"]].iloc[0])]
    if len(ends) == 2:
        ax.plot(ends[part], ends["shown"], color=colour, **CLIFF)


def _make_room(ax: Axes, table: pd.DataFrame) -> None:
    """Whole decades, and none without a value."""
    known = table[["capacity_low_pps", "capacity_pps", "capacity_high_pps"]].astype(float)
    if known.notna().any(axis=None):
        ax.set_ylim(known.min().min() / 1.5, known.max().max() * 1.5)


def _handles(of_duts: dict[str, tuple[str, str]]) -> list[Artist]:
    lines: list[Artist] = [
        Line2D([], [], color=colour, marker=marker, markersize=5, label=dut)
        for dut, (colour, marker) in of_duts.items()
    ]
    open_mark = {"marker": "o", "markerfacecolor": "white", "linestyle": "none", "color": "black"}
    label = f"{AT_LEAST} this: the generator's limit"
    fall = Line2D([], [], label="cliff", color="black", **CLIFF)
    return [*lines, Line2D([], [], label=label, **open_mark), fall]


def _footer(table: pd.DataFrame, part: str) -> list[str]:
    """What was measured, the cliffs, and what is missing."""
    sizes = " / ".join(size_words(size) for size in sorted(table["frame_size_bytes"].unique()))
    states = [WORDS[of] for of in table["state"].dropna().unique() if of != NOT_ASKED]
    judged = f"  Judged {' / '.join(states)}." if states else ""
    if part == "flows":
        what = f"Function: {' / '.join(table['function'].unique())}"
    else:
        what = "Rules in the shape of ClassBench's (acl1), none of which the load meets"
        what += f"; {' / '.join(map(str, table['flows'].unique()))} flows"
    lines = [f"Testbed: {' / '.join(table['testbed'].unique())}.  {what}; {sizes} frames.{judged}"]
    cliffs = table[table["cliff_after"].notna()].drop_duplicates("dut")
    said = [_cliff(of, part) for _, of in cliffs.iterrows()]
    lines.append(f"Cliffs: {'; '.join(said)}." if said else "No cliff of a DUT is sure.")
    gone = table[table["capacity_pps"].isna() & ~table["at_least"].astype(bool)]
    missing = [f"{of.dut}, {getattr(of, part)}: {of.note}" for of in gone.itertuples()]
    return lines + ([f"Not known: {'; '.join(missing[:6])}."] if missing else [])


def _cliff(row: pd.Series, part: str) -> str:
    """The cliff of a DUT in words."""
    after, before = int(row["cliff_after"]), int(row["cliff_before"])
    why = f" ({row['cliff_cause']})" if pd.notna(row["cliff_cause"]) else ""
    return (
        f"{row['dut']} loses {100 * row['cliff_lost']:.0f} % from {after} to {before} {part}{why}"
    )
