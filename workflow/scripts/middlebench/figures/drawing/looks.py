"""How each kind of line, marker and area looks, in every figure."""

from middlebench.machine.states import UNKNOWN, WORDS

# Lines differ in dashes and markers, so that they can be told apart without colour.
MEDIAN = {"linestyle": "-", "linewidth": 1.6, "zorder": 3.0}
MEAN = {"linestyle": (0, (5, 2)), "linewidth": 1.1, "zorder": 2.8}
P99 = {"linestyle": (0, (1, 1.5)), "linewidth": 1.4, "zorder": 2.6}
MEASURED = {"linestyle": "-", "linewidth": 1.4, "zorder": 3.0}
IMPORTED = {"linestyle": (0, (1, 1.5)), "linewidth": 1.4, "zorder": 2.6}
IMPORTED |= {"markerfacecolor": "white"}
RAW = {"linestyle": "-", "linewidth": 0.8, "zorder": 2.2}
ASKED = {"linestyle": (0, (4, 3)), "linewidth": 0.8, "zorder": 2.0}
LIMIT = {"linestyle": (0, (1, 2)), "linewidth": 0.8, "color": "black", "zorder": 1.5}
KNEE = {"linestyle": "-", "linewidth": 1.0, "color": "black", "zorder": 1.8}
PUBLISHED = {"linestyle": (0, (6, 2, 1, 2)), "linewidth": 1.0, "zorder": 1.8}
CEILING = {
    "linestyle": (0, (3, 1, 1, 1, 1, 1)),
    "linewidth": 0.9,
    "color": "#555555",
    "zorder": 1.7,
}
SPAN = {"facecolor": "black", "edgecolor": "none", "alpha": 0.12, "zorder": 0.7}
REGION = {"facecolor": "none", "edgecolor": "#a8a8a8", "hatch": "////", "linewidth": 0}
REGION |= {"zorder": 0.6}
WHISKER = {"elinewidth": 0.9, "capsize": 2.5, "capthick": 0.9, "zorder": 3.2}
REPETITION = {"linestyle": "none", "markersize": 3.0, "markeredgewidth": 0.7}
BAND = {"alpha": 0.22, "linewidth": 0}
INVALID = {"linestyle": "none", "markersize": 5.5, "markeredgewidth": 0.9, "zorder": 4.0}
INVALID |= {"markerfacecolor": "white", "markeredgecolor": "black", "clip_on": False}

VERDICTS = {
    "generator_limited": ("s", "generator limited: offered less than asked"),
    "above_line_rate": ("D", "above line rate: not run"),
    "disturbed": ("o", "disturbed: little clean time, or a silent DUT"),
    "stalled": ("X", "stalled: forwarding stopped for good"),
    "failed": ("P", "failed: no result, or a wrong one"),
}
"""Marker and meaning of each verdict that says nothing about the device under test."""

OTHER_VERDICT = ("h", "")  # one that is not in VERDICTS: its name is its meaning

COMPONENTS = {
    "forwarding": "#e6e6e6",
    "parse": "#a9cde6",
    "state": "#4d94c9",
    "rewrite": "#123a6b",
}
"""Fill of each component of a packet's cost, from light to dark, so that grey keeps their order."""

WAYS = {"rate": "", "counter": "////", "turns": "..."}
"""Hatch of each way to a cost."""

COST_EDGE = {"edgecolor": "black", "linewidth": 0.6}

FUNCTIONS = (
    ("#8a8a8a", "o"),
    ("#0b4f8a", "s"),
    ("#2f6b3a", "^"),
    ("#b03a1e", "D"),
    ("#5b3a8c", "v"),
    ("#c9a227", "P"),
)
"""Colour and marker of each function, in their order; from the first again where there are more."""

PARTIAL_DROP = {"linestyle": "none", "markersize": 4.5, "markeredgewidth": 0.9, "zorder": 3.5}
PARTIAL_DROP |= {"marker": "_", "markeredgecolor": "black"}

_FILLS = {
    "alone": "#2f6f9f",
    "alone_far": "#a9cde6",
    "shared": "#c2573a",
    "shared_far": "#edb9a4",
    "generator_shared": "#8d7fb5",
    UNKNOWN: "#e3e3e3",
}
STATES = {name: (fill, WORDS.get(name, "state not known")) for name, fill in _FILLS.items()}
"""Fill and label of each class of states that a machine may be in."""

STATE_MARKERS = dict(zip(STATES, "p<d>*", strict=False))
"""Marker of a point that was judged in another state than its series."""
OTHER_STATE = {"linestyle": "none", "markersize": 4.0, "markeredgewidth": 0.8, "zorder": 2.5}
OTHER_STATE |= {"markerfacecolor": "white"}

STOPS = {
    "generator_gap": ("#8a8a8a", "generator's CPU stopped"),
    "silence_machine": ("#3d3d3d", "DUT's CPU stopped"),
    "silence_preempted": ("#c9a227", "another program on the DUT's CPU"),
    "silence_busy": ("#8c1d40", "DUT's own stop: busy"),
    "silence_asleep": ("#c44f7a", "DUT's own stop: asleep"),
    "silence_stopped": ("#e7a3bd", "DUT's own stop: stopped"),
    "silence_unseen": ("#d8d2c4", "DUT silent, too short to say why"),
    "dut_silence": ("#d8d2c4", "DUT silent"),
    "dut_stop": ("#8c1d40", "DUT's own stop"),
}
"""Fill and label of each cause for which something stood still."""
