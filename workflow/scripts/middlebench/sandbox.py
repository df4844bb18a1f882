"""The sandbox: user, network, mount and process namespaces in which a DUT and a generator run.

Root is not needed (and as root the user namespace is left out). All processes in it are descendants
of one `cat` whose standard input is a pipe from this process: when this process ends, however it
ends, the pipe closes, `cat` ends as process 1 of its namespace, and the kernel ends all the others.
"""

import contextlib
import io
import os
import shlex
import threading
from pathlib import Path

from invoke import Context
from invoke.exceptions import UnexpectedExit
from invoke.runners import Local, Promise, Result

from middlebench.errors import SandboxError

START_TIMEOUT_S = 10
"""A namespace is there in milliseconds; a machine that takes seconds is in trouble."""

# DPDK insists on /var/run/dpdk for uid 0, so /run is the sandbox's own; everything made lies there.
INSIDE = (
    "mount -t tmpfs -o size=256m,mode=755 tmpfs /run && mkdir /run/middlebench && "
    "ip link set lo up && echo ready && exec cat > /dev/null"
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


class Sandbox:
    """Context manager; `run` runs a command inside.  `host` is an invoke or fabric context."""

    def __init__(self, host: Context | None = None, proc: str = "/proc") -> None:
        self._host = host or Context()
        self._proc = Path(proc)
        self._holder: Promise | None = None
        self._begun: list[Promise] = []
        self._enter = ""

    def __enter__(self) -> "Sandbox":
        rootless = os.geteuid() != 0
        user = "--user --map-root-user " if rootless else ""
        output = _Lines()
        self._holder = self._runner().run(
            f"echo $$; exec unshare {user}--net --mount --pid --fork --kill-child "
            f"--mount-proc sh -c {shlex.quote(INSIDE)}",
            asynchronous=True,
            in_stream=False,
            out_stream=output,
            err_stream=io.StringIO(),
            warn=True,
        )
        lines = output.wait(2, START_TIMEOUT_S, self._holder.runner)
        if lines[1:] != ["ready"]:
            raise SandboxError(self._refusal(self._stop()))
        enter = f"/proc/{lines[0]}/ns"
        user = "--user --preserve-credentials " if rootless else ""
        self._enter = (
            f"nsenter --target {lines[0]} {user}--net --mount --pid={enter}/pid_for_children -- "
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, command: str, poll_s: float = 0.01) -> Result:
        """Run a shell command inside and wait for it; SandboxError with its last line if it fails.

        `poll_s` [s] is how often its end is looked for: each look wakes a core that may be
        measuring.  A limit of time is the command's own (`timeout` of the shell).
        """
        return self.wait(self.start(command, poll_s))

    def start(self, command: str, poll_s: float = 0.01) -> Promise:
        """Begin to run a shell command inside; `wait` for it."""
        started = self._runner(poll_s).run(
            f"exec {self._enter}sh -c {shlex.quote(command)}",
            asynchronous=True,
            hide=True,
            in_stream=False,
        )
        self._begun.append(started)
        return started

    def wait(self, started: Promise) -> Result:
        """Wait for what `start` began; SandboxError with its last line if it fails."""
        self._begun.remove(started)
        try:
            return started.join()
        except UnexpectedExit as error:
            raise SandboxError(_last_line(error.result)) from error

    def _runner(self, poll_s: float = 0.01) -> Local:
        """The host's own kind of runner, looking for a command's end every `poll_s` [s]."""
        kinds = (_ClosingPipes, self._host.config.runners.local)
        return type("Runner", kinds, {"input_sleep": poll_s})(self._host)

    def _stop(self) -> str:
        """End everything inside and return what the holder said on stderr."""
        if self._holder is None:
            return ""
        runner: Local = self._holder.runner
        runner.close_proc_stdin()
        result = self._holder.join()
        for killed in list(self._begun):
            with contextlib.suppress(SandboxError):
                self.wait(killed)
        self._holder = None
        return result.stderr.strip()

    def _refusal(self, said: str) -> str:
        for name, forbidding, remedy in SWITCHES:
            setting = self._proc / "sys" / name.replace(".", "/")
            if setting.exists() and setting.read_text(encoding="ascii").strip() == forbidding:
                return f"user namespaces are switched off: {name}={forbidding}; allow: {remedy}"
        return f"no sandbox on this machine: {said or 'unshare said nothing'}"


class _ClosingPipes:
    """A runner that closes its ends of a local command's pipes; invoke leaves them open."""

    def stop(self) -> None:
        super().stop()
        process = getattr(self, "process", None)
        for pipe in (process.stdin, process.stdout, process.stderr) if process else ():
            if pipe and not pipe.closed:
                pipe.close()


class _Lines(io.StringIO):
    """Output of a running command, with a wait for its first lines."""

    def __init__(self) -> None:
        super().__init__()
        self._written = threading.Condition()

    def write(self, text: str) -> int:
        with self._written:
            self._written.notify_all()
            return super().write(text)

    def wait(self, count: int, timeout: float, runner: Local) -> list[str]:
        """The first `count` lines, or those that came until the command or the time ended."""

        def over() -> bool:
            return self.getvalue().count("\n") >= count or runner.process_is_finished

        with self._written:
            waited = 0.0
            while not over() and waited < timeout:
                self._written.wait(0.05)
                waited += 0.05
        return self.getvalue().splitlines()


def _last_line(result: Result) -> str:
    lines = (result.stderr or result.stdout).strip().splitlines()
    named = [line for line in lines if line.startswith("softgen:")]  # DPDK may say more after it
    return (named or lines)[-1] if lines else f"exit status {result.exited}: {result.command[-80:]}"
