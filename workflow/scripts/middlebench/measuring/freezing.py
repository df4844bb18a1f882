"""A sandbox that stands still: all of its processes are stopped.

A process within each sandbox's namespace signals all others there (kill(2) with -1 spares the first
process of the namespace and the one that calls it), so DUT, generator and probe stand still
together, and what they forked too.  Nothing is left stopped, whatever ends this process: its end
ends the sandbox, and a process that is stopped can be killed.
"""

import select
import shlex
import subprocess

from middlebench.errors import SandboxError
from middlebench.testbeds.sandbox import GONE, Sandbox

LISTEN = 'while read -r signal; do kill -s "$signal" -- -1 2> /dev/null; echo; done'
"""Sends each signal that it reads, and says so when it is sent."""

ANSWER_S = 10
"""Longest time [s] for that; it takes as long as a process that polls may keep a CPU, 3 ms."""


class Freezer:
    """Context manager: freezes and thaws one sandbox of this machine, which is thawed at its end.

    SandboxError when the sandbox has ended.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        command = f"exec {sandbox.entering}sh -c {shlex.quote(LISTEN)}"
        streams = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
        # a session of its own: SIGINT from a terminal does not reach it
        self._process = subprocess.Popen(
            ["sh", "-c", command], **streams, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def __enter__(self) -> "Freezer":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(b"CONT\n")

    def freeze(self) -> None:
        """Stop all that runs there; it is done when this returns."""
        self._send(b"STOP")

    def thaw(self) -> None:
        """Let it go on."""
        self._send(b"CONT")

    def kill(self) -> None:
        """End it, also what is stopped."""
        self._send(b"KILL")

    def _send(self, signal: bytes) -> None:
        try:
            self._process.stdin.write(signal + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise SandboxError(GONE) from None
        answers, _, _ = select.select([self._process.stdout], [], [], ANSWER_S)
        if not answers:
            raise SandboxError(f"a sandbox cannot be stopped: no answer within {ANSWER_S} s")
        if not self._process.stdout.read(1):
            raise SandboxError(GONE)
