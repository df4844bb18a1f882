"""A run's folder on a host, over a real SSH connection: what is begun in it ends with it."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from locks import check_free, check_held
from marked import CLEAN_WITHIN_S, wait_for
from middlebench.duts.ovs.hosts import OvsKernel
from middlebench.errors import CommandError, DutError, HostError
from middlebench.hosts import lock as lifetime
from middlebench.hosts.connect import open_host
from middlebench.testbeds import places
from middlebench.testbeds.place import supply
from middlebench.testbeds.run_folder import RunFolder
from sshd import LOCAL_SETTINGS, running_sshd
from workspace import REPOSITORY

RULES = REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows"


@pytest.fixture(params=["local", "far"])
def settings(request, sshd):
    """Of either kind of host."""
    return sshd.settings if request.param == "far" else LOCAL_SETTINGS


def test_what_is_begun_ends_with_the_folder_and_nothing_stays(settings, marked, tmp_path):
    """A command, a session of its own with a pid file, the folder; what is to be undone is."""
    undone = tmp_path / "undone"
    with open_host(settings) as host, RunFolder(host) as place:
        folder = place.folder
        assert place.run(f"ls -A {folder}").stdout == ""
        place.start(f"{marked.sleep} & {marked.sleep}")
        place.run(f"setsid {marked.sleep} > /dev/null 2>&1 & echo $! > {folder}/daemon.pid")
        place.run(f"echo 'touch {undone}' > {folder}/undo")
        wait_for(lambda: len(marked.asleep()) == 3, 10, "three processes")
    assert not Path(folder).exists()
    assert undone.exists()


def test_a_text_of_any_length_becomes_a_file(settings):
    """Beyond what the words of a command hold."""
    text = "table=0,actions=drop # it's $5\n" * 100_000
    with open_host(settings) as host, RunFolder(host) as place:
        supply(place, {"rules.flow": text, "rules.group": ""})
        said = place.run(
            f"sha256sum < {place.folder}/rules.flow; wc -c < {place.folder}/rules.group"
        )
    assert said.stdout.split() == [hashlib.sha256(text.encode()).hexdigest(), "-", "0"]


def test_a_command_that_fails_is_its_last_line(settings):
    """With `attempt` it is a result."""
    with open_host(settings) as host, RunFolder(host) as place:
        with pytest.raises(CommandError, match=r"^no more$"):
            place.run("echo some; echo no more >&2; exit 3")
        assert place.attempt("exit 3").exited == 3
        assert place.run("echo still").stdout == "still\n"


def test_a_command_calls_this_process_and_waits_for_it(settings):
    """Each call has its action, in the order in which they are made, and output goes on."""
    done = []
    with open_host(settings) as host, RunFolder(host) as place:
        first, second = (
            place.calling(lambda n=n: done.append((n, place.run(f"echo {n}").stdout))) for n in "12"
        )
        said = place.run(
            f"echo begin; {second}; test -e {place.folder}/answer.1; {first}; echo end"
        )
    assert done == [("2", "2\n"), ("1", "1\n")]
    assert said.stdout.splitlines()[0] == "begin"
    assert said.stdout.splitlines()[-1] == "end"


def test_an_action_that_fails_ends_the_command(settings, marked):
    """The error is the action's; nothing waits for an answer that will not come."""

    def fail():
        raise DutError("no state")

    with (
        pytest.raises(DutError, match="no state"),
        open_host(settings) as host,
        RunFolder(host) as place,
    ):
        place.run(f"{place.calling(fail)}; {marked.sleep}")


def test_a_lost_connection_leaves_no_folder(sshd, marked, tmp_path):
    """sshd is killed under it: the keeper on that side ends what is left, and undoes."""
    undone, folders = tmp_path / "undone", []
    with pytest.raises(HostError, match="the connection was lost"):
        lose_a_folder(sshd, marked, undone, folders)
    wait_for(undone.exists, CLEAN_WITHIN_S, "what is to be undone")
    wait_for(lambda: not folders[0].exists(), CLEAN_WITHIN_S, "end of the folder")


def lose_a_folder(sshd, marked, undone, folders):
    """sshd is killed while two processes run for a folder, which is noted."""
    with open_host(sshd.settings) as host, RunFolder(host) as place:
        folder = Path(place.folder)
        folders.append(folder)
        place.run(f"echo 'touch {undone}' > {folder}/undo")
        place.run(f"setsid {marked.sleep} > /dev/null 2>&1 & echo $! > {folder}/daemon.pid")
        place.start(marked.sleep)
        wait_for(lambda: len(marked.asleep()) == 2, 10, "two processes")
        sshd.end_sessions()
        place.run("echo never")


JOB = """
import time
from middlebench.hosts.connect import open_host
from middlebench.hosts.lock import end_with_owner
from middlebench.testbeds.place import supply
from middlebench.testbeds.run_folder import RunFolder
end_with_owner()
with open_host({settings!r}) as host, RunFolder(host) as place:
    place.start("setsid {sleep} > /dev/null 2>&1 & echo $! > %s/daemon.pid; {sleep}" % place.folder)
    print(place.folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_client_was_ended(settings, marked, ending):
    """However the process that has the folder ends."""
    job = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(JOB.format(settings=settings, sleep=marked.sleep))],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with job:
        folder = Path(job.stdout.readline().strip())
        wait_for(lambda: len(marked.asleep()) == 2, 10, "two processes")
        job.send_signal(ending)
        job.wait(10)
    wait_for(lambda: not folder.exists(), CLEAN_WITHIN_S, "end of the folder")


@pytest.mark.skipif(Path("/sys/module/openvswitch").exists(), reason="the module is here")
def test_ovs_kernel_says_which_module_is_missing(settings):
    """One line; nothing was started or changed."""
    ports = [{"pci": f"0000:03:00.{n}", "interface": f"eth{n + 2}"} for n in (0, 1)]
    chosen = {"snat_address": "200.200.200.200"}
    with open_host(settings) as host, RunFolder(host) as place:
        dut = OvsKernel(place, chosen, "nat", RULES, 0, ports=ports)
        with pytest.raises(DutError, match="the kernel has no module openvswitch: ovs-kernel"):
            dut.__enter__()
        assert "conf.db" not in place.run(f"ls {place.folder}").stdout


def test_one_machine_by_two_addresses_is_locked_once(sshd, tmp_path, monkeypatch):
    """Else a run would wait for itself; another one does wait."""
    monkeypatch.setattr(lifetime, "LOCK_FOLDER", str(tmp_path))
    testbed = {"host": sshd.settings, "loadgen": {"host": LOCAL_SETTINGS}}
    with places.testbed_place(testbed) as where, places.testbed_lock(where):
        assert where.dut is not where.loadgen
        check_held(tmp_path)
    check_free(tmp_path)


def test_with_become_all_of_it_is_roots(tmp_path, marked):
    """Commands, the folder, and the keeper that ends and removes what is root's."""
    programs = tmp_path / "bin"
    programs.mkdir()
    sudo = '#!/bin/sh\ntest "$1" = -n && shift; AS=root exec "$@"\n'
    (programs / "sudo").write_text(sudo, encoding="ascii")
    (programs / "sudo").chmod(0o755)
    path = f"{programs}:/usr/bin:/bin"
    with (
        running_sshd(tmp_path / "sshd", path=path) as sshd,
        open_host(sshd.settings | {"become": "sudo"}) as host,
        RunFolder(host) as place,
    ):
        assert place.run("echo $AS").stdout == "root\n"
        assert host.run("echo $AS").stdout == "\n"
        assert place.attempt("echo $AS; false").stdout == "root\n"
        folder = place.folder
        place.run(f"echo 'echo $AS > {tmp_path}/undone' > {folder}/undo")
        place.start(marked.sleep)
        wait_for(marked.asleep, 10, "a process")
    assert (tmp_path / "undone").read_text(encoding="ascii") == "root\n"
