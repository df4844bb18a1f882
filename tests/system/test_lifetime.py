"""Nothing outlives a run, whatever ends it."""

import contextlib
import os
import platform
import pwd
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
from locks import lock_holder
from marked import CLEAN_WITHIN_S, wait_for

from middlebench.errors import SandboxError
from middlebench.testbeds.sandbox import Sandbox
from workspace import TINY_FIGURES, copy_workflow, edit_config


def descendants(process):
    """All processes below one, those of its sandbox included."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def running(processes, name):
    """Is one of them a program of that name?"""
    found = []
    for process in processes:
        try:
            found.append(process.name())
        except psutil.NoSuchProcess:
            continue
    return any(entry.startswith(name) for entry in found)


def alive(processes):
    """Those that still run (a zombie has ended; so has what ends while it is asked)."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.fixture
def workflow(tmp_path):
    """A copy whose single point runs long enough to be interrupted."""
    folder = copy_workflow(tmp_path / "run")

    def change(config):
        config["figures"] = {"nat_64b": TINY_FIGURES["nat_64b"]}
        config["cost"] = None
        config["defaults"]["durations"] |= {"window_ms": 600, "max_windows": 2}

    edit_config(folder, change)
    return folder


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_after_snakemake_was_ended(workflow, ending):
    """Snakemake is signalled while softgen sends: 5 s after its end nothing of it runs."""
    started = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", "results/sandbox/points.csv"],
        cwd=workflow,
        env=os.environ | {"XDG_CACHE_HOME": str(workflow / ".cache")},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    snakemake = psutil.Process(started.pid)
    point = workflow / "results/sandbox/logs/points"

    def measuring():
        found = descendants(snakemake)
        both = running(found, "softgen") and running(found, "ovs-vswitchd")
        return point.exists() and both and found

    seen = wait_for(measuring, 120, "first point")
    started.send_signal(ending)
    started.wait(60)
    wait_for(lambda: not alive(seen), CLEAN_WITHIN_S, "end of all processes")
    records = workflow / "results/sandbox/points"
    assert not [path for path in records.rglob(".*") if path.is_file()]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_after_the_job_itself_was_ended(ending, tmp_path):
    """The sandbox's processes hang on a pipe: they end with the process that holds it."""
    script = tmp_path / "job.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, time
            os.environ["MIDDLEBENCH_OWNER"] = str(os.getppid())
            from middlebench.hosts.lock import end_with_owner
            from middlebench.testbeds.sandbox import Sandbox
            end_with_owner()
            with Sandbox() as sandbox:
                sandbox.start("exec sleep 600")
                print("ready", flush=True)
                time.sleep(600)
            """
        ),
        encoding="utf-8",
    )
    started = subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout.readline() == "ready\n"
    wait_for(lambda: running(descendants(psutil.Process(started.pid)), "sleep"), 10, "sleep")
    seen = descendants(psutil.Process(started.pid))
    started.send_signal(ending)
    started.wait(10)
    started.stdout.close()
    wait_for(lambda: not alive(seen), CLEAN_WITHIN_S, "end of all processes")


def fail_inside(seen):
    """A command that fails in a sandbox beside one that runs; notes the processes in `seen`."""
    with Sandbox() as sandbox:
        sandbox.start("exec sleep 600")
        wait_for(lambda: running(descendants(psutil.Process()), "sleep"), 10, "sleep")
        seen += descendants(psutil.Process())
        sandbox.run("not-a-command")


def test_a_failing_block_leaves_nothing():
    """An exception inside the sandbox ends its processes."""
    seen = []
    with pytest.raises(SandboxError, match="not-a-command"):
        fail_inside(seen)
    assert seen
    wait_for(lambda: not alive(seen), CLEAN_WITHIN_S, "end of all processes")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("user/max_user_namespaces", "0"),
        ("kernel/unprivileged_userns_clone", "0"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),
    ],
)
def test_forbidden_user_namespaces_are_named_with_their_setting(tmp_path, setting, value):
    """One line says which setting forbids them, and how to change it."""
    path = tmp_path / "sys" / setting
    path.parent.mkdir(parents=True)
    path.write_text(value + "\n", encoding="ascii")
    sandbox = Sandbox(proc=str(tmp_path))
    said = sandbox._refusal("unshare failed: Operation not permitted")
    name = setting.replace("/", ".")
    assert said.startswith(f"user namespaces are switched off: {name}={value}; allow: sysctl -w")
    assert Sandbox(proc=str(tmp_path / "none"))._refusal("no") == "no sandbox on this machine: no"


@pytest.mark.tried("words")
def test_a_second_run_waits_for_the_machine_and_says_for_whom(tmp_path):
    """It names process, user, folder and time; a killed run holds nobody up and leaves no file."""
    with lock_holder(tmp_path) as first:
        assert first.stdout.readline() == "locked\n"
        with lock_holder(tmp_path, subprocess.PIPE) as second:
            said = second.stderr.readline()
            assert "another run measures on this machine; waiting for process" in said
            user, here = pwd.getpwuid(os.getuid()).pw_name, Path.cwd()
            assert f"process {first.pid} of {user} on {platform.node()} in {here} since" in said
            first.kill()
            assert second.stdout.readline() == "locked\n"
            second.stdin.write("\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.tried("words")
def test_a_lock_that_is_no_runs_names_the_process_that_has_it(tmp_path):
    """Anybody can hold it for ever: the line says who, and what to do."""
    ready, said = "echo locked; exec cat", r"process {} \(flock\) of \w+, not a measurement: end it"
    other = subprocess.Popen(
        ["flock", tmp_path, "sh", "-c", ready], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline() == b"locked\n"
        with lock_holder(tmp_path, subprocess.PIPE) as second:
            assert re.search(said.format(other.pid), second.stderr.readline())
            other.stdin.close()
            assert second.stdout.readline() == "locked\n"
            second.stdin.write("\n")
