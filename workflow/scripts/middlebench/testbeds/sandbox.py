"""The sandbox: user, network, mount and process namespaces in which a DUT and a generator run.

Root is not needed (and as root the user namespace is left out). All processes in it are descendants
of one `cat` whose standard input comes from this process: when this process ends, however it ends,
or the connection to the sandbox's host is lost, the input closes, `cat` ends as process 1 of its
namespace, and the kernel ends all the others.
"""

import contextlib
import shlex
from pathlib import Path

from invoke import Context
from invoke.exceptions import Failure, UnexpectedExit
from invoke.runners import Promise, Result

from middlebench.errors import MiddlebenchError, SandboxError
from middlebench.hosts.commands import (
    RUN_LIMIT_S,
    Holder,
    begin,
    is_remote,
    last_line,
    this_machine,
)

START_TIMEOUT_S = 10
"""A namespace is there in milliseconds; a machine that takes seconds is in trouble."""

# DPDK insists on /var/run/dpdk for uid 0, so /run is the sandbox's own; everything made lies there.
INSIDE = (
    "mount -t tmpfs -o size=256m,mode=755 tmpfs /run && mkdir /run/middlebench && "
    "ip link set lo up && echo ready && exec cat > /dev/null"
)

# Says its process and user first: as root it needs no user namespace.
HOLDER = (
    'user=$(id -u); echo "$$ $user"; test "$user" = 0 || set -- --user --map-root-user; '
    'exec unshare "$@" --net --mount --pid --fork --kill-child --mount-proc sh -c '
    f"{shlex.quote(INSIDE)}"
)

# The words that follow, as a process of the namespace.  nsenter alone stops when its child does,
# and nobody wakes it; the second command keeps the shell from becoming the first one.
CHILD = "sh -c '\"$@\"; exit $?' sh "

GONE = "the sandbox ended (its first process was killed), and with it all that ran there"

# What forbids user namespaces, the value that does, and how to allow them.
SWITCHES = (
    ("user.max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
    ("kernel.unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "kernel.apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)


class Sandbox:
    """Context manager; `run` runs a command inside.  `host` is an invoke or fabric context."""

    folder = "/run/middlebench"
    """Everything that DUT and generator write lies here, inside."""

    def __init__(self, host: Context | None = None, proc: str = "/proc") -> None:
        self._host = host or this_machine()
        self._proc = proc
        self._holder: Holder | None = None
        self._begun: list[Promise] = []
        self._enter = ""

    def __enter__(self) -> "Sandbox":
        self._holder = Holder(self._host, HOLDER)
        lines = self._holder.lines(2, START_TIMEOUT_S)
        if lines[1:] != ["ready"]:
            raise SandboxError(self._refusal(self._stop()))
        process, user_id = lines[0].split()
        user = "" if user_id == "0" else "--user --preserve-credentials "
        self._enter = (
            f"nsenter --target {process} {user}--net --mount "
            f"--pid=/proc/{process}/ns/pid_for_children --no-fork -- {CHILD}"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def entering(self) -> str:
        """The beginning of a shell command of the host, the rest of which is then run inside."""
        return self._enter

    def path(self, file: Path) -> str:
        """Where this machine's `file` lies inside: on another host it is a copy, made once."""
        return self._host.staged(file) if is_remote(self._host) else str(file.resolve())

    def tree(self, folder: Path) -> str:
        """Where an installation of ours lies inside: see `path`."""
        return self._host.staged_tree(folder) if is_remote(self._host) else str(folder.resolve())

    def run(self, command: str, poll_s: float = 0.01, limit_s: float = RUN_LIMIT_S) -> Result:
        """Run a shell command inside and wait for it; SandboxError with its last line if it fails.

        `poll_s` [s] is how often its end is looked for: each look wakes a core that may be
        measuring.  TimeLimitError after `limit_s` [s].
        """
        return self.wait(self.start(command, poll_s, limit_s))

    def start(self, command: str, poll_s: float = 0.01, limit_s: float | None = None) -> Promise:
        """Begin to run a shell command inside; `wait` for it."""
        entering = f"exec {self._enter}sh -c {shlex.quote(command)}"
        started = begin(
            self._host, entering, poll_s, limit_s=limit_s, also_ended=self._holder.let_go
        )
        self._begun.append(started)
        return started

    def wait(self, started: Promise) -> Result:
        """Wait for what `start` began; SandboxError with its last line if it fails."""
        try:
            return started.join()
        except UnexpectedExit as error:
            if not self._lives():
                raise SandboxError(GONE) from None
            raise SandboxError(last_line(error.result)) from error
        finally:
            self._begun.remove(started)

    def _lives(self) -> bool:
        """Can a process be begun inside?"""
        begun = begin(self._host, f"{self._enter}sh -c :", warn=True, limit_s=START_TIMEOUT_S)
        return begun.join().ok

    def _stop(self) -> str:
        """End everything inside and return what the holder said on stderr."""
        if self._holder is None:
            return ""
        holder, self._holder = self._holder, None
        for begun in self._begun:
            begun.runner.close_proc_stdin()
        try:
            return holder.end()
        finally:
            while self._begun:
                with contextlib.suppress(Failure, MiddlebenchError):
                    self._begun.pop().join()

    def _refusal(self, said: str) -> str:
        files = {f"{self._proc}/sys/{name.replace('.', '/')}": name for name, _, _ in SWITCHES}
        command = f"grep -sH '' {' '.join(map(shlex.quote, files))}"
        found = begin(self._host, command, warn=True).join().stdout.splitlines()
        values = {files[path]: value for path, _, value in (line.partition(":") for line in found)}
        for name, forbidding, remedy in SWITCHES:
            if values.get(name) == forbidding:
                return f"user namespaces are switched off: {name}={forbidding}; allow: {remedy}"
        where = self._host.name if is_remote(self._host) else "this machine"
        return f"no sandbox on {where}: {said or 'unshare said nothing'}"
