"""A private folder on a host of a testbed, and the commands of one run, as root where that is set.

It stands where a `Sandbox` does when ports are real: it has its `run`, `start`, `wait`, `path` and
`folder`.  Nothing of it stays, whatever ends the run: every command has its owner (see `commands`),
and a keeper, a session of its own, waits for the end of the folder's holder, kills what `*.pid` in
the folder name, runs the folder's script `undo`, if one was written, and removes the folder.
"""

import contextlib
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from string import Template

from invoke.exceptions import Failure, UnexpectedExit
from invoke.runners import Promise, Result

from middlebench.errors import CommandError, HostError, MiddlebenchError
from middlebench.hosts.commands import RUN_LIMIT_S, Holder, Lines, begin, last_line
from middlebench.hosts.host import Host

START_TIMEOUT_S = 10
"""A folder is made in milliseconds; a host that takes seconds is in trouble."""

UNDONE_TIMEOUT_S = 15
"""How long the keeper may take to leave nothing behind [s]."""

CALL = "middlebench-call"
"""Begins the line by which a command calls this process; see `RunFolder.calling`."""

# $1: the folder.  A process that has ended but was not waited for has no program any more.
KEEP = """
while read -r line; do :; done
cd "$1" || exit
for process in $(cat ./*.pid 2> /dev/null); do
  kill -9 "$process" 2> /dev/null
  while test -e "/proc/$process/exe"; do sleep 0.01; done
done
test -e undo && timeout 10 sh ./undo
cd / && rm -rf "$1"
"""

HOLD = Template(
    """
folder=$$(mktemp -d "$${TMPDIR:-/tmp}/middlebench-XXXXXXXX") && echo "$$folder" &&
cat | setsid sh -c $keep sh "$$folder" > /dev/null 2>&1
"""
).substitute(keep=shlex.quote(KEEP))


class RunFolder:
    """Context manager of a new folder on `host`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._become = ""
        self._holder: Holder | None = None
        self._begun: dict[Promise, Lines] = {}
        self._calls: list[Callable[[], object]] = []
        self.folder = ""
        """Its path there, absolute and without a character that a shell splits."""

    def __enter__(self) -> "RunFolder":
        self._become = self._host.become_prefix()
        self._holder = Holder(self._host, HOLD, self._become)
        said = self._holder.lines(1, START_TIMEOUT_S)
        if not said:
            reason = self._holder.end()
            raise HostError(f"{self._host.name}: no folder for the run: {reason or 'no answer'}")
        self.folder = said[0]
        if re.search(r"[^\w/.+~@-]", self.folder):
            self.__exit__(HostError)
            raise HostError(f"{self._host.name}: TMPDIR {self.folder}: a path that a shell splits")
        return self

    def __exit__(self, under_way: object, *_: object) -> None:
        """Raises nothing but HostError, and that only where no other exception is under way."""
        try:
            for begun in list(self._begun):
                begun.runner.close_proc_stdin()
            for begun in list(self._begun):
                with contextlib.suppress(Failure, MiddlebenchError):
                    self._begun.pop(begun)
                    begun.join()
            self._holder.end()
            self._await_undone()
        except HostError:
            if under_way is None:
                raise

    def _await_undone(self) -> None:
        gone = f"until ! test -e {self.folder}; do sleep 0.01; done"
        tried = self._host.run(f"timeout {UNDONE_TIMEOUT_S} sh -c {shlex.quote(gone)}", warn=True)
        if tried.failed:
            raise HostError(f"{self._host.name}: {self.folder} was not removed after the run")

    def path(self, file: Path) -> str:
        """Where this machine's `file` lies there: on another host it is a copy, made once."""
        return self._host.staged(file)

    def tree(self, folder: Path) -> str:
        """Where an installation of ours lies there: see `path`."""
        return self._host.staged_tree(folder)

    @property
    def host(self) -> Host:
        """The host that it is on."""
        return self._host

    def run(self, command: str, poll_s: float = 0.01, limit_s: float = RUN_LIMIT_S) -> Result:
        """Run a shell command and wait for it; CommandError with its last line if it fails.

        `poll_s` [s] is how often its end is looked for, from this machine.  TimeLimitError after
        `limit_s` [s].
        """
        return self.wait(self.start(command, poll_s, limit_s))

    def attempt(self, command: str) -> Result:
        """Run a shell command and wait for it, whatever its exit status."""
        return self.wait(self.start(command, warn=True))

    def start(
        self, command: str, poll_s: float = 0.01, limit_s: float | None = None, warn: bool = False
    ) -> Promise:
        """Begin to run a shell command; `wait` for it, or it ends with this folder."""
        said = Lines()
        streams = {"out_stream": said, "warn": warn}
        begun = begin(self._host, command, poll_s, self._become, limit_s, **streams)
        self._begun[begun] = said
        return begun

    def wait(self, started: Promise) -> Result:
        """Wait for what `start` began, doing what it calls for; CommandError if it fails."""
        self._answer(started)
        self._begun.pop(started)
        try:
            return started.join()
        except UnexpectedExit as error:
            raise CommandError(last_line(error.result)) from error

    def calling(self, action: Callable[[], object]) -> str:
        """A shell command for a program that is run here: this process does `action` meanwhile.

        The command ends when the action is done.  It is for one use.
        """
        number = len(self._calls)
        self._calls.append(action)
        answer = f"{self.folder}/answer.{number}"
        waiting = f"until test -e {answer}; do test -d {self.folder} && sleep 0.005; done"
        return f"echo {CALL} {number} && sh -euc {shlex.quote(waiting)}"

    def _answer(self, started: Promise) -> None:
        said, seen = self._begun[started], 0
        while len(lines := said.wait(seen + 1, float("inf"), started.runner)) > seen:
            word, _, number = lines[seen].partition(" ")
            seen += 1
            if word == CALL:
                self._calls[int(number)]()
                begin(self._host, f": > {self.folder}/answer.{number}", become=self._become).join()
