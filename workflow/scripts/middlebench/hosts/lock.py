"""How long a measuring job lives: never longer than the Snakemake that started it, and alone.

A SIGKILL of Snakemake leaves its jobs running, and a parent-death signal does not help: there is a
shell between.  So the job watches Snakemake itself, and ends by the ordinary way of exceptions, in
which every `with` cleans up.
"""

import os
import platform
import pwd
import select
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Template

from invoke import Context

from middlebench.errors import HostError
from middlebench.hosts.commands import Holder, this_machine

OWNER_VARIABLE = "MIDDLEBENCH_OWNER"
"""Environment: process id of the Snakemake whose end is also this job's; set in common.smk."""

LOCK_FOLDER = "/run/lock"
"""Locked itself (a folder can be): no lock file stays behind.  Where there is none, the folder for
temporary files is."""

GRACE_S = 3.0
"""How long cleaning up may take [s] before the process is ended by force."""


def end_with_owner() -> None:
    """Let this process end, cleaning up, on SIGTERM, SIGINT and when its Snakemake is gone."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _raise_exit)
    try:
        owner = os.pidfd_open(int(os.environ.get(OWNER_VARIABLE, os.getppid())))
    except ProcessLookupError:
        sys.exit("middlebench: the Snakemake of this job has ended")
    threading.Thread(target=_follow, args=(owner,), name="owner", daemon=True).start()


def end_at_first_interrupt() -> None:
    """For Snakemake itself: a second SIGINT does not break off the end that the first began."""
    signal.signal(signal.SIGINT, _interrupted)


def _interrupted(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGINT, _interrupted_again)
    raise KeyboardInterrupt


def _interrupted_again(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the jobs notice the end of their owner
    os.write(2, b"middlebench: the jobs are being ended; once more ends Snakemake at once\n")


def _raise_exit(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _follow(owner: int) -> None:
    poll = select.poll()
    poll.register(owner, select.POLLIN)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)  # the main thread cleans up and ends the process within this time
    os._exit(128 + signal.SIGKILL)


LOOK_S = 5
"""How often it is looked who holds a lock that is waited for [s]: a line when that changes."""

HOLDS = "middlebench holds"
"""Begins the argument of the process that holds a lock: other users can read it, also far away."""

# $who: who takes it.  The last shell has the folder locked, and its arguments tell everybody.
LOCK = Template(
    """
folder=$folder; test -d "$$folder" || folder=$${TMPDIR:-/tmp}
exec 9< "$$folder" && { flock -n 9 || { echo waits; flock 9; }; } && echo locked &&
since=$$(date -u +%H:%M:%S) &&
exec sh -c 'while read -r line; do :; done' "$holds $$folder: "$who" since $$since UTC"
"""
)

# What such a process says; else the process that the kernel names, where it can be seen.
WHO = Template(
    """
folder=$folder; test -d "$$folder" || folder=$${TMPDIR:-/tmp}
grep -hasz "^$holds $$folder: " /proc/[0-9]*/cmdline | tr '\\n\\0' ' \\n' | grep -a . && exit
device=$$(stat -Lc %d "$$folder")
place=$$(printf %02x:%02x:%d $$((device >> 8)) $$((device & 255)) "$$(stat -Lc %i "$$folder")")
for process in $$(grep " FLOCK .* $$place " /proc/locks | grep -v -e '->' | awk '{print $$5}'); do
  user=$$(stat -c %U /proc/$$process 2> /dev/null) &&
    echo "process $$process ($$(cat /proc/$$process/comm)) of $$user, not a measurement: end it"
done
"""
)

UNKNOWN = f"somebody else, who cannot be seen; as root: fuser -v {LOCK_FOLDER}"


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
    """Have a host's measurements to oneself: waits, and says for whom, while another run has it.

    The lock is one for all users, as their measurements would disturb each other.  It is the
    kernel's (flock), and ends with the process whatever ends that; on another host than this
    machine it ends with the connection too.
    """
    host = host or this_machine()
    words = {"folder": shlex.quote(LOCK_FOLDER), "holds": HOLDS, "who": shlex.quote(_who_we_are())}
    holder = Holder(host, LOCK.substitute(words))
    try:
        if holder.lines(1)[:1] == ["waits"]:
            _wait(holder, host, WHO.substitute(words))
        locked = holder.lines(1)[-1:] == ["locked"]
        if locked:
            yield
    finally:
        said = holder.end()
    if not locked:
        raise HostError(f"{host.name}: cannot be locked: {said or 'flock said nothing'}")


def _who_we_are() -> str:
    """The run that this process belongs to, for somebody who waits for it."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"user {os.getuid()}"
    owner = os.environ.get(OWNER_VARIABLE, os.getpid())
    return f"process {owner} of {user} on {platform.node()} in {Path.cwd()}"


def _wait(holder: Holder, host: Context, who: str) -> None:
    """Until the lock is had, or cannot be had; says who has it, and again when that changes."""
    known = None
    while not holder.ended and len(holder.lines(2, 0 if known is None else LOOK_S)) < 2:
        said = host.run(who, warn=True, hide=True, in_stream=False).stdout.strip()
        has = said.partition(": ")[2] if said.startswith(HOLDS) else said
        if (has or UNKNOWN) != known:
            known = has or UNKNOWN
            shown = "".join(c if c.isprintable() else "?" for c in known)
            line = f"middlebench: another run measures on {host.name}; waiting for {shown}"
            print(line, file=sys.stderr, flush=True)
