"""Hosts over SSH, against a real sshd on this machine: nothing of them outlives its connection."""

import contextlib
import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest
from invoke.exceptions import UnexpectedExit
from sshd import free_port, make_key, running_sshd
from test_lifetime import lock_holder, wait_for
from test_point import LOW_MBIT, check_invariants, identity

from middlebench import hosts, lifetime, measure, open_vswitch
from middlebench.check import check_function
from middlebench.errors import HostError, SandboxError
from middlebench.hosts import open_host
from middlebench.pinning import choose_cpus
from middlebench.sandbox import Sandbox, begin

CLEAN_WITHIN_S = 5
LOCAL_SETTINGS = {"address": "local", "command_timeout_s": 60}

AWKWARD = 'it\'s "quoted" $HOME `id` \\ * ; & | < > # ~ é\n  two lines'


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    """The far side."""
    with running_sshd(tmp_path_factory.mktemp("far") / "sshd") as running:
        yield running


@pytest.fixture
def far(sshd):
    """A host over SSH."""
    with open_host(sshd.settings) as host:
        yield host


@pytest.fixture(params=["local", "far"])
def host(request):
    """Either kind of host."""
    if request.param == "far":
        yield request.getfixturevalue("far")
    else:
        with open_host(LOCAL_SETTINGS) as near:
            yield near


class Marked:
    """Processes that can be told from all others: each has `word` in its command line."""

    def __init__(self, word):
        self.word = word
        self.sleep = f"sleep 600.{word}"

    def found(self):
        """Those that run now."""
        alive = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess):
                if self.word in " ".join(process.cmdline()):
                    alive.append(process)
        return alive

    def asleep(self):
        """The sleeping ones among them."""
        named = []
        for process in self.found():
            with contextlib.suppress(psutil.NoSuchProcess):
                named += [process] if process.name() == "sleep" else []
        return named


@pytest.fixture
def marked():
    """Processes of this test; it fails when one is left."""
    mine = Marked(
        f"{os.getpid():07d}{os.urandom(4).hex().translate(str.maketrans('abcdef', '012345'))}"
    )
    yield mine
    wait_for(lambda: not mine.found(), CLEAN_WITHIN_S, "end of all processes")


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
        "import sys, middlebench.assembly, middlebench.hosts, middlebench.lifetime\n"
        "with middlebench.hosts.open_host({'address': 'local'}): pass\n"
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


def refusal(settings):
    """What opening a host says; one line."""
    with pytest.raises(HostError) as caught, open_host(settings):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("address", "name"), [("far", "127.0.0.1"), ("jump", "localhost")])
def test_an_unknown_host_key_is_refused(sshd, tmp_path, address, name):
    """Also that of a host to jump over; nothing is added to the known keys."""
    line = (sshd.folder / "known_hosts").read_text(encoding="ascii")
    line = line.replace(f",[localhost]:{sshd.port}", "") if address == "jump" else ""
    file = tmp_path / "known_hosts"
    file.write_text(line, encoding="ascii")
    said = refusal(sshd.settings | {"address": address, "known_hosts": str(file)})
    assert f"[{name}]:{sshd.port}: unknown host key (ssh-ed25519 SHA256:" in said
    assert f"accept it once by hand: ssh -p {sshd.port} " in said
    assert file.read_text(encoding="ascii") == line


def test_a_changed_host_key_is_refused(sshd, tmp_path):
    """Both fingerprints and what to do are named."""
    known = tmp_path / "known_hosts"
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text(encoding="ascii")
    known.write_text(f"[127.0.0.1]:{sshd.port} {other}", encoding="ascii")
    said = refusal(sshd.settings | {"known_hosts": str(known)})
    assert said.startswith("far: the host key has changed: known is ssh-ed25519 SHA256:")
    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}'" in said


def test_a_host_is_reached_over_another(sshd):
    """`ProxyJump` of ssh_config counts."""
    with open_host(sshd.settings | {"address": "jump"}) as host:
        assert host.run("echo there").stdout == "there\n"


def test_a_port_without_sshd_is_named(sshd):
    """Nobody listens; or nobody says anything."""
    port = free_port()
    settings = sshd.settings | {"connect_timeout_s": 1}
    said = refusal(settings | {"address": f"root@127.0.0.1:{port}"})
    assert f"127.0.0.1 port {port} refuses connections" in said
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        said = refusal(settings | {"address": f"root@127.0.0.1:{port}"})
    assert f"127.0.0.1 port {port}: no answer of an sshd in 1 s" in said


def test_a_key_that_is_not_accepted_is_no_reason_for_a_password(sshd, tmp_path):
    """One line says what to do."""
    text = (sshd.folder / "ssh_config").read_text(encoding="ascii")
    other = tmp_path / "ssh_config"
    other.write_text(text.replace(f"{sshd.folder}/key", str(make_key(tmp_path / "key"))))
    said = refusal(sshd.settings | {"ssh_config": str(other)})
    assert said.startswith("far: no key of yours lets ")
    assert "ssh-copy-id" in said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"become": "su"}, "far: become: su; allowed: null, sudo"),
        ({"address": "host:many"}, "host:many: not an address, or no ssh_config"),
        ({"ssh_config": "/nowhere/config"}, "far: not an address, or no ssh_config"),
    ],
)
def test_settings_that_are_none_are_named(sshd, settings, said):
    """One line, and no connection."""
    assert refusal(sshd.settings | settings).startswith(said)


def test_a_lost_connection_ends_the_command_and_says_so(sshd, marked):
    """sshd is killed under it: nothing of the command is left, and nothing connects anew."""
    with open_host(sshd.settings) as host:
        begun = host.run(f"trap '' TERM HUP; {marked.sleep} & {marked.sleep}", asynchronous=True)
        wait_for(lambda: len(marked.asleep()) == 2, 10, "two processes")
        end_sessions(sshd)
        with pytest.raises(HostError, match=r"^far: .*: the connection was lost$"):
            begun.join()
        wait_for(lambda: not marked.found(), CLEAN_WITHIN_S, "end of all processes")
        with pytest.raises(HostError, match="the connection was lost"):
            host.run("echo again")
        with pytest.raises(HostError, match="the connection was lost"):
            host.get("/etc/hostname", sshd.folder / "never")
    assert not sshd.sessions()


def end_sessions(sshd):
    """SIGKILL for whatever serves a connection."""
    for session in sshd.sessions():
        session.kill()


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
        end_sessions(sshd)
        sandbox.wait(started)


JOB = """
import sys, time
from middlebench.hosts import open_host
from middlebench.lifetime import end_with_owner, machine_lock
from middlebench.sandbox import Sandbox
import middlebench.lifetime
end_with_owner()
middlebench.lifetime.LOCK_FOLDER = {folder!r}
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
    with lock_holder(tmp_path) as free:
        assert free.stdout.readline() == "locked\n"
        free.stdin.write("\n")


def test_files_are_copied_with_their_mode(host, tmp_path):
    """There and back; an awkward name is a name."""
    source, there, back = tmp_path / "a", tmp_path / "it's $there", tmp_path / "back"
    source.write_bytes(bytes(range(256)) * 5000)
    source.chmod(0o750)
    host.put(source, str(there))
    assert there.read_bytes() == source.read_bytes()
    assert there.stat().st_mode & 0o777 == 0o750
    host.get(str(there), back)
    assert back.read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "back", "it's $there"]


@pytest.mark.parametrize("way", ["put", "get"])
def test_a_copy_replaces_a_file_at_once_or_not_at_all(host, tmp_path, way):
    """Who has the old file open keeps it; a copy that fails leaves the old one and nothing else."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("new", encoding="ascii")
    target.write_text("old", encoding="ascii")
    copy = (
        (lambda a, b: host.put(a, str(b))) if way == "put" else (lambda a, b: host.get(str(a), b))
    )
    with target.open(encoding="ascii") as opened:
        copy(source, target)
        assert opened.read() == "old"
    assert target.read_text(encoding="ascii") == "new"
    blocked = tmp_path / "folder"
    (blocked / "full").mkdir(parents=True)
    with pytest.raises(HostError, match="folder"):
        copy(source, blocked)  # cannot be renamed over a folder
    with pytest.raises(HostError, match="none"):
        copy(source, tmp_path / "none" / "target")
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "folder",
        "full",
        "source",
        "target",
    ]


def test_a_copy_is_staged_once_by_its_content(far, sshd, tmp_path):
    """Another content is another file; a damaged copy is made again."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho first\n", encoding="ascii")
    program.chmod(0o755)
    first = Path(far.staged(program))
    assert far.run(str(first)).stdout == "first\n"
    assert first.parent == Path(sshd.settings["folder"])
    first.write_text("damaged", encoding="ascii")
    with open_host(sshd.settings | {"command_timeout_s": 61}) as later:
        made = first.stat().st_ino
        assert later.staged(program) == str(first)
        assert first.stat().st_ino != made
    with open_host(sshd.settings | {"command_timeout_s": 62}) as later:
        made = first.stat().st_ino
        assert later.staged(program) == str(first)
        assert first.stat().st_ino == made
    program.write_text("#!/bin/sh\necho second\n", encoding="ascii")
    assert far.run(far.staged(program)).stdout == "second\n"


def test_a_folder_for_copies_that_cannot_be_made_is_named(sshd, tmp_path):
    """One line names it."""
    (tmp_path / "file").touch()
    with (
        open_host(sshd.settings | {"folder": str(tmp_path / "file/below")}) as host,
        pytest.raises(HostError, match=r"file/below cannot be used .* choose another `folder`"),
    ):
        host.staged(tmp_path / "file")


@pytest.mark.parametrize(
    ("sudo", "said"),
    [
        (None, "no sudo: install it, or log in as root and set become: null"),
        ("echo 'sudo: a password is required' >&2; exit 1", r"refused \(sudo: a password is req"),
    ],
)
def test_sudo_that_is_missing_or_refused_is_named(tmp_path, sudo, said):
    """One line says what to do; the command is not run."""
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


def test_the_lock_of_a_host_is_that_of_its_own_runs(far, tmp_path, monkeypatch, capsys):
    """A run on the host itself is waited for, and waits."""
    monkeypatch.setattr(lifetime, "LOCK_FOLDER", str(tmp_path))
    with lock_holder(tmp_path) as there:
        assert there.stdout.readline() == "locked\n"
        monkeypatch.setattr(
            lifetime,
            "_say_waiting",
            lambda where: (there.kill(), print(f"waits for {where}")),
        )
        with lifetime.machine_lock(far):
            assert capsys.readouterr().out == "waits for far\n"
            with lock_holder(tmp_path, subprocess.PIPE) as second:
                assert "another run measures on this machine" in second.stderr.readline()
                second.kill()
    with lock_holder(tmp_path) as free:
        assert free.stdout.readline() == "locked\n"
        free.stdin.write("\n")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_cannot_be_had_is_named(far, monkeypatch):
    """flock's own words."""
    monkeypatch.setattr(lifetime, "REMOTE_LOCK", lifetime.Template("echo no folder >&2; exit 1"))
    with (
        pytest.raises(HostError, match="far: cannot be locked: no folder"),
        lifetime.machine_lock(far),
    ):
        pass


def test_holding_outlasts_the_time_of_a_command(sshd):
    """What holds a sandbox or a lock has no limit but a day."""
    with open_host(sshd.settings | {"command_timeout_s": 1}) as host:
        assert begin(host, "sleep 1.5; echo slept").join().stdout == "slept\n"
    assert hosts.LONGEST_S == 86_400


def test_a_point_on_the_far_side_agrees_with_the_switchs_counters(
    far, sshd, parts, settings, calibration
):
    """DUT and generator run there, from copies; the record has the invariants of any point."""
    cell = identity("nat", 300, LOW_MBIT)
    point = measure.measure_point(cell, settings, parts("nat"), calibration, far)
    check_invariants(point)
    assert point["state"]["expected_entries"] == 300
    assert point["host"]["cpus"] == len(os.sched_getaffinity(0))
    copies = [path.name for path in Path(sshd.settings["folder"]).iterdir()]
    assert [name for name in copies if name.startswith("softgen-")]
    assert not [name for name in copies if name.endswith(".part")]


def installation(folder, word):
    """A small installation, with a manifest and a link to another folder of the same kind."""
    (folder / "sbin").mkdir(parents=True)
    program = folder / "sbin/ovs-vswitchd"
    program.write_text(f"#!/bin/sh\necho {word}\n", encoding="ascii")
    program.chmod(0o755)
    (folder / "sbin/also").symlink_to("ovs-vswitchd")
    (folder / "manifest.json").write_text(json.dumps({"word": word}), encoding="ascii")
    return folder


def test_a_folder_is_staged_once_by_its_manifest(far, sshd, tmp_path):
    """Modes and links within are kept; what a link leads to outside is copied along."""
    prefix = installation(tmp_path / "3.1.0-abc", "first")
    library = tmp_path / "22.11/lib/librte.so"
    library.parent.mkdir(parents=True)
    library.write_text("DPDK", encoding="ascii")
    (prefix / "dpdk").symlink_to("../22.11")
    there = Path(far.staged_tree(prefix))
    assert there.parent == Path(sshd.settings["folder"])
    assert far.run(f"{there}/sbin/ovs-vswitchd").stdout == "first\n"
    assert (there / "sbin/also").readlink() == Path("ovs-vswitchd")
    assert (there / "dpdk/lib/librte.so").read_text(encoding="ascii") == "DPDK"
    made = there.stat().st_ino
    with open_host(sshd.settings | {"command_timeout_s": 63}) as later:
        assert later.staged_tree(prefix) == str(there)
    assert there.stat().st_ino == made
    (prefix / "manifest.json").write_text("{}", encoding="ascii")
    assert far.staged_tree(prefix) != str(there)
    assert not list(there.parent.glob("*.part"))


def test_a_folder_without_a_manifest_is_staged_by_its_files(far, tmp_path):
    """Such as our scripts for MoonGen."""
    scripts = tmp_path / "moongen"
    scripts.mkdir()
    (scripts / "a.lua").write_text("return 1\n", encoding="ascii")
    first = far.staged_tree(scripts)
    assert far.run(f"cat {first}/a.lua").stdout == "return 1\n"
    (scripts / "b.lua").write_text("return 2\n", encoding="ascii")
    second = far.staged_tree(scripts)
    assert far.run(f"ls {second}").stdout == "a.lua\nb.lua\n"
    assert far.run(f"ls {first}").stdout == "a.lua\n"


def test_what_a_dropped_connection_left_is_removed_by_the_next_copy(far, sshd, tmp_path):
    """Only what is old: another run may be at work on the rest."""
    folder = Path(sshd.settings["folder"])
    folder.mkdir(exist_ok=True)
    old, new, copy = (folder / name for name in ("a.part", "b.part", "c-0123"))
    for path in (old, new, copy):
        path.touch()
    long_ago = time.time() - 2 * 3600
    for path in (old, copy):
        os.utime(path, (long_ago, long_ago))
    program = tmp_path / "program"
    program.write_text(str(long_ago), encoding="ascii")
    far.staged(program)
    assert [path.exists() for path in (old, new, copy)] == [False, True, True]
    new.unlink()


def test_a_switch_of_ones_own_goes_along(far, parts, settings, tmp_path):
    """Its installation is copied as softgen is, and says there what it is by its manifest."""
    prefix = tmp_path / "3.1.0-abc"
    for folder in ("bin", "sbin", "share/openvswitch"):
        (prefix / folder).mkdir(parents=True)
    daemon = prefix / "sbin/ovs-vswitchd"
    daemon.write_text(f'#!/bin/sh\nexec {open_vswitch.DAEMON} "$@"\n', encoding="ascii")
    daemon.chmod(0o755)
    (prefix / "share/openvswitch/vswitch.ovsschema").symlink_to(open_vswitch.SCHEMA)
    manifest = json.dumps({"source": "a test's"})
    (prefix / "manifest.json").write_text(manifest, encoding="ascii")
    chosen = settings | {"dut": settings["dut"] | {"prefix": str(prefix)}}
    found = check_function(parts("nat"), chosen, far)
    assert found["passed"]
    assert found["software"]["source"] == "a test's"
    assert found["software"]["manifest_sha256"] == hashlib.sha256(manifest.encode()).hexdigest()
