"""The figure of comparisons in turns: a row a pair, a column for each thing that is compared."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from middlebench.analysis.comparing import LEVEL, WHATS, margin_of, start_ratios
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.layout import line_mm, write_around
from middlebench.figures.drawing.style import MM_PER_INCH, Style, rc_params
from middlebench.machine.states import WORDS

HEADING = "Variants compared in turns"

ROW_LINES = 7
"""Height of a row, in heights of a line of text."""

Result = Mapping[str, Any]


def compared_figure(results: Sequence[Result], style: Style) -> Figure:
    """How much better each variant is than the first one of its comparison [%], with its interval.

    `results`: files of comparisons.  Each start is a dot; what is as much worse as the margin, or
    more, is shaded.
    """
    rows = [(of, other) for of in results for other in of["variants"][1:]]
    with mpl.rc_context(rc_params(style)):
        unit, figure = line_mm(style), Figure()
        height = (12 + ROW_LINES * max(1, len(rows))) * unit
        figure.set_size_inches(style.width_mm / MM_PER_INCH, height / MM_PER_INCH)
        drawn = Style(**{**vars(style), "height_mm": height})
        taken = write_around(figure, HEADING, _footer(results), _handles(drawn), drawn)
        if not rows:
            figure.text(0.5, 0.5, "Nothing was compared.", ha="center")
            return figure
        panels = figure.subplots(len(rows), len(WHATS), squeeze=False)
        ends = {"bottom": (taken + 2.5) * unit / height, "top": 1 - 5 * unit / height}
        figure.subplots_adjust(0.015, right=0.985, wspace=0.1, hspace=1.1, **ends)
        for axes, (result, other) in zip(panels, rows, strict=True):
            of_pair = {pair["what"]: pair for pair in result["pairs"] if pair["other"] == other}
            for ax, what in zip(axes, WHATS, strict=True):
                _draw(ax, result, of_pair[what], drawn)
            name = f"{result['name']}: {other} / {result['variants'][0]}"
            above = {"xycoords": "axes fraction", "textcoords": "offset points"}
            look = {"weight": "bold", "parse_math": False, "va": "bottom"}
            axes[0].annotate(name, (0, 1), (0, 1.5 * style.font_pt), **above, **look)
    return figure


def _draw(ax: Axes, result: Result, pair: Mapping[str, Any], style: Style) -> None:
    """One pair in one thing."""
    margin, colour = margin_of(pair["what"], result["settings"]), _colour(pair["what"], style)
    starts = start_ratios(result, pair)
    worse = np.array(list(starts.values())) - 1
    places = np.linspace(0.9, 0.35, len(worse)) if len(worse) > 1 else np.full(len(worse), 0.62)
    ax.plot(worse, places, "o", markersize=2.5, color=colour, alpha=0.6, markeredgewidth=0)
    reach = [*worse, 0, -1.3 * margin]
    if pair["ratio"] is not None:
        ratio, low, high = (pair[end] - 1 for end in ("ratio", "low", "high"))
        bar = {"xerr": [[ratio - low], [high - ratio]], "fmt": "D", "markersize": 4}
        ax.errorbar(ratio, 0.15, color=colour, **bar, **looks.WHISKER)
        reach += [low, high]
    room = 0.08 * (max(reach) - min(reach))
    ax.set_xlim(min(reach) - room, max(reach) + room)
    ax.set_ylim(0, 1)
    ax.axvspan(ax.get_xlim()[0], -margin, **looks.SPAN)
    ax.axvline(0, color="black", linewidth=0.8, zorder=1.5)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(visible=False, axis="y")
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.4g} %")
    ax.set_title(_told(pair), loc="left", fontsize="small", pad=2)


def _told(pair: Mapping[str, Any]) -> str:
    """Above a panel: what is compared, and what was decided."""
    decided = pair["decision"] or ("not compared" if pair["ratio"] is None else "")
    return f"{WHATS[pair['what']].title}{': ' if decided else ''}{decided}"


def _colour(what: str, style: Style) -> str:
    return {"capacity": style.colour_rate, "loss": style.colour_loss}.get(
        what, style.colour_latency
    )


def _handles(style: Style) -> list[Artist]:
    plain = {"linestyle": "none", "color": style.colour_raw}
    span = {"facecolor": looks.SPAN["facecolor"], "alpha": looks.SPAN["alpha"]}
    return [
        Line2D([], [], marker="o", markersize=2.5, label="a start, the first on top", **plain),
        Line2D([], [], marker="D", markersize=4, label=f"all, {LEVEL:.0%} interval", **plain),
        Patch(label="worse by the margin or more", **span),
    ]


def _footer(results: Sequence[Result]) -> list[str]:
    """On what it was measured, and in which states."""
    lines = []
    for result in results:
        pairs = result["pairs"]
        states = dict.fromkeys(pair["state"] for pair in pairs if pair["state"])
        words = " or ".join(WORDS.get(state, state) for state in states) or "in no state"
        taken = "turns of {turn_ms} ms, {settle_ms} ms left out".format_map(result["turns"])
        rounds = sum(len(start["rounds"]) for start in result["starts"])
        lines.append(
            f"{result['name']} on {result['testbed']}: {len(result['starts'])} starts, {rounds} "
            f"rounds, {result['traffic_s']:.0f} s of traffic in {taken}; {words}."
        )
    return [*lines, "Ratio - 1: right of 0 is better than the first variant, left is worse."]
