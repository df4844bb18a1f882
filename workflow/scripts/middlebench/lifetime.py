"""How long a measuring job lives: never longer than the Snakemake that started it, and alone.

A SIGKILL of Snakemake leaves its jobs running, and a parent-death signal does not help: there is a
shell between.  So the job watches Snakemake itself, and ends by the ordinary way of exceptions, in
which every `with` cleans up.
"""

import fcntl
import os
import select
import shlex
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from invoke import Context

from middlebench.commands import Holder, is_remote
from middlebench.errors import HostError

OWNER_VARIABLE = "MIDDLEBENCH_OWNER"
"""Environment: process id of the Snakemake whose end is also this job's; set in common.smk."""

LOCK_FOLDER = "/run/lock"
"""Locked itself (a folder can be): no lock file stays behind.  Where there is none, the folder for
temporary files is."""

GRACE_S = 3.0
"""How long cleaning up may take [s] before the process is ended by force."""


def end_with_owner() -> None:
    """Let this process end, cleaning up, on SIGTERM, SIGINT and when its Snakemake is gone."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_exit)
    try:
        owner = os.pidfd_open(int(os.environ.get(OWNER_VARIABLE, os.getppid())))
    except ProcessLookupError:
        sys.exit("middlebench: the Snakemake of this job has ended")
    threading.Thread(target=_follow, args=(owner,), name="owner", daemon=True).start()


def _raise_exit(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _follow(owner: int) -> None:
    poll = select.poll()
    poll.register(owner, select.POLLIN)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)  # the main thread cleans up and ends the process within this time
    os._exit(128 + signal.SIGKILL)


REMOTE_LOCK = Template(
    """
folder=$folder; test -d "$$folder" || folder=$${TMPDIR:-/tmp}
exec 9< "$$folder" && { flock -n 9 || { echo waits; flock 9; }; } && echo locked && cat > /dev/null
"""
)


LOCK_NAME = Template(
    """
folder=$folder; test -d "$$folder" || folder=$${TMPDIR:-/tmp}
cat /proc/sys/kernel/random/boot_id; stat -Lc %d:%i "$$folder"
"""
)


def lock_name(host: Context) -> str:
    """The same for two hosts whose lock is one: the same machine by two addresses."""
    return host.run(LOCK_NAME.substitute(folder=shlex.quote(LOCK_FOLDER))).stdout


@contextmanager
def machine_lock(host: Context | None = None) -> Iterator[None]:
    """Have a host's measurements to oneself: waits, and says so, while another run measures there.

    The lock is the kernel's (flock), so it ends with the process whatever ends that; on another
    host than this machine it ends with the connection too.
    """
    with _remote_lock(host) if is_remote(host) else _own_lock():
        yield


@contextmanager
def _own_lock() -> Iterator[None]:
    path = LOCK_FOLDER if Path(LOCK_FOLDER).is_dir() else tempfile.gettempdir()
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say_waiting("this machine")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _remote_lock(host: Context) -> Iterator[None]:
    holder = Holder(host, REMOTE_LOCK.substitute(folder=shlex.quote(LOCK_FOLDER)))
    try:
        if holder.lines(1)[:1] == ["waits"]:
            _say_waiting(host.name)
            holder.lines(2)
        locked = holder.lines(1)[-1:] == ["locked"]
        if locked:
            yield
    finally:
        said = holder.end()
    if not locked:
        raise HostError(f"{host.name}: cannot be locked: {said or 'flock said nothing'}")


def _say_waiting(where: str) -> None:
    print(f"middlebench: another run measures on {where}; waiting", file=sys.stderr)
