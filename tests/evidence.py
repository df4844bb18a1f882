"""Comparisons with a known answer, one after the other, for the table of docs/comparing.md.

    python tests/evidence.py --same 60 --slower-2 40 --slower-5 40 --out evidence.jsonl

Each is what `make compare` would do, settings and all, and becomes a line of the file.  What is in
the file already counts, so that it can be stopped and goes on.  Kinds take turns.  It prints the
table, of which `--same 0` and no other number makes no more comparisons.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).parents[1]
sys.path[:0] = [str(REPOSITORY / path) for path in ("workflow/scripts", "tests")]

import yaml  # noqa: E402 - the paths above come first

from middlebench.analysis.comparing import WHATS, pairs, start_ratios  # noqa: E402
from middlebench.errors import MiddlebenchError  # noqa: E402
from middlebench.experiment import grid  # noqa: E402
from middlebench.experiment.comparisons import comparison_settings  # noqa: E402
from middlebench.hosts.lock import end_with_owner, machine_lock  # noqa: E402
from middlebench.measuring.calibration import calibrate  # noqa: E402
from middlebench.measuring.parts import Parts  # noqa: E402
from middlebench.measuring.turns import compare  # noqa: E402
from middlebench.measuring.variants import Variant  # noqa: E402
from workspace import build  # noqa: E402


class Kind(NamedTuple):
    """Comparisons with one answer."""

    dut: str
    truth: float
    """Ratio of the second variant to the first."""
    title: str


SWITCH, BUCKET = "ovs-dpdk", "token-bucket"
KINDS = {
    "same": Kind(SWITCH, 1.0, "nat on the switch with itself"),
    "slower-2": Kind(BUCKET, 0.98, "a token bucket with one of 2 % less"),
    "slower-5": Kind(BUCKET, 0.95, "a token bucket with one of 5 % less"),
    "bucket-same": Kind(BUCKET, 1.0, "a token bucket with itself"),
    "counted-2": Kind(SWITCH, 0.98, "nat with itself, 2 % of the packets of one taken away"),
    "counted-5": Kind(SWITCH, 0.95, "nat with itself, 5 % of the packets of one taken away"),
}
CAPACITY_PPS = 1_000_000
BUCKET_SETTINGS = {
    "capacity_pps": CAPACITY_PPS, "queue_packets": 256, "bucket_packets": 32, "delay_us": 0,
    "pause_share": 0, "seed": 1,
}  # fmt: skip
FRAME_SIZE, FLOWS = 64, 100
DECISIONS = ("slower", "not slower", "undecided")

ERRORS = 5
"""So many in a row, and it ends."""

Row = dict[str, Any]


def asked(kind: Kind) -> dict[str, Any]:
    """The shipped configuration with this comparison in place of its own."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    variants = {"base": {}, "other": {}}
    if kind.dut == BUCKET:
        config["duts"][BUCKET] = BUCKET_SETTINGS
        capacity = {"capacity_pps": round(kind.truth * CAPACITY_PPS)}
        variants["other"] = {"settings": capacity}
    function = "nat" if kind.dut == SWITCH else "forward"
    cell = {"dut": kind.dut, "function": function, "frame_size": FRAME_SIZE, "flows": FLOWS}
    return {**config, "compare": {"evidence": cell | {"variants": variants}}}


def taken_away(starts: list[dict], share: float) -> list[dict]:
    """The same with so much less received by the second variant: a slow-down of known size."""
    made = json.loads(json.dumps(starts))
    for round_ in (of for start in made for of in start["rounds"] if of["kind"] == "capacity"):
        for tally in round_["variants"]["other"]["states"].values():
            tally["received"] = round(tally["received"] * share)
    return made


def compared(kind: Kind, programs: dict[str, Path], calibration: dict, generator: Path) -> Row:
    """A comparison, as a line of the file."""
    settings = comparison_settings(asked(kind), "evidence")
    variants = {
        of["name"]: Variant(
            Parts(of["dut"], of["function"], programs[kind.dut], generator),
            *(of[key] for key in ("settings", "frame_size", "flows")),
        )
        for of in settings["variants"]
    }
    share = kind.truth if kind.dut == SWITCH else 1.0
    seen = lambda starts: taken_away(starts, share)  # noqa: E731
    decide = lambda starts: pairs(seen(starts), list(variants), settings)  # noqa: E731
    comparison = {"name": "evidence", "testbed": "sandbox", "made_from": {}, "settings": settings}
    began = time.monotonic()
    found = compare(comparison, variants, calibration, decide, say=lambda _: None)
    capacity = next(pair for pair in found["pairs"] if pair["what"] == next(iter(WHATS)))
    each = start_ratios(found | {"starts": seen(found["starts"])}, capacity)
    return capacity | {
        "time": found["time"],
        "seconds": round(time.monotonic() - began, 1),
        "made": len(found["starts"]),
        "ratios": {start: round(ratio, 6) for start, ratio in each.items()},
    }


def tried(kind: Kind, *about: Any) -> Row:
    """The same; where it ends with an error, that error."""
    try:
        return compared(kind, *about)
    except MiddlebenchError as error:
        return {"error": str(error)}


def next_kind(rows: list[Row], wanted: dict[str, int]) -> str | None:
    """The kind that lacks the largest share of its comparisons; None when all are there."""
    there = {name: len(done(rows, name)) for name in wanted}
    lacking = {name: 1 - there[name] / count for name, count in wanted.items() if count}
    name = max(lacking, key=lacking.get, default=None)
    return name if name and lacking[name] > 0 else None


def table(rows: list[Row]) -> str:
    """What came of each kind, in Markdown."""
    lines = [
        "| compared | how often | " + " | ".join(DECISIONS)
        + " | interval holds the truth | mean ratio | s, median (most) | starts, median |",
        "|" + "---|" * (len(DECISIONS) + 6),
    ]  # fmt: skip
    for name, kind in KINDS.items():
        ours = done(rows, name)
        told = [row for row in ours if row["ratio"] is not None]
        if not ours:
            continue
        held = sum(row["low"] <= kind.truth <= row["high"] for row in told)
        mean = math.fsum(row["ratio"] for row in told) / len(told) if told else math.nan
        seconds, made = (sorted(row[key] for row in ours) for key in ("seconds", "made"))
        cells = [
            kind.title,
            len(ours),
            *(sum(row["decision"] == said for row in ours) for said in DECISIONS),
            f"{held} of {len(told)}",
            f"{mean:.4f}",
            f"{seconds[len(ours) // 2]:.0f} ({seconds[-1]:.0f})",
            made[len(ours) // 2],
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    errors = [f"{row['kind']}: {row['error']}" for row in rows if "error" in row]
    return "\n".join([*lines, "", f"Ended with an error, and made again: {len(errors)}", *errors])


def done(rows: list[Row], name: str) -> list[Row]:
    """The comparisons of a kind that came to their end."""
    return [row for row in rows if row["kind"] == name and "error" not in row]


def told(row: Row) -> str:
    """A comparison in a line."""
    if "error" in row:
        return f"{row['kind']}: {row['error']}"
    return f"{row['kind']}: {row['decision']}, {row['said']}, {row['seconds']:.0f} s"


def rows_of(path: Path) -> list[Row]:
    """The comparisons that are in the file; a line that was cut off is none."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def measured(wanted: dict[str, int], rows: list[Row]) -> Iterator[Row]:
    """One comparison after the other, until there are as many as are wanted."""
    config = asked(KINDS["same"])
    with tempfile.TemporaryDirectory() as folder, machine_lock():
        generator = build("loadgens/softgen", Path(folder))
        rules = REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows"
        programs = {SWITCH: rules, BUCKET: build("middleboxes/token_bucket", Path(folder))}
        calibrating = grid.calibration_settings(config, "sandbox", "vhost-user", "udp")
        calibration = calibrate("wire", FRAME_SIZE, FLOWS, calibrating, generator)
        while name := next_kind(rows, wanted):
            yield {"kind": name} | tried(KINDS[name], programs, calibration, generator)


def main() -> int:
    """Exit status 0; 1 where nothing can be measured, with a line that says why."""
    parser = argparse.ArgumentParser(description="Comparisons with a known answer.")
    for name, kind in KINDS.items():
        parser.add_argument(f"--{name}", type=int, default=0, metavar="N", help=kind.title)
    parser.add_argument("--out", type=Path, required=True, help="a line a comparison")
    given = parser.parse_args()
    wanted = {name: getattr(given, name.replace("-", "_")) for name in KINDS}
    rows = rows_of(given.out)
    try:
        for row in measured(wanted, rows) if next_kind(rows, wanted) else ():
            rows.append(row)
            with given.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{len(rows)}, {sum(wanted.values())} wanted: {told(row)}", flush=True)
            if all("error" in last for last in rows[-ERRORS:]) and len(rows) >= ERRORS:
                return 1
    except MiddlebenchError as error:
        print(f"evidence: {error}", file=sys.stderr)
        return 1
    print(table(rows))
    return 0


if __name__ == "__main__":
    end_with_owner()
    sys.exit(main())
