"""All pairs of a testbed's comparisons: compare.csv, .json and .md, and what they say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from middlebench.analysis.comparing import LEVEL, NOT_SLOWER, SLOWER, WHATS, margin_of
from middlebench.records.comparison_file import UNDECIDED

COLUMNS = [
    *("testbed", "comparison", "base", "other", "what", "state", "ratio", "low", "high", "level"),
    *("margin", "starts", "rounds", "decision", "decides", "said"),
]
"""Of compare.csv: a row a pair and `what`.  A ratio below 1 is worse; `decides`: it counts."""

STATUS = {NOT_SLOWER: 0, SLOWER: 1, UNDECIDED: 2}
"""The exit status by what was decided."""

Pair = Mapping[str, Any]


def all_pairs(results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pairs of comparisons, each with COLUMNS."""
    return [
        {
            **pair,
            "testbed": result["testbed"],
            "comparison": result["name"],
            "margin": margin_of(pair["what"], result["settings"]),
            "decides": pair["what"] in result["settings"]["decides"],
        }
        for result in results
        for pair in result["pairs"]
    ]


def pairs_table(pairs: Sequence[Pair]) -> pd.DataFrame:
    """compare.csv."""
    return pd.DataFrame(pairs, columns=COLUMNS)


def markdown(pairs: Sequence[Pair]) -> str:
    """A table for a pull request: a row a pair and `what`, those that decide in bold."""
    lines = [
        "| comparison | | ratio | interval | state | |",
        "|---|---|---|---|---|---|",
    ]
    for pair in pairs:
        known = pair["ratio"] is not None
        cells = [
            pair["comparison"],
            f"{pair['other']} / {pair['base']}, {WHATS[pair['what']].title}",
            f"{pair['ratio']:.4f}" if known else "",
            f"{pair['low']:.4f} to {pair['high']:.4f}" if known else "",
            (pair["state"] or "").replace("_", " "),
            _decided(pair),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_legend(pairs)]) + "\n"


def _decided(pair: Pair) -> str:
    said = pair["decision"] or ""
    return f"**{said}**" if pair["decides"] else said


def _legend(pairs: Sequence[Pair]) -> list[str]:
    margins = sorted({pair["margin"] for pair in pairs if pair["decides"]})
    told = " or ".join(f"{100 * margin:.3g} %" for margin in margins)
    return [
        f"A ratio below 1 is worse. Bold is what decides: slower than the margin of {told} or not. "
        f"{LEVEL:.0%} intervals, with the spread between fresh starts in them."
    ]


def lines(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    """(Decision, words) of each comparison's pairs: of all that decides, the worst."""
    of_pairs: dict[tuple[str, ...], list[Pair]] = {}
    for pair in pairs:
        if pair["decides"]:
            key = tuple(pair[name] for name in ("testbed", "comparison", "base", "other"))
            of_pairs.setdefault(key, []).append(pair)
    told = []
    for (_, comparison, *_), deciding in of_pairs.items():
        said = {pair["decision"] for pair in deciding}
        worst = next(of for of in (SLOWER, UNDECIDED, NOT_SLOWER) if of in said)
        told.append((worst, f"{comparison}: {worst}: {'; '.join(p['said'] for p in deciding)}"))
    return told


def status(decisions: Iterable[str]) -> int:
    """The exit status of all: that of the worst."""
    found = set(decisions)
    return STATUS[next((of for of in (SLOWER, UNDECIDED) if of in found), NOT_SLOWER)]
