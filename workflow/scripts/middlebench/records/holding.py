"""What of a run holds, in words for its end: read from points.csv, without pandas to load."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from middlebench.records.verdict import VALID_VERDICTS

_NEEDED = ("verdict", "reason", "record")

AGAIN = (
    "To try disturbed points again: raise repetitions.retries, or delete their records (column "
    "`record` of points.csv), and type the line again."
)


def summary(points_csv_paths: Iterable[str | Path]) -> list[str]:
    """A line for each points.csv, named by its folder, and below it one for each cause of doubt.

    Such a line has the verdict that does not hold, how often it was given, its most frequent reason
    (the first one of equals) and the first record with it. A file that is missing is left out; of
    one that cannot be read a line says why. The last line says what to do about disturbed points.
    """
    lines, disturbed = [], False
    for path in map(Path, points_csv_paths):
        try:
            rows = _rows(path)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, csv.Error) as error:  # UnicodeDecodeError is a ValueError
            why = getattr(error, "strerror", None) or " ".join(str(error).split())
            lines.append(f"{path.parent.name}: {path} cannot be read ({why})")
            continue
        lines += _of_table(path.parent.name, rows)
        disturbed |= any(row["verdict"] == "disturbed" for row in rows)
    return [*lines, AGAIN] if disturbed else lines


def verdict_counts(verdicts: Iterable[str], holding: bool) -> list[tuple[str, int]]:
    """The verdicts that say something about the DUT (`holding`) or the others, with their counts.

    Those that hold in the order of VALID_VERDICTS, the others by count and then by name.
    """
    counted = Counter(verdicts)
    if holding:
        return [(name, counted[name]) for name in VALID_VERDICTS if counted[name]]
    others = [item for item in counted.items() if item[0] not in VALID_VERDICTS]
    return sorted(others, key=lambda item: (-item[1], item[0]))


def in_words(counts: Iterable[tuple[str, int]]) -> str:
    """Counted verdicts for people, such as `5 disturbed, 2 generator limited`."""
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts)


def _rows(path: Path) -> list[dict[str, str]]:
    """Those of one points.csv; ValueError when it is not one."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = []
        _require(reader.fieldnames or (), "its header")
        for row in reader:
            _require([name for name in row if row[name] is not None], f"line {reader.line_num}")
            rows.append(row)
    return rows


def _of_table(figure: str, rows: list[dict[str, str]]) -> list[str]:
    """The lines on the points of one figure."""
    verdicts = [row["verdict"] for row in rows]
    good = verdict_counts(verdicts, holding=True)
    held = sum(count for _, count in good)
    how = f" ({in_words(good)})" if good else ""
    lines = [f"{figure}: {held} of {len(rows)} points hold{how}"]
    for verdict, count in verdict_counts(verdicts, holding=False):
        of_verdict = [row for row in rows if row["verdict"] == verdict]
        reason, _ = Counter(row["reason"] for row in of_verdict).most_common(1)[0]
        first = next(row["record"] for row in of_verdict if row["reason"] == reason)
        lines.append(f"  {in_words([(verdict, count)])}: {reason} (first: {first})")
    return lines


def _require(columns: Iterable[str], where: str) -> None:
    """ValueError when a needed column is missing."""
    missing = set(_NEEDED).difference(columns)
    if missing:
        raise ValueError(f"{where} has no {min(missing)}")
