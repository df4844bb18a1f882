"""Each number that the 2017 thesis printed beside what was measured here, and nothing judged by it.

The hardware, the datapath and the load are others, so a ratio says how far apart two set-ups are,
not which of them is better.
"""

from typing import Any

import pandas as pd

from middlebench.analysis.main_rows import main_rows
from middlebench.analysis.published import is_of
from middlebench.units import line_rate_mbit, packets_per_second, packets_per_second_binary

COMPARISON_COLUMNS = [
    *("figure", "function", "frame_size_bytes", "flows", "what"),
    *("published_mbit", "published_pps_decimal", "published_pps_binary", "printed_pps"),
    *("line_rate_mbit", "is_line_rate"),
    *("testbed", "dut", "measured_function", "knee_mbit", "knee_low_mbit", "knee_high_mbit"),
    "knee_level",
    *("knee_at_least", "knee_pps", "knee_pps_binary", "ratio", "note"),
]
"""The columns of thesis_comparison.csv: what the thesis printed, then what was measured here.

`what`: `overload` or `first spike` (of the latency).  `*_binary`: with 1 Mbit = 2^20 bit, as the
thesis counted; `printed_pps`: the packet rate in its text, where there is one.  `is_line_rate`: its
link carries no more.  `ratio`: knee_pps / published_pps_decimal.  `knee_at_least`: knee and ratio
may be higher, as the sweep ended below the knee."""

_TEXT = ("figure", "function", "what", "testbed", "dut", "measured_function", "note")


def comparison_table(series: pd.DataFrame, reference: dict[str, Any]) -> pd.DataFrame:
    """COMPARISON_COLUMNS: one row for each published value, more when several DUTs measured it.

    `series` has SERIES_COLUMNS; only one with the thesis's function, frame size and flows counts as
    measured, in its main state alone.  Without one the measured cells stay empty and `note` says
    so.  `nat_thesis`, the thesis's own rules, stands beside `nat`.  Empty when the reference holds
    no number.
    """
    rows, series = [], main_rows(series)
    for entry in _published(reference):
        size, rate = entry["frame_size"], entry["rate_mbit"]
        line = line_rate_mbit(reference["link_mbit"], size)
        row = {
            **{key: entry[key] for key in ("figure", "function", "flows", "what", "printed_pps")},
            "frame_size_bytes": size,
            "published_mbit": rate,
            "published_pps_decimal": round(packets_per_second(rate, size)),
            "published_pps_binary": round(packets_per_second_binary(rate, size)),
            "line_rate_mbit": round(line, 1),
            "is_line_rate": rate >= line,
        }
        matches = [one for _, one in series.iterrows() if _is_same(one, entry)]
        rows += [row | _measured(one, row["published_pps_decimal"]) for one in matches]
        rows += [] if matches else [row | {"note": "not measured here"}]
    frame = pd.DataFrame(rows, columns=COMPARISON_COLUMNS)
    kinds = dict.fromkeys(COMPARISON_COLUMNS, "Int64") | dict.fromkeys(_TEXT, "object")
    kinds |= {"line_rate_mbit": "float64", "ratio": "float64", "is_line_rate": "boolean"}
    kinds |= {"knee_at_least": "boolean", "knee_level": "float64"}
    return frame.astype(kinds)


def _published(reference: dict[str, Any]) -> list[dict[str, Any]]:
    """Every published value: those of the figures, then packet rates that no figure breaks at."""
    printed = {
        (of["function"], of["frame_size"], of["rate_mbit"]): of["printed_pps"]
        for of in reference["packet_rates"]
    }
    entries = []
    for figure in reference["figures"]:
        for key in ("first_spike", "overload"):
            if figure[key] is not None:
                name = (figure["function"], figure["frame_size"], figure[key])
                about = {"what": key.replace("_", " "), "rate_mbit": figure[key]}
                entries.append(figure | about | {"printed_pps": printed.pop(name, None)})
    for (function, size, rate), pps in printed.items():
        about = {"figure": None, "function": function, "frame_size": size, "flows": None}
        about |= {"what": "overload", "rate_mbit": rate, "printed_pps": pps}
        entries.append(about)
    return entries


def _is_same(series: pd.Series, entry: dict[str, Any]) -> bool:
    """Whether a series is of the thesis's function, frame size and number of flows."""
    return series["flows"] == entry["flows"] and is_of(
        entry, series["function"], series["frame_size_bytes"]
    )


def _measured(series: pd.Series, published_pps: int) -> dict[str, Any]:
    """The measured cells of one row."""
    names = ("testbed", "dut", "knee_mbit", "knee_low_mbit", "knee_high_mbit", "knee_pps")
    names = (*names, "knee_pps_binary", "knee_at_least")
    row = {name: None if pd.isna(series[name]) else series[name] for name in names}
    pps = row["knee_pps"]
    return row | {
        "measured_function": series["function"],
        "ratio": None if pps is None else round(pps / published_pps, 4),
        "note": "no rate holds" if pps is None else None,
    }
