"""MoonGen's stand-in: runs a user script under LuaJIT in a world of devices that forward.

As a program it takes MoonGen's command line: script, --dpdk-config=FILE, arguments.  Its world is
in $STANDIN_WORLD (JSON).
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from lupa import luajit21

HERE = Path(__file__).parent
SCRIPT = HERE.parents[1] / "workflow/loadgens/moongen/middlebench.lua"
RULE_BROKEN = 99
INSIDE, OUTSIDE = 0, 1


class Outcome(NamedTuple):
    """How a run ended, and what the world saw."""

    status: int
    stderr: str
    stdout: str
    """What MoonGen's log says of crashes."""
    violations: list[str]
    trace: list[str]
    flows: dict[str, int]
    """Frames of load by 5-tuple."""
    lengths: dict[int, int]
    """Frames by length without CRC."""
    per_queue: dict[int, int]
    """Frames of load by tx queue."""
    probes: list[str]
    """Sources of the frames stamped in hardware."""

    @property
    def said(self) -> str:
        """Standard error without what DPDK says there in any case."""
        lines = self.stderr.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("EAL:"))


def run(script: Path, words: list[str], settings: dict[str, Any]) -> Outcome:
    """Run `script` with MoonGen's arguments `words` in a world of `settings`."""
    lua = luajit21.LuaRuntime(unpack_returned_tuples=True)
    lua.execute(f"package.path = {json.dumps(str(HERE / '?.lua'))}")
    said: list[str] = []
    world = {"inside": INSIDE, "outside": OUTSIDE, "link_mbit": 10000, "frame_size": 64, **settings}
    start = lua.eval('require "standin"')
    status, made = start(str(script), lua.table_from(words), lua.table_from(world), said.append)
    return Outcome(
        int(status),
        "".join(said),
        "".join(made.said.values()),
        list(made.violations.values()),
        list(made.trace.values()),
        dict(made.flows.items()),
        dict(made.lengths.items()),
        dict(made.per_queue.items()),
        list(made.probes.keys()),
    )


def _hang() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def main() -> int:
    """What build/MoonGen does, for a shell."""
    script, *words = sys.argv[1:]
    settings = json.loads(os.environ["STANDIN_WORLD"])
    configs = [word for word in words if word.startswith("--dpdk-config=")]
    words = [word for word in words if word not in configs]
    if "config_copy" in settings:
        copy = Path(settings.pop("config_copy"))
        copy.write_text(Path(configs[0].partition("=")[2]).read_text(encoding="utf-8"), "utf-8")
    print("\x1b[1;37m[INFO]  Initializing DPDK. This will take a few seconds...\x1b[0m")
    outcome = run(Path(script), words, settings | {"on_hang": _hang})
    print("\n".join(outcome.trace))
    print(outcome.stdout, end="")
    print(
        outcome.stderr + "".join(f"rule broken: {text}\n" for text in outcome.violations),
        file=sys.stderr,
        end="",
    )
    return outcome.status


if __name__ == "__main__":
    sys.exit(main())
