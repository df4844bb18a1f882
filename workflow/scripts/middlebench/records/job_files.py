"""Files that one job writes for others, sealed: plans, functional checks, calibrations.

What is not whole, was changed, or is of another thing than its path says is refused in one line.
Used while Snakemake reads the rules.
"""

from pathlib import Path
from typing import Any

from middlebench.files import seal
from middlebench.frame_mix import FrameSize, size_words
from middlebench.records.identity import Rate, suffix

_ITEM = {"name": str, "passed": bool, "detail": str, "failure_expected": bool}
_LIMITS = ("busy_dut", "busy_generator", "far")
_ROW = {"flows": int, "rate_mbit": Rate, "stage": str, "state": str}


def read_plan(path: str | Path) -> dict[str, Any]:
    """What sweep.plan found: `more`, paths of records; `sweep`, a row for each rate."""

    def form(plan: dict[str, Any]) -> str | None:
        more = plan.get("more")
        if not (isinstance(more, list) and all(isinstance(item, str) for item in more)):
            return "more is no list of paths"
        return None if _are(plan.get("sweep"), _ROW) else "sweep is no list of rates"

    return seal.read(path, "a plan of the points to be measured", "to plan again", form)


def read_check(path: str | Path) -> dict[str, Any]:
    """What functional_check.check_function found, of the function that the file is named after."""

    def form(check: dict[str, Any]) -> str | None:
        if not _are(check.get("items"), _ITEM):
            return "items is no list of checks"
        named = f"{check.get('function')}{suffix(check.get('protocol', 'udp'))}"
        return None if named == Path(path).stem else f"function is that of {named[:80]}"

    return seal.read(path, "what a functional check wrote", "to check again", form)


def read_calibration(path: str | Path, frame_size: FrameSize, flows: int) -> dict[str, Any]:
    """What calibration.calibrate found for this frame size and so many flows."""

    def form(found: dict[str, Any]) -> str | None:
        if not (_is_positive(found.get("ceiling_pps")) and "floor_ns" in found):
            return "ceiling_pps or floor_ns is missing"
        if found["floor_ns"] is not None and not _is_positive(found["floor_ns"]):
            return "floor_ns is no time"
        if "machine" not in found or not _tells_states(found["machine"]):
            return "machine has no limits of states"
        wanted = {"frame_size": frame_size, "flows": flows}
        other = [key for key, value in wanted.items() if found.get(key) != value]
        return f"{other[0]} is {str(found.get(other[0]))[:40]}" if other else None

    what = f"a calibration with {size_words(frame_size)} and {flows} flows"
    return seal.read(path, what, "to calibrate again", form)


def _are(items: Any, keys: dict[str, Any]) -> bool:
    """A list of objects with these keys, of these types?  True and false are no numbers."""
    return isinstance(items, list) and all(
        isinstance(item, dict) and all(_is_a(item.get(key), kind) for key, kind in keys.items())
        for item in items
    )


def _is_a(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _tells_states(machine: Any) -> bool:
    """What tells states apart [cycles], or null?"""
    limits = [machine.get(key, -1) for key in _LIMITS] if isinstance(machine, dict) else []
    return machine is None or (bool(limits) and all(type(x) is int and x >= 0 for x in limits))


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
