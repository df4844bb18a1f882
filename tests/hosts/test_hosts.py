"""Commands on a host, here and over SSH, against a real sshd on this machine."""

import contextlib
import os
import shlex
import subprocess
import sys
import time

import pytest
from invoke.exceptions import UnexpectedExit

from marked import wait_for
from middlebench.errors import HostError, SandboxError
from middlebench.hosts import commands
from middlebench.hosts.connect import open_host
from middlebench.hosts.cpus import choose_cpus
from middlebench.testbeds.sandbox import Sandbox
from sshd import LOCAL_SETTINGS, running_sshd

AWKWARD = 'it\'s "quoted" $HOME `id` \\ * ; & | < > # ~ é\n  two lines'


def test_a_command_runs_as_invoke_has_it(host):
    """Output, errors and status come back; a failing command is invoke's own exception."""
    result = host.run("echo said; echo complained >&2; exit 3", warn=True)
    assert (result.stdout, result.stderr, result.exited) == ("said\n", "complained\n", 3)
    with pytest.raises(UnexpectedExit):
        host.run("exit 3")


def test_values_reach_the_shell_as_they_are(host):
    """Quotes, signs of the shell, spaces and line ends in a value stay what they are."""
    assert host.run(f"printf %s {shlex.quote(AWKWARD)}").stdout == AWKWARD


def test_a_command_has_a_process_group_of_its_own(host):
    """It is the group that its end is sent to."""
    script = "cut -d ' ' -f 5 /proc/self/stat /proc/$(cut -d ' ' -f 4 /proc/$PPID/stat)/stat"
    group, parents = host.run(script).stdout.split()
    assert group != parents


@pytest.mark.parametrize("ignored", ["", "trap '' TERM HUP INT; "])
def test_what_takes_too_long_is_ended_with_all_that_it_began(host, marked, ignored):
    """At its time limit a command and its children get SIGTERM, then SIGKILL; one line says so."""
    begun = host.run(f"{ignored}{marked.sleep} & {marked.sleep}", asynchronous=True, timeout=1)
    wait_for(lambda: len(marked.asleep()) == 2, 10, "two processes")
    with pytest.raises(HostError, match=r"sleep .*: not done within 1 s$"):
        begun.join()


def test_what_ended_in_time_may_be_waited_for_later(monkeypatch):
    """Its limit is over by then, and nothing that it began is ended for that (a DUT's daemons)."""
    monkeypatch.setattr(commands, "KILL_AFTER_S", 0)
    monkeypatch.setattr(commands, "GRACE_S", 0)
    ended = []
    begun = commands.begin(
        commands.this_machine(), "echo done", limit_s=0.3, also_ended=lambda: ended.append(True)
    )
    time.sleep(0.5)
    assert begun.join().stdout == "done\n"
    assert ended == []


def test_an_exit_status_of_timeout_is_the_commands_own(host):
    """Only the host's own limit is an error of the host."""
    assert host.run("timeout 0.1 sleep 10", warn=True).exited == 124


@pytest.mark.parametrize("kind", ["local", "far"])
def test_what_still_runs_ends_with_its_host(sshd, marked, kind):
    """Nobody need wait for a command that was begun."""
    with open_host(sshd.settings if kind == "far" else LOCAL_SETTINGS) as host:
        host.run(f"trap '' TERM HUP; {marked.sleep} & {marked.sleep}", asynchronous=True)
        wait_for(lambda: len(marked.asleep()) == 2, 10, "two processes")


def test_only_ssh_imports_fabric():
    """A point of the sandbox pays nothing for it."""
    code = (
        "import sys, middlebench.measuring.assembly, middlebench.hosts.lock\n"
        "import middlebench.hosts.host\n"
        "with middlebench.hosts.connect.open_host({'address': 'local'}): pass\n"
        "assert not {'fabric', 'paramiko'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)


def test_a_host_is_connected_to_once(sshd, far):
    """Opened again with the same settings, it is the same connection."""
    before = len(sshd.sessions())
    with open_host(dict(sshd.settings)) as again:
        assert again is far
        assert len(sshd.sessions()) == before
    assert far.run("echo still").stdout == "still\n"


@pytest.mark.parametrize(
    ("sudo", "said"),
    [
        (None, "no sudo: install it, or log in as root and set become: null"),
        ("echo 'sudo: a password is required' >&2; exit 1", r"refused \(sudo: a password is req"),
        ("echo 'sorry, you must have a tty to run sudo' >&2; exit 1", r"refused \(sorry, you must"),
        ("echo 'me is not in the sudoers file.' >&2; exit 1", r"refused \(me is not in the sud"),
    ],
)
def test_sudo_that_is_missing_or_refused_is_named(tmp_path, sudo, said):
    """One line says what to do; the command is not run.

    sudo(8) of 1.9.13p3: with -n, "If a password is required for the command to run, sudo will
    display an error message and exit", with 1; its words are those of that version's sudoers.so.
    127 is the shell's, for a program that is not there (dash(1), "Search and Execution").
    """
    with (
        sudo_host(tmp_path, sudo) as host,
        pytest.raises(HostError, match=said),
    ):
        host.as_root(f"touch {tmp_path}/ran")
    assert not (tmp_path / "ran").exists()


@contextlib.contextmanager
def sudo_host(tmp_path, sudo):
    """A host of an ordinary user, whose sudo is a script."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "timeout", "sleep", "touch"):
        (programs / name).symlink_to(f"/bin/{name}")
    if sudo:
        (programs / "sudo").write_text(f"#!/bin/sh\n{sudo}\n", encoding="ascii")
        (programs / "sudo").chmod(0o755)
    with (
        running_sshd(tmp_path / "sshd", path=str(programs)) as sshd,
        open_host(sshd.settings | {"become": "sudo"}) as host,
    ):
        yield host


def test_a_command_as_root_ends_as_any_other(tmp_path, marked):
    """All of it runs below sudo, its watcher too, as only root may end what root runs."""
    sudo = 'test "$1" = -n && shift; AS=root exec "$@"'
    with sudo_host(tmp_path, sudo) as host:
        assert host.as_root("echo $AS").stdout == "root\n"
        assert host.run("echo $AS").stdout == "\n"
        begun = host.as_root(f"trap '' TERM; {marked.sleep}", asynchronous=True, timeout=1)
        with pytest.raises(HostError, match="not done within 1 s"):
            begun.join()


def test_without_become_root_is_who_logs_in(host):
    """No sudo is asked for."""
    assert host.as_root("id -u").stdout == host.run("id -u").stdout


def test_a_sandbox_says_the_same_there(host):
    """Output, and the last line of what fails; the sandbox is one of its own."""
    with Sandbox(host) as sandbox:
        assert sandbox.run("echo said; ls /run").stdout == "said\nmiddlebench\n"
        with pytest.raises(SandboxError, match="not-a-command"):
            sandbox.run("echo; not-a-command")
        assert (
            sandbox.run("readlink /proc/self/ns/net").stdout
            != host.run("readlink /proc/self/ns/net").stdout
        )


def test_a_sandbox_that_is_refused_there_is_named(far, tmp_path):
    """The setting is looked up on that host."""
    setting = tmp_path / "sys/user/max_user_namespaces"
    setting.parent.mkdir(parents=True)
    setting.write_text("0\n", encoding="ascii")
    said = Sandbox(far, proc=str(tmp_path))._refusal("no")
    assert said.startswith("user namespaces are switched off: user.max_user_namespaces=0")
    assert Sandbox(far, proc=str(tmp_path / "none"))._refusal("no") == "no sandbox on far: no"


def test_cpus_are_those_of_the_host(far):
    """Asked over SSH, this machine has the same ones."""
    assert choose_cpus(far) == choose_cpus()
