"""What a switch carried in each clean millisecond, by its own count and clock, by state.

Open vSwitch keeps its last 1000 milliseconds (`pmd-perf-show -ms`).  The hidden state of each is
told by softgen's probe, which runs in a process of its own beside any generator (tests/onlooker).
"""

import re
import subprocess
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from workspace import REPOSITORY

SOURCES = REPOSITORY / "workflow/loadgens/softgen"
PARTS = ("probe", "prober", "witness", "pieces", "thread_times")

LENGTHS_MS = (0.8, 1.25)
"""A row takes a millisecond of the clock; one in which the CPU was taken away is longer."""

IDLE_MOST = 0.02
"""Share of a row's cycles without packets; more, and the generator was not there all the time."""

BEFORE, AFTER = 1, 2
"""Rows around one that have to be right too, as with softgen's guards."""

_ROW = re.compile(r"^ +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +\d+ +\d+ +\d+ +\d+ *$", re.MULTILINE)


class Row(NamedTuple):
    """A millisecond of a polling thread."""

    begin_ms: int
    """Of the monotonic clock."""
    cycles: int
    """TSC cycles that it took."""
    packets: int
    """That were received."""
    idle: float
    """Share of the cycles in turns without packets."""


class Carried(NamedTuple):
    """What was carried in the clean time of one state, and the clock of the DUT's core [MHz]."""

    packets: int
    seconds: float
    core_mhz: float


class Onlooked(NamedTuple):
    """What the probe said: frequency of the TSC [Hz], of the DUT's core [MHz], state by ms."""

    tsc_hz: float
    core_mhz: float
    states: dict[int, str]


def build_onlooker(folder: Path) -> Path:
    """Softgen's probe as a program of its own."""
    program = folder / "onlooker"
    files = [REPOSITORY / "tests/onlooker/onlooker.c", *(SOURCES / f"{part}.c" for part in PARTS)]
    # flags of the real build: the piece of work must take as long as there
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O3", "-march=native", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, f"-I{SOURCES}", "-o", program, *files, "-pthread"], check=True)
    return program


def read_onlooked(text: str) -> Onlooked:
    """What the onlooker printed."""
    head, *lines = text.splitlines()
    tsc_hz, core_mhz = map(float, head.split())
    return Onlooked(tsc_hz, core_mhz, {int(ms): state for ms, state in map(str.split, lines)})


def read_rows(text: str) -> list[Row]:
    """All rows of one or more outputs of `pmd-perf-show -ms`, each once, in order of time."""
    found = {}
    for row in _ROW.findall(text):
        begin_ms, turns, cycles_a_turn, packets, busy_a_packet = map(int, row)
        cycles = turns * cycles_a_turn
        idle = 1 - packets * busy_a_packet / cycles if cycles else 1.0
        found[begin_ms] = Row(begin_ms, cycles, packets, idle)
    return [found[begin_ms] for begin_ms in sorted(found)]


def carried_by_state(rows: list[Row], seen: Onlooked) -> dict[str, Carried]:
    """What was carried in the clean rows of each known state.

    A row is clean where it and those around it follow on each other, are as long as they should be,
    and packets were there all the time.  It spans two milliseconds of the clock, which must be of
    one state.
    """
    right = [
        LENGTHS_MS[0] < 1e3 * row.cycles / seen.tsc_hz < LENGTHS_MS[1] and row.idle < IDLE_MOST
        for row in rows
    ]
    follows = [later.begin_ms == row.begin_ms + 1 for row, later in pairwise(rows)]
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for at in range(BEFORE, len(rows) - AFTER):
        around = slice(at - BEFORE, at + AFTER)
        row = rows[at]
        state, later = (seen.states.get(row.begin_ms + ms) for ms in (0, 1))
        if all(right[around]) and right[at + AFTER] and all(follows[around]) and state == later:
            sums[state or "unknown"][0] += row.packets
            sums[state or "unknown"][1] += row.cycles / seen.tsc_hz
    return {
        state: Carried(int(packets), seconds, seen.core_mhz)
        for state, (packets, seconds) in sums.items()
        if state != "unknown"
    }
