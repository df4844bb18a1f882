"""Hosts that are lost, locked or left: nothing outlives its connection."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from locks import check_free, check_held, lock_holder
from marked import CLEAN_WITHIN_S, wait_for
from middlebench.errors import HostError
from middlebench.hosts import commands
from middlebench.hosts import lock as lifetime
from middlebench.hosts.commands import begin
from middlebench.hosts.connect import open_host
from middlebench.testbeds.sandbox import Sandbox
from sshd import LOCAL_SETTINGS


def test_a_lost_connection_ends_the_command_and_says_so(sshd, marked):
    """sshd is killed under it: nothing of the command is left, and nothing connects anew."""
    with open_host(sshd.settings) as host:
        begun = host.run(f"trap '' TERM HUP; {marked.sleep} & {marked.sleep}", asynchronous=True)
        wait_for(lambda: len(marked.asleep()) == 2, 10, "two processes")
        sshd.end_sessions()
        with pytest.raises(HostError, match=r"^far: .*: the connection was lost$"):
            begun.join()
        wait_for(lambda: not marked.found(), CLEAN_WITHIN_S, "end of all processes")
        with pytest.raises(HostError, match="the connection was lost"):
            host.run("echo again")
        with pytest.raises(HostError, match="the connection was lost"):
            host.get("/etc/hostname", sshd.folder / "never")
    assert not sshd.sessions()


def test_a_command_that_is_killed_there_is_not_a_lost_connection(far):
    """The connection goes on."""
    with pytest.raises(HostError, match=r"it was killed there$"):
        far.run("kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat)")
    assert far.run("echo still").stdout == "still\n"


def test_a_sandbox_ends_with_its_connection(sshd, marked):
    """Also what was begun inside; the error is the host's, and there is one."""
    with pytest.raises(HostError, match="the connection was lost"):
        lose_a_sandbox(sshd, marked)


def lose_a_sandbox(sshd, marked):
    """sshd is killed while a command runs in a sandbox."""
    with open_host(sshd.settings) as host, Sandbox(host) as sandbox:
        started = sandbox.start(f"setsid {marked.sleep}")
        wait_for(marked.asleep, 10, "sleep")
        sshd.end_sessions()
        sandbox.wait(started)


JOB = """
import sys, time
from middlebench.hosts.connect import open_host
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.testbeds.sandbox import Sandbox
import middlebench.hosts.lock
end_with_owner()
middlebench.hosts.lock.LOCK_FOLDER = {folder!r}
with open_host({settings!r}) as host, machine_lock(host), Sandbox(host) as sandbox:
    sandbox.start("trap '' TERM; setsid {sleep}")
    begun = host.run("trap '' TERM HUP; {sleep} & {sleep}", asynchronous=True)
    print("ready", flush=True)
    {then}
"""


@pytest.mark.parametrize("then", ["time.sleep(600)", "begun.join()"])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("where", ["local", "far"])
def test_nothing_is_left_on_the_host_of_a_job_that_was_ended(
    sshd, marked, tmp_path, where, ending, then
):
    """Commands, a sandbox and the lock end with the process that began them, however it ends."""
    settings = sshd.settings if where == "far" else LOCAL_SETTINGS
    job = subprocess.Popen(
        [sys.executable, "-"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    job.stdin.write(
        textwrap.dedent(JOB).format(
            settings=settings, sleep=marked.sleep, then=then, folder=str(tmp_path)
        )
    )
    job.stdin.close()
    with job:
        assert job.stdout.readline() == "ready\n"
        wait_for(lambda: len(marked.asleep()) == 3, 10, "three processes")
        job.send_signal(ending)
        job.wait(10)
    wait_for(lambda: not marked.found(), CLEAN_WITHIN_S, "end of all processes")
    check_free(tmp_path)


def test_the_lock_of_a_host_is_that_of_its_own_runs(far, tmp_path, monkeypatch):
    """A run on the host itself is waited for, and waits."""
    monkeypatch.setattr(lifetime, "LOCK_FOLDER", str(tmp_path))
    with lock_holder(tmp_path) as there:
        assert there.stdout.readline() == "locked\n"
        said = []
        monkeypatch.setattr(
            lifetime, "print", lambda line, **_: (there.kill(), said.append(line)), raising=False
        )
        with lifetime.machine_lock(far):
            who = f"another run measures on far; waiting for process {there.pid} of "
            assert who in said[0]
            check_held(tmp_path)
    check_free(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_cannot_be_had_is_named(far, monkeypatch):
    """flock's own words."""
    monkeypatch.setattr(lifetime, "LOCK", lifetime.Template("echo no folder >&2; exit 1"))
    with (
        pytest.raises(HostError, match="far: cannot be locked: no folder"),
        lifetime.machine_lock(far),
    ):
        pass


def test_holding_outlasts_the_time_of_a_command(sshd):
    """What holds a sandbox or a lock has no limit but a day."""
    with open_host(sshd.settings | {"command_timeout_s": 1}) as host:
        assert begin(host, "sleep 1.5; echo slept").join().stdout == "slept\n"
    assert commands.LONGEST_S == 86_400
