"""The sandbox: its processes end with who has it, and one line says why there is none."""

import os
import signal
import subprocess
import sys
import textwrap

import psutil
import pytest

from marked import CLEAN_WITHIN_S, alive, descendants, running, wait_for
from middlebench.errors import SandboxError
from middlebench.testbeds.sandbox import Sandbox


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
    before = descendants(psutil.Process())
    with Sandbox() as sandbox:
        sandbox.start("exec sleep 600")
        wait_for(lambda: running(descendants(psutil.Process()), "sleep"), 10, "sleep")
        seen += set(descendants(psutil.Process())) - set(before)
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
