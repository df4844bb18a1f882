"""Commands on a host, this one or another: each has a limit of time, and ends with its input.

Every command runs under `timeout` in a process group of its own, beside a watcher that ends the
group when their standard input closes: that is when the connection is lost, or this process has
ended, however it did.  So a command must not read its standard input, and a daemon that makes a
session of its own outlives its command.
"""

import io
import math
import shlex
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from invoke import Config, Context
from invoke.runners import Local, Promise, Result, Runner

from middlebench.errors import TimeLimitError

LONGEST_S = 86_400
"""Limit of a command that is given none (`timeout=None`), as what holds a sandbox or a lock."""

KILL_AFTER_S = 1
"""From SIGTERM to SIGKILL when the time of a command is over."""

GRACE_S = 5
"""How long after the end of a command's time its host may take to say so."""

RUN_LIMIT_S = 60
"""Limit of a command in a sandbox or a run's folder that is given none: they take milliseconds."""

SUDO = "sudo -n "

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
"""Added to PATH: that of an ordinary Debian user has none of them."""

# $1: the limit [s], $2: the command
OWNED = f"""\
PATH=$PATH:{SBIN}
exec 3<&0
timeout -k {KILL_AFTER_S} "$1" sh -c "$2" <&3 3<&- &
group=$!
{{ while read -r line; do :; done; kill -s KILL -- -$group $group; }} <&3 > /dev/null 2>&1 3<&- &
exec 3<&- < /dev/null
wait $group
status=$?
kill -s KILL $! 2> /dev/null
exit $status"""


def owned(command: str, limit_s: float, become: str = "") -> str:
    """A shell command that runs `command` for `limit_s` [s] at most, and while its input is open.

    `become` comes before all of it, as only root ends what root runs.
    """
    return f"exec {become}sh -c {shlex.quote(OWNED)} sh {limit_s:g} {shlex.quote(command)}"


class OwnedRunner(Runner):
    """A runner (mixed into one) whose command ends with its time, its input or this process.

    TimeLimitError when its time is over, else as invoke has it.
    """

    become = ""
    _silent = False
    also_ended: Callable[[], object] = staticmethod(lambda: None)
    """Called when the command is ended: ends what is out of the reach of its process group."""

    def start(self, command: str, shell: str, env: dict[str, str]) -> None:
        """Begin it; `run`'s own `timeout` [s] is the limit."""
        self._limit_s = self.opts["timeout"] or LONGEST_S
        self._begun = time.monotonic()
        super().start(owned(command, self._limit_s, self.become), shell, env)

    def start_timer(self, timeout: float | None) -> None:
        """For a host that says nothing any more, the command's limit being over there."""
        if timeout is not None:
            self._timer = threading.Timer(timeout + KILL_AFTER_S + GRACE_S, self._give_up)
            self._timer.daemon = True  # else the interpreter would wait for it at its end
            self._timer.start()

    def _give_up(self) -> None:
        self._silent = not self.process_is_finished  # else nobody has waited for its end yet
        if self._silent:
            self.kill()

    @property
    def timed_out(self) -> bool:
        """Did its host not say in time that it ended?"""
        return self._silent

    def wait(self) -> None:
        """Wait for its end; whatever ends the wait ends the command."""
        try:
            super().wait()
        except BaseException:
            self.kill()
            raise

    def send_interrupt(self, interrupt: KeyboardInterrupt) -> None:
        """The command was killed: nobody is left to be told."""
        raise interrupt

    def generate_result(self, **kwargs: Any) -> Result:
        """The result; TimeLimitError when the time was over."""
        result = super().generate_result(**kwargs)
        over = time.monotonic() - self._begun >= self._limit_s and result.exited in (124, 137)
        if over or self.timed_out:
            silent = ", and the host does not say that it ended" if self.timed_out else ""
            raise TimeLimitError(
                f"{self.context.name}: {shown(result.command)}: not done within "
                f"{self._limit_s:g} s{silent}"
            )
        return result


def shown(command: str) -> str:
    """The end of a command, for a message."""
    return command if len(command) <= 80 else f"...{command[-77:]}"


class ClosingLocal(Local):
    """A runner that closes its ends of a local command's pipes; invoke leaves them open."""

    def stop(self) -> None:
        """After the command's end."""
        super().stop()
        process = getattr(self, "process", None)
        for pipe in (process.stdin, process.stdout, process.stderr) if process else ():
            if pipe and not pipe.closed:
                pipe.close()


class OwnedLocal(OwnedRunner, ClosingLocal):
    """A command of this machine."""

    def kill(self) -> None:
        """End all of its group, which its watcher does, and do not wait for who is stopped."""
        self.close_proc_stdin()
        self.process.kill()
        self.also_ended()


def this_machine() -> Context:
    """The host of a sandbox that is told none."""
    here = Context(Config(overrides={"runners": {"local": OwnedLocal}}, lazy=True))
    here._set(name="this machine")
    return here


def is_remote(host: Context | None) -> bool:
    """Is it not this machine?  Asked without fabric, which is slow to import."""
    return host is not None and "remote" in host.config.runners


def begin(
    host: Context,
    command: str,
    poll_s: float = 0.01,
    become: str = "",
    limit_s: float | None = None,
    also_ended: Callable[[], object] = lambda: None,
    **options: Any,
) -> Promise:
    """Begin a command; its end is looked for every `poll_s` [s].

    After `limit_s` [s] it is ended, with TimeLimitError; without, its owner ends it.  `become` goes
    before it where the host is one of `host`: what makes it root's.  `also_ended`: OwnedRunner's.
    """
    runners = host.config.runners
    kind = runners.remote if is_remote(host) else runners.local
    chosen = {"input_sleep": poll_s, "become": become, "also_ended": staticmethod(also_ended)}
    runner = type("Runner", (kind,), chosen)(host)
    return runner.run(command, asynchronous=True, in_stream=False, timeout=limit_s, **options)


class Holder:
    """A command that holds something on a host while its standard input is open."""

    def __init__(self, host: Context, command: str, become: str = "") -> None:
        self._output = Lines()
        streams = {"out_stream": self._output, "err_stream": io.StringIO()}
        self._begun = begin(host, command, become=become, **streams, warn=True)

    def lines(self, count: int, timeout_s: float = math.inf) -> list[str]:
        """Its first `count` lines, or those that came until its end or the time's."""
        return self._output.wait(count, timeout_s, self._begun.runner)

    @property
    def ended(self) -> bool:
        """Has it ended?"""
        return self._begun.runner.process_is_finished

    def let_go(self) -> None:
        """Have it end, and do not wait for that."""
        self._begun.runner.close_proc_stdin()

    def end(self) -> str:
        """End it and return what it said on stderr."""
        self.let_go()
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
    number = -result.exited if result.exited < 0 else result.exited - 128
    if ended := signal.strsignal(number) if 0 < number < signal.NSIG else None:
        return f"ended by signal {number} ({ended.lower()})"
    return lines[-1] if lines else f"exit status {result.exited}: {result.command[-80:]}"
