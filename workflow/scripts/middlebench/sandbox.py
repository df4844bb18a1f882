"""The sandbox: user, network, mount and process namespaces in which a DUT and a generator run.

Root is not needed (and as root the user namespace is left out). All processes in it are descendants
of one `cat` whose standard input comes from this process: when this process ends, however it ends,
or the connection to the sandbox's host is lost, the input closes, `cat` ends as process 1 of its
namespace, and the kernel ends all the others.
"""

import contextlib
import io
import math
import shlex
import threading
from pathlib import Path
from typing import Any

from invoke import Config, Context
from invoke.exceptions import UnexpectedExit
from invoke.runners import Local, Promise, Result, Runner

from middlebench.errors import MiddlebenchError, SandboxError

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


class ClosingLocal(Local):
    """A runner that closes its ends of a local command's pipes; invoke leaves them open."""

    def stop(self) -> None:
        """After the command's end."""
        super().stop()
        process = getattr(self, "process", None)
        for pipe in (process.stdin, process.stdout, process.stderr) if process else ():
            if pipe and not pipe.closed:
                pipe.close()


def this_machine() -> Context:
    """The host of a sandbox that is told none."""
    return Context(Config(overrides={"runners": {"local": ClosingLocal}}, lazy=True))


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
            f"--pid=/proc/{process}/ns/pid_for_children -- "
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

    def run(self, command: str, poll_s: float = 0.01) -> Result:
        """Run a shell command inside and wait for it; SandboxError with its last line if it fails.

        `poll_s` [s] is how often its end is looked for: each look wakes a core that may be
        measuring.  A limit of time is the command's own (`timeout` of the shell).
        """
        return self.wait(self.start(command, poll_s))

    def start(self, command: str, poll_s: float = 0.01) -> Promise:
        """Begin to run a shell command inside; `wait` for it."""
        entering = f"exec {self._enter}sh -c {shlex.quote(command)}"
        started = begin(self._host, entering, poll_s=poll_s)
        self._begun.append(started)
        return started

    def wait(self, started: Promise) -> Result:
        """Wait for what `start` began; SandboxError with its last line if it fails."""
        self._begun.remove(started)
        try:
            return started.join()
        except UnexpectedExit as error:
            raise SandboxError(last_line(error.result)) from error

    def _stop(self) -> str:
        """End everything inside and return what the holder said on stderr."""
        if self._holder is None:
            return ""
        holder, self._holder = self._holder, None
        try:
            return holder.end()
        finally:
            for killed in list(self._begun):
                with contextlib.suppress(MiddlebenchError):
                    self.wait(killed)

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


def is_remote(host: Context | None) -> bool:
    """Is it not this machine?  Asked without fabric, which is slow to import."""
    return host is not None and "remote" in host.config.runners


def begin(
    host: Context, command: str, poll_s: float = 0.01, become: str = "", **options: Any
) -> Promise:
    """Begin a command without a limit of time; its end is looked for every `poll_s` [s].

    `become` goes before it where the host is one of `hosts`: what makes it root's.
    """
    runners = host.config.runners
    kind = runners.remote if is_remote(host) else runners.local
    runner = type("Runner", (kind,), {"input_sleep": poll_s, "become": become})(host)
    return runner.run(command, asynchronous=True, in_stream=False, timeout=None, **options)


class Holder:
    """A command that holds something on a host while its standard input is open."""

    def __init__(self, host: Context, command: str, become: str = "") -> None:
        self._output = Lines()
        streams = {"out_stream": self._output, "err_stream": io.StringIO()}
        self._begun = begin(host, command, become=become, **streams, warn=True)

    def lines(self, count: int, timeout_s: float = math.inf) -> list[str]:
        """Its first `count` lines, or those that came until its end or the time's."""
        return self._output.wait(count, timeout_s, self._begun.runner)

    def end(self) -> str:
        """End it and return what it said on stderr."""
        self._begun.runner.close_proc_stdin()
        return self._begun.join().stderr.strip()


class Lines(io.StringIO):
    """Output of a running command, with a wait for its first lines."""

    def __init__(self) -> None:
        super().__init__()
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        """Append, and tell who waits."""
        with self._written:
            self._written.notify_all()
            return super().write(text)

    def wait(self, count: int, timeout: float, runner: Runner) -> list[str]:
        """The first `count` lines, or those that came until the command or the time ended."""

        def over() -> bool:
            return self.getvalue().count("\n") >= count or runner.process_is_finished

        with self._written:
            waited = 0.0
            while not over() and waited < timeout:
                self._written.wait(0.05)
                waited += 0.05
        return self.getvalue().splitlines()


def last_line(result: Result) -> str:
    """What a command said last, on stderr if it said something there."""
    lines = (result.stderr or result.stdout).strip().splitlines()
    named = [line for line in lines if line.startswith("softgen:")]  # DPDK may say more after it
    return (named or lines)[-1] if lines else f"exit status {result.exited}: {result.command[-80:]}"
