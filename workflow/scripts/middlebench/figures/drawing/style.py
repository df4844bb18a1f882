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
        "hatch.linewidth": 0.5,
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
