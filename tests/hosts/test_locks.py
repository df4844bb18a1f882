"""The lock of a machine: who waits says for whom."""

import os
import platform
import pwd
import re
import subprocess
from pathlib import Path

import pytest

from locks import lock_holder


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
