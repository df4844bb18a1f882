"""What MoonGen says of a run that failed: our script's line, or the one that tells of an error.

Standard error has our script's line, and what DPDK and the main program say.  Of errors that Lua
finds, log:fatal's among them, standard output has a trace (libmoon, lua/main.lua, getStackTrace).
"""

import re

from invoke.runners import Result

OURS = "moongen:"

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TRACE = re.compile(r"\[FATAL\] Lua error in task (\S+)\s*\n\s*(.+)")
_PLACE = re.compile(r"^(?:Lua error: )?(?:\[string .*?\]|[^:]*\.lua):\d+: ")


def why(result: Result) -> str:
    """One line that says why a program on MoonGen's host failed, with its exit status."""
    return f"{_line(result)} (exit status {result.exited})"


def lua_error(result: Result) -> str | None:
    """The first error that Lua told of, without colours and its place; None when there is none.

    That of the master comes first: it ends a run, and ours waits for the other tasks.
    """
    found = _TRACE.findall(_COLOUR.sub("", result.stdout))
    texts = [text for task, text in found if task == "master"] + [text for _, text in found]
    return _bare(texts[0]) if texts else None


def last_line(text: str) -> str:
    """The last line of an output, without colours and place."""
    lines = text.strip().splitlines()
    return _bare(_COLOUR.sub("", lines[-1])) if lines else "no message"


def _line(result: Result) -> str:
    ours = [line for line in result.stderr.splitlines() if line.startswith(OURS)]
    error = lua_error(result)
    if ours:  # such as a task that crashed: then the error is the reason
        return f"{ours[-1]}: {error}" if error else ours[-1]
    return f"{OURS} {error or last_line(result.stderr)}"


def _bare(line: str) -> str:
    return _PLACE.sub("", line.strip())
