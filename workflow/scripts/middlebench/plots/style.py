"""How every figure looks, and how it is saved so that the same tables give the same bytes."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from middlebench.errors import ConfigError

MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Style:
    """The mapping `style` of the configuration."""

    colour_latency: str = "#0b4f8a"
    """Mean, median, quartile band and 99th percentile of the latency."""
    colour_loss: str = "#b03a1e"
    """Loss ratio on clean time."""
    colour_rate: str = "#2f6b3a"
    """Packets/s received."""
    colour_raw: str = "#8a8a8a"
    """Raw figures (disturbed time included), and what was asked for."""
    colour_reference: str = "#5b3a8c"
    """Values published in the thesis."""
    width_mm: float = 250
    """Width of the whole figure [mm]."""
    height_mm: float = 165
    """Height of the whole figure [mm]."""
    font_pt: float = 8
    """Size of the axis labels [pt]; the other texts follow it."""
    dpi: int = 150
    """Resolution of the PNG [dot/inch]."""


# Lines differ in dashes and markers, so that they can be told apart without colour.
MEDIAN = {"linestyle": "-", "linewidth": 1.6, "zorder": 3.0}
MEAN = {"linestyle": (0, (5, 2)), "linewidth": 1.1, "zorder": 2.8}
P99 = {"linestyle": (0, (1, 1.5)), "linewidth": 1.4, "zorder": 2.6}
MEASURED = {"linestyle": "-", "linewidth": 1.4, "zorder": 3.0}
RAW = {"linestyle": "-", "linewidth": 0.8, "zorder": 2.2}
ASKED = {"linestyle": (0, (4, 3)), "linewidth": 0.8, "zorder": 2.0}
LIMIT = {"linestyle": (0, (1, 2)), "linewidth": 0.8, "color": "black", "zorder": 1.5}
KNEE = {"linestyle": "-", "linewidth": 1.0, "color": "black", "zorder": 1.8}
PUBLISHED = {"linestyle": (0, (6, 2, 1, 2)), "linewidth": 1.0, "zorder": 1.8}
REPETITION = {"linestyle": "none", "markersize": 3.0, "markeredgewidth": 0.7}
BAND = {"alpha": 0.22, "linewidth": 0}
INVALID = {"linestyle": "none", "markersize": 5.5, "markeredgewidth": 0.9, "zorder": 4.0}
INVALID |= {"markerfacecolor": "white", "markeredgecolor": "black", "clip_on": False}

VERDICTS = {
    "generator_limited": ("s", "generator limited: offered less than asked"),
    "above_line_rate": ("D", "above line rate"),
    "disturbed": ("o", "disturbed: too little clean time"),
    "stalled": ("X", "stalled: forwarding stopped for good"),
    "failed": ("P", "failed: no result"),
}
"""Marker and meaning of each verdict that says nothing about the device under test."""

OTHER_VERDICT = ("h", "")  # one that is not in VERDICTS: its name is its meaning


def parse_style(text: str) -> Style:
    """The style in a JSON mapping: left-out keys keep their default, unknown ones: ConfigError."""
    names = [field.name for field in fields(Style)]
    try:
        mapping = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"style: not JSON ({error}); allowed: a mapping") from error
    if not isinstance(mapping, dict):
        raise ConfigError(f"style: is {text[:40]}; allowed: a mapping")
    for key in mapping:
        if key not in names:
            raise ConfigError(f"style.{key}: no such key; allowed: {', '.join(names)}")
    return Style(**mapping)


def rc_params(style: Style) -> dict[str, Any]:
    """All matplotlib parameters of a figure: fonts embedded (type 42), a user's own ignored."""
    default = {k: v for k, v in mpl.rcParamsDefault.items() if not k.startswith("backend")}
    small = style.font_pt * 0.875
    return {
        **default,
        "pdf.fonttype": 42,
        "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same
        "font.size": style.font_pt,
        "axes.labelsize": style.font_pt,
        "axes.titlesize": style.font_pt * 1.125,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.5,
        "xtick.labelsize": small,
        "ytick.labelsize": small,
        "legend.fontsize": small,
        "legend.frameon": False,
    }


def save(figure: Figure, style: Style, pdf: str | Path, png: str | Path) -> None:
    """Write `figure` without date or version: the same bytes when re-made. Whole or not at all."""
    metadata = {
        "pdf": {"Creator": "middlebench", "Producer": None, "CreationDate": None},
        "png": {"Software": "middlebench"},
    }
    with mpl.rc_context(rc_params(style)):
        for target, kind in ((Path(pdf), "pdf"), (Path(png), "png")):
            temporary = target.with_name(f".{target.name}.tmp")
            try:
                figure.savefig(temporary, format=kind, dpi=style.dpi, metadata=metadata[kind])
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)
