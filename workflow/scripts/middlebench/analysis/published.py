"""The numbers printed in the 2017 thesis (workflow/reference/thesis.yaml) beside ours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from middlebench.errors import ConfigError
from middlebench.frame_mix import FrameSize
from middlebench.units import line_rate_mbit


@dataclass(frozen=True)
class PublishedValue:
    """A rate at which the thesis saw a series break."""

    figure: str
    """Number of the thesis's figure, such as 4.6."""
    what: str
    """`first spike` of the latency, or `overload`."""
    rate_mbit: float
    """The rate [Mbit/s] on the axis of the thesis's figure."""
    is_line_rate: bool
    """Whether the thesis's link carries no more: then the value is the cable's, not the DUT's."""


def read_reference(path: str | Path) -> dict[str, Any]:
    """The mapping in thesis.yaml; ConfigError in one line when it is not one."""
    allowed = "a YAML mapping with link_mbit, figures and packet_rates"
    try:
        reference = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        why = " ".join(str(error).split())
        raise ConfigError(f"{path}: cannot be read ({why}); allowed: {allowed}") from error
    for key in ("link_mbit", "figures", "packet_rates"):
        if not isinstance(reference, dict) or key not in reference:
            raise ConfigError(f"{path}: {key} is missing; allowed: {allowed}")
    return reference


def published_values(
    reference: dict[str, Any], function: str, frame_size: FrameSize, flows: int
) -> list[PublishedValue]:
    """The thesis's values for one series in ascending order of rate; empty when it printed none.

    `nat_thesis` are the thesis's own NAT rules, so its values are those printed for `nat`.
    """
    if isinstance(frame_size, str):
        return []  # it measured no mix
    link = line_rate_mbit(reference["link_mbit"], frame_size)
    values = [
        PublishedValue(entry["figure"], key.replace("_", " "), entry[key], entry[key] >= link)
        for entry in reference["figures"]
        for key in ("first_spike", "overload")
        if is_of(entry, function, frame_size) and entry["flows"] == flows
        if entry[key] is not None
    ]
    return sorted(values, key=lambda value: value.rate_mbit)


def is_of(entry: dict[str, Any], function: str, frame_size: FrameSize) -> bool:
    """Whether an entry of the reference is about this function and frame size [B]."""
    return (
        entry["function"] == function.removesuffix("_thesis") and entry["frame_size"] == frame_size
    )
