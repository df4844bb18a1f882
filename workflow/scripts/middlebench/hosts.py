"""The hosts of a testbed: this machine, or another one over SSH, both used with invoke's `run`.

`open_host` gives an invoke.Context or a fabric.Connection (module `ssh`, only then imported) with
the methods of `Host`.  Every command runs under `timeout` in a process group of its own, beside a
watcher that ends the group when their standard input closes: that is when the connection is lost,
or this process has ended, however it did.  So a command must not read its standard input, and a
daemon that makes a session of its own outlives its command.
"""

import contextlib
import os
import shlex
import shutil
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from invoke import Config, Context
from invoke.exceptions import Failure
from invoke.runners import Result, Runner

from middlebench.errors import HostError, MiddlebenchError
from middlebench.sandbox import ClosingLocal, last_line

LOCAL = "local"
"""The address of this machine."""

DEFAULTS: dict[str, Any] = {
    "become": None,
    "connect_timeout_s": 10,
    "command_timeout_s": 600,
    "ssh_config": None,
    "known_hosts": None,
    "folder": "~/.cache/middlebench",
}

LONGEST_S = 86_400
"""Limit of a command that is given none (`timeout=None`), as what holds a sandbox or a lock."""

KILL_AFTER_S = 1
"""From SIGTERM to SIGKILL when the time of a command is over."""

GRACE_S = 5
"""How long after the end of a command's time its host may take to say so."""

SUDO = "sudo -n "

# $1: the limit [s], $2: the command.  An account other than root has no sbin in its PATH.
OWNED = f"""\
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
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

    HostError when its time is over, else as invoke has it.
    """

    become = ""

    def start(self, command: str, shell: str, env: dict[str, str]) -> None:
        """Begin it; `run`'s own `timeout` [s] is the limit."""
        self._limit_s = self.opts["timeout"] or LONGEST_S
        self._begun = time.monotonic()
        super().start(owned(command, self._limit_s, self.become), shell, env)

    def start_timer(self, timeout: float | None) -> None:
        """For a host that says nothing any more, the command's limit being over there."""
        if timeout is not None:
            self._timer = threading.Timer(timeout + KILL_AFTER_S + GRACE_S, self.kill)
            self._timer.daemon = True  # else the interpreter would wait for it at its end
            self._timer.start()

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
        """The result; HostError when the time was over."""
        result = super().generate_result(**kwargs)
        over = time.monotonic() - self._begun >= self._limit_s and result.exited in (124, 137)
        if over or self.timed_out:
            silent = ", and the host does not say that it ended" if self.timed_out else ""
            raise HostError(
                f"{self.context.name}: {shown(result.command)}: not done within "
                f"{self._limit_s:g} s{silent}"
            )
        return result


def shown(command: str) -> str:
    """The end of a command, for a message."""
    return command if len(command) <= 80 else f"...{command[-77:]}"


class _OwnedLocal(OwnedRunner, ClosingLocal):
    def start(self, *arguments: Any) -> None:
        super().start(*arguments)
        self.context.running.add(self)

    def stop(self) -> None:
        super().stop()
        self.context.running.discard(self)

    def kill(self) -> None:
        self.close_proc_stdin()


class Host:
    """What both kinds of host have besides `run`."""

    name = LOCAL
    """Its address, as the configuration has it."""
    become: str | None = None
    _may_become = False

    def as_root(self, command: str, **kwargs: Any) -> Result:
        """`run` as root: by `sudo -n` where the settings say `become: sudo`, else as it is."""
        if not self.become_prefix():
            return self.run(command, **kwargs)
        runners = self.config.runners
        kind = runners.remote if "remote" in runners else runners.local
        return self._run(type("Root", (kind,), {"become": SUDO})(self), command, **kwargs)

    def become_prefix(self) -> str:
        """What makes a command root's; empty where that is who logs in.  HostError when refused."""
        if self.become and not self._may_become:
            self._check_sudo()
        return SUDO if self.become else ""

    def _check_sudo(self) -> None:
        tried = self.run(f"{SUDO}sh -c :", warn=True)
        if tried.exited == 127:
            raise HostError(
                f"{self.name}: become: sudo, but there is no sudo: install it, or log in as root "
                "and set become: null"
            )
        if tried.failed:
            raise HostError(
                f"{self.name}: sudo -n is refused ({last_line(tried)}); allow it without a "
                "password (sudoers: NOPASSWD), or log in as root and set become: null"
            )
        self._may_become = True

    def put(self, local: Path, remote: str) -> None:
        """Copy a file of this machine there, with its mode: to another name, then renamed."""
        raise NotImplementedError

    def get(self, remote: str, local: Path) -> None:
        """Copy a file from there to this machine: to another name, then renamed."""
        raise NotImplementedError

    def staged(self, file: Path) -> str:
        """Where `file` of this machine lies there: a copy, named by its content, made once."""
        raise NotImplementedError

    def staged_tree(self, folder: Path) -> str:
        """The same for a folder with all that is in it."""
        raise NotImplementedError


def beside(path: str | Path) -> str:
    """A new name in the folder of `path`, to write what becomes `path` by renaming."""
    return f"{path}.{uuid.uuid4().hex}.part"


class LocalHost(Host, Context):
    """This machine."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        overrides = common_config(settings) | {"runners": {"local": _OwnedLocal}}
        super().__init__(Config(overrides=overrides, lazy=True))
        self._set(running=set())
        self.become = settings["become"]

    def close(self) -> None:
        """End the commands that still run."""
        for runner in list(self.running):
            runner.kill()
            with contextlib.suppress(Failure, MiddlebenchError):
                runner.make_promise().join()

    def put(self, local: Path, remote: str) -> None:
        """Copy a file."""
        temporary = Path(beside(remote))
        try:
            shutil.copy(local, temporary)
            temporary.replace(remote)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise HostError(f"{local} to {remote}: {error.strerror}") from error

    def get(self, remote: str, local: Path) -> None:
        """Copy a file."""
        self.put(Path(remote), os.fspath(local))

    def staged(self, file: Path) -> str:
        """The file itself."""
        return str(file.resolve())

    staged_tree = staged


def common_config(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What invoke and fabric are told: no standard input, nothing echoed, the limit of time."""
    return {
        "run": {"in_stream": False, "hide": True},
        "timeouts": {"command": settings["command_timeout_s"]},
    }


_open: dict[str, Host] = {}


@contextmanager
def open_host(settings: Mapping[str, Any]) -> Iterator[Host]:
    """A host, connected; `settings` are `address` and what of DEFAULTS is to be otherwise.

    `address`: `local`, a name as in ~/.ssh/config, or user@host:port.  `become`: None or `sudo`.
    `ssh_config` and `known_hosts` [path] stand for the user's own, `folder` is the place for
    copies there.  Opened again with the same settings, it is the same connection.

    HostError in one line for all that goes wrong with a host; a command that fails is invoke's
    UnexpectedExit (with `warn=True` a result).
    """
    chosen = DEFAULTS | {key: settings[key] for key in ("address", *DEFAULTS) if key in settings}
    if chosen["become"] not in (None, "sudo"):
        raise HostError(f"{chosen['address']}: become: {chosen['become']}; allowed: null, sudo")
    key = repr(sorted(chosen.items()))
    if key in _open:
        yield _open[key]
        return
    with _connected(chosen) as host:
        _open[key] = host
        try:
            yield host
        finally:
            del _open[key]


@contextmanager
def _connected(settings: Mapping[str, Any]) -> Iterator[Host]:
    if settings["address"] == LOCAL:
        with contextlib.closing(LocalHost(settings)) as host:
            yield host
        return
    from middlebench.ssh import RemoteHost  # takes a quarter of a second

    with RemoteHost(settings) as host:
        host.open()
        yield host
