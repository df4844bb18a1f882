"""What `make test-systems` does before another system runs, and what it leaves: nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import distributions
from marked import CLEAN_WITHIN_S, Marked, wait_for
from workspace import REPOSITORY


def test_commands_are_those_of_the_readme():
    """The two that a new user types, as they stand there."""
    text = "# M\n    make no  # a\n## Two commands\n\nOn:\n\n    make a/b.pdf    # x\n"
    text += "    make c  # y\n"
    text += "\n    snakemake -n   # z\n\n## More\n\n    make d  # w\n"
    assert distributions.readme_commands(text) == ["make a/b.pdf", "make c"]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert distributions.readme_commands(readme) == ["make figures/nat_64b.pdf", "make test"]


def test_the_mirror_is_that_of_this_machines_own_packages():
    """Not that of a guest, nor the one for security, which has not all packages."""
    targets = "\n".join(
        ["Node node://x", "Debian-Security s://y", "Debian http://m/debian/", "Debian http://n/"]
    )
    assert distributions.mirror_of_apt(targets) == "http://m/debian/"
    assert distributions.mirror_of_apt(" http://before.update/\n\n") == ""


def test_settings_of_pip_are_passed_on():
    """Each by its variable, the environment's first, lists with spaces; a command's own are not."""
    listed = "\n".join(
        [
            ":env:.find-links='/a'",
            "global.find-links='/b'",
            "global.extra-index-url='file:///c/simple\\nfile:///d'",
            "install.no-build-isolation='1'",
            "global.cache-dir='/var/tmp'",
            "list.format='columns'",
        ]
    )
    assert distributions.pip_settings(listed) == {
        "PIP_FIND_LINKS": "/a",
        "PIP_EXTRA_INDEX_URL": "file:///c/simple file:///d",
        "PIP_NO_BUILD_ISOLATION": "1",
    }


def test_files_that_settings_name_are_shared(tmp_path):
    """Paths and addresses of files, where there are such, are others inside; nothing else is."""
    (tmp_path / "c.txt").touch()
    (tmp_path / "simple").mkdir()
    settings = {
        "PIP_A": f"file://{tmp_path}/simple https://x/y /no/such",
        "PIP_B": f"{tmp_path}/c.txt",
        "PIP_C": "180",
    }
    files, inside = distributions.shared_files(settings)
    assert files == [str(tmp_path), f"{tmp_path}/c.txt"]
    assert inside == {
        "PIP_A": f"file:///host{tmp_path}/simple https://x/y /no/such",
        "PIP_B": f"/host{tmp_path}/c.txt",
        "PIP_C": "180",
    }


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_system_whatever_ends_it(tmp_path, ending):
    """debootstrap is a stand-in that is at work for ever: its processes and the mount are gone."""
    marked = Marked()
    program = tmp_path / "bin/debootstrap"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntrap '' TERM INT HUP\nsetsid {marked.sleep} & {marked.sleep}\n")
    program.chmod(0o755)
    command = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user"]
    path = f"{program.parent}:{os.environ['PATH']}"
    given = {"PATH": path, "MIRROR": "http://127.0.0.1:9/", "XDG_CACHE_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [*command, sys.executable, distributions.__file__, "trixie"],
        env=os.environ | given,
        # what a shell runs in the background does not listen to it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        wait_for(lambda: len(marked.asleep()) == 2, 30, "debootstrap")
        process.send_signal(ending)
        assert process.wait(10) != 0
        wait_for(lambda: not marked.found(), CLEAN_WITHIN_S, "end of all processes")
    finally:
        process.kill()
        process.wait()
    assert "system /mnt " not in Path("/proc/self/mounts").read_text(encoding="utf-8")
