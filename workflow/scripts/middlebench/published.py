"""The numbers printed in the 2017 thesis (workflow/reference/thesis.yaml) beside ours."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from middlebench.errors import ConfigError
from middlebench.units import line_rate_mbit, packets_per_second, packets_per_second_binary

PACKET_RATE_COLUMNS = [
    *("function", "frame_size_bytes", "flows"),
    *("published_rate_mbit", "published_pps", "pps_binary", "pps_decimal", "line_rate_mbit"),
    *("testbed", "dut", "knee_mbit", "knee_pps", "knee_pps_binary", "ratio"),
]
"""The columns of packet_rates.csv: what the thesis printed, then what we measured."""


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
    reference: dict[str, Any], function: str, frame_size: int, flows: int
) -> list[PublishedValue]:
    """The thesis's values for one series in ascending order of rate; empty when it printed none.

    `nat_thesis` are the thesis's own NAT rules, so its values are those printed for `nat`.
    """
    link = line_rate_mbit(reference["link_mbit"], frame_size)
    values = [
        PublishedValue(entry["figure"], key.replace("_", " "), entry[key], entry[key] >= link)
        for entry in reference["figures"]
        for key in ("first_spike", "overload")
        if _is_of(entry, function, frame_size) and entry["flows"] == flows
        if entry[key] is not None
    ]
    return sorted(values, key=lambda value: value.rate_mbit)


def packet_rate_table(series: pd.DataFrame, reference: dict[str, Any]) -> pd.DataFrame:
    """One row a printed packet rate with PACKET_RATE_COLUMNS; one a DUT when several measured it.

    Packets/s are computed from rate and frame size by both conventions of `middlebench.units`,
    rounded to whole packets; `ratio` is our knee over the published rate in decimal packets/s.
    `flows` is that of the thesis's figure; only a series with the same number counts as measured,
    and without one the measured cells stay empty.
    """
    rows = []
    for entry in reference["packet_rates"]:
        size, rate = entry["frame_size"], entry["rate_mbit"]
        row = {
            "function": entry["function"],
            "frame_size_bytes": size,
            "flows": _flows_of_packet_rate(entry, reference),
            "published_rate_mbit": rate,
            "published_pps": entry["printed_pps"],
            "pps_binary": round(packets_per_second_binary(rate, size)),
            "pps_decimal": round(packets_per_second(rate, size)),
            "line_rate_mbit": round(line_rate_mbit(reference["link_mbit"], size), 1),
        }
        same = ["function", "frame_size_bytes", "flows"]
        matches = series[(series[same] == pd.Series({key: row[key] for key in same})).all(axis=1)]
        rows += [row | _measured(match, row["pps_decimal"]) for _, match in matches.iterrows()]
        rows += [row] if matches.empty else []
    frame = pd.DataFrame(rows, columns=PACKET_RATE_COLUMNS)
    kinds = dict.fromkeys(PACKET_RATE_COLUMNS, "Int64") | dict.fromkeys(
        ("function", "testbed", "dut"), "object"
    )
    return frame.astype(kinds | {"line_rate_mbit": "float64", "ratio": "float64"})


def _measured(series: pd.Series, published_pps: int) -> dict[str, Any]:
    """The measured cells of one row of packet_rates.csv."""
    names = ("testbed", "dut", "knee_mbit", "knee_pps", "knee_pps_binary")
    row = {name: None if pd.isna(series[name]) else series[name] for name in names}
    pps = row["knee_pps"]
    return row | {"ratio": None if pps is None else round(pps / published_pps, 4)}


def _flows_of_packet_rate(entry: dict[str, Any], reference: dict[str, Any]) -> int | None:
    """Flows of the thesis's figure that breaks at this packet rate, None when there is none."""
    for figure in reference["figures"]:
        same_series = _is_of(figure, entry["function"], entry["frame_size"])
        if same_series and figure["overload"] == entry["rate_mbit"]:
            return figure["flows"]
    return None


def _is_of(entry: dict[str, Any], function: str, frame_size: int) -> bool:
    return (
        entry["function"] == function.removesuffix("_thesis") and entry["frame_size"] == frame_size
    )
