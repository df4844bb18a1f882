"""Where the parts of a drawn testbed stand: machines, generator and DUT, their ports, the cables.

All lengths in points, y downwards, from the upper left corner of the page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from middlebench.figures.drawing.canvas import LEADING, MONO, SANS, wrapped

MARGIN = 14
PAD = 8
LINK = 40
"""Height of the lines between the machine that controls and the others."""
CABLE_SHARE = 0.3
"""Of the width: for the cables and the words on them."""
CONTROL = "Snakemake: plans, checks, records, tables, figures"
SANDBOX = "namespaces of its own (user, network, mount), new for each point"


@dataclass
class Box:
    """A rectangle with lines of text in it: bold ones, then others."""

    left: float
    top: float
    width: float
    height: float
    bold: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    family: str = SANS


@dataclass
class Plan:
    """All places of the drawing."""

    control: Box
    frames: list[Box]
    links: list[str]
    """How each frame is reached; a line from the control box down to it."""
    ends: list[Box]
    """Load generator, DUT."""
    ports: list[list[Box]]
    """The two of each end: the first ones are wired together, and the second ones."""
    cables: list[list[str]]
    """The words above each cable."""
    bottom: float


def plan(wiring: Mapping[str, Any], width: float, top: float, size: float) -> Plan:
    """The places of what `experiment.wiring` says, from `top` on, in letters of `size`."""
    ends = wiring["ends"]
    inner = width - 2 * (MARGIN + PAD)
    end_width, room = (1 - CABLE_SHARE) / 2 * inner, CABLE_SHARE * inner
    lefts = (MARGIN + PAD, width - MARGIN - PAD - end_width)
    control = _box(MARGIN, top, width - 2 * MARGIN, "this machine", [CONTROL], size)
    frames = _frames(wiring, width, end_width + 2 * PAD, control.top + control.height + LINK, size)
    top = max(frame.top + frame.height for frame in frames)
    boxes = [
        _box(left, top, end_width, end["title"], end["lines"], size)
        for left, end in zip(lefts, ends, strict=True)
    ]
    y = max(box.top + box.height for box in boxes)
    ports: list[list[Box]] = [[], []]
    cables = [wrapped(words, room - 2 * PAD, size) for words in wiring["cables"]]
    for number, words in enumerate(cables):
        pair = [
            _box(left + PAD, y, end_width - 2 * PAD, "", end["ports"][number], size, MONO)
            for left, end in zip(lefts, ends, strict=True)
        ]
        height = max(2 * LEADING * size * (len(words) + 0.5), *(port.height for port in pair))
        for side, port in zip(ports, pair, strict=True):
            port.height = height
            side.append(port)
        y += height + PAD
    for box in boxes:
        box.height = y - box.top
    for frame in frames:
        frame.height = y + PAD - frame.top
    links = list(dict.fromkeys(_link(end) for end in ends)) if len(frames) == 1 else []
    links = links or [_link(end) for end in ends]
    return Plan(control, frames, links, boxes, ports, cables, y + PAD)


def _frames(
    wiring: Mapping[str, Any], width: float, narrow: float, top: float, size: float
) -> list[Box]:
    """The frame of each machine, or the one around both ends, so far only as high as its title."""
    ends = wiring["ends"]
    if wiring["sandbox"]:
        title = f"sandbox on {ends[0]['machine']}"
        return [_box(MARGIN, top, width - 2 * MARGIN, title, [SANDBOX], size)]
    if ends[0]["machine"] == ends[1]["machine"]:
        return [_box(MARGIN, top, width - 2 * MARGIN, ends[0]["machine"], [], size)]
    lefts = (MARGIN, width - MARGIN - narrow)
    pairs = zip(lefts, ends, strict=True)
    return [_box(left, top, narrow, end["machine"], [], size) for left, end in pairs]


def _link(end: Mapping[str, Any]) -> str:
    return "SSH" if end["ssh"] else "no SSH"


def _box(
    left: float,
    top: float,
    width: float,
    bold: str,
    lines: list[str],
    size: float,
    family: str = SANS,
) -> Box:
    """A box as high as its lines, wrapped to its width, need."""
    heads = wrapped(bold, width - 2 * PAD, size, weight="bold") if bold else []
    wide = [part for line in lines for part in wrapped(line, width - 2 * PAD, size, family)]
    height = (len(heads) + len(wide)) * LEADING * size + PAD
    return Box(left, top, width, height, heads, wide, family)
