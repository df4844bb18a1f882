"""Who holds the lock of a machine: other processes of a test, and whether it is held."""

import os
import subprocess
import sys

HOLD_LOCK = """
import sys
from middlebench.hosts.lock import machine_lock
with machine_lock():
    print("locked", flush=True)
    sys.stdin.readline()
"""


def lock_holder(tmp_path, stderr=None):
    """A process that takes the machine's lock (a folder of the test's own) until it is told."""
    code = f"import middlebench.hosts.lock as l; l.LOCK_FOLDER = {str(tmp_path)!r}\n{HOLD_LOCK}"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def check_held(folder):
    """Another run waits for the lock of `folder`, and says so."""
    with lock_holder(folder, subprocess.PIPE) as second:
        assert "another run measures on this machine" in second.stderr.readline()
        second.kill()


def check_free(folder):
    """Another run gets the lock of `folder` at once."""
    with lock_holder(folder) as free:
        assert free.stdout.readline() == "locked\n"
        free.stdin.write("\n")
