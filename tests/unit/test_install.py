"""envs/install.sh installs what is missing or says in one line why not; nothing is half-made."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from installing import DEBIAN, TRIXIE, UBUNTU, Machine, assert_one_line
from workspace import REPOSITORY


@pytest.fixture
def machine(tmp_path) -> Machine:
    """Debian 12 with every package, without .venv."""
    return Machine(tmp_path)


def test_a_complete_machine_asks_apt_for_nothing(machine):
    """Only .venv is made, from the lock file with hashes."""
    run = machine.install()
    assert run.returncode == 0, run.stderr
    assert machine.called("apt-get") == []
    lock = machine.folder / "envs/requirements.txt"
    assert machine.called("venv-python -m pip install") == [
        f"venv-python -m pip install -q --disable-pip-version-check --require-hashes -r {lock}"
    ]


def test_a_second_call_installs_nothing(machine):
    """The stamp of the lock file says that .venv is whole."""
    machine.install()
    machine.calls.unlink()
    run = machine.install()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert machine.called("python3") == machine.called("apt-get") == []


def test_another_lock_file_makes_another_environment(machine):
    """The stamp depends on the lock file's content; the old one may be in use, twice in PATH."""
    machine.install()
    old = machine.venv / "bin"
    machine.environment["PATH"] = f"{old}:{old}:{machine.environment['PATH']}"
    (machine.venv / "old").touch()
    with (machine.folder / "envs/requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("\n")
    assert machine.install().returncode == 0
    assert not (machine.venv / "old").exists()


@pytest.mark.parametrize(
    ("distribution", "system", "pins"),
    [
        ("debian", DEBIAN, ("22.11*", "3.1.0*")),
        ("trixie", TRIXIE, ("24.11*", "3.5.0*")),
        ("ubuntu", UBUNTU, ("23.11*", "3.3.*")),
    ],
)
def test_what_is_missing_is_installed_in_its_pinned_version(machine, distribution, system, pins):
    """Two packages are missing: apt is asked for these two, with this distribution's versions."""
    machine.system(system)
    machine.installed(distribution, without=("libdpdk-dev", "openvswitch-switch-dpdk", "gcc"))
    assert machine.install().returncode == 0
    wanted = f"openvswitch-switch-dpdk={pins[1]} libdpdk-dev={pins[0]} gcc=*"
    assert machine.called("apt-get") == [
        "apt-get -q update",
        f"apt-get -q install -y --no-install-recommends {wanted}",
    ]


def test_extra_packages_are_installed_only_when_asked_for(machine):
    """An sshd is not for everyone who wants a figure."""
    assert machine.install().returncode == 0
    assert machine.called("apt-get") == []
    assert machine.install("extra").returncode == 0
    wanted = machine.called("apt-get -q install")[0]
    assert "openssh-server=*" in wanted
    assert "openvswitch-source=3.1.0*" in wanted
    assert "libdpdk-dev" not in wanted


def test_a_package_in_another_version_counts_as_missing(machine):
    """Debian with Ubuntu's Open vSwitch: not what the pins say."""
    machine.installed("ubuntu")
    machine.install()
    assert "openvswitch-switch-dpdk=3.1.0*" in machine.called("apt-get -q install")[0]


def test_an_ordinary_user_installs_through_sudo(machine):
    """sudo is used for apt only, and only when something is missing."""
    machine.program("id", "#!/bin/bash\necho 1000\n")
    machine.program("sudo", '#!/bin/bash\necho "sudo $*" >>"$CALLS"\n"$@"\n')
    assert machine.install().returncode == 0
    assert machine.called("sudo") == []
    machine.installed("debian", without=("gcc",))
    assert machine.install().returncode == 0
    assert [call.split()[1] for call in machine.called("sudo")] == ["apt-get", "env"]


def test_without_root_and_sudo_the_line_says_what_to_install(machine):
    """The packages are named, for someone who is root."""
    machine.program("id", "#!/bin/bash\necho 1000\n")
    machine.installed("debian", without=("gcc",))
    run = machine.install()
    assert_one_line(run, "no sudo; as root: apt-get install gcc=*")
    assert not machine.venv.exists()


def test_a_failing_apt_ends_the_setup(machine):
    """No environment is made for a machine that cannot measure."""
    machine.installed("debian", without=("gcc",))
    machine.environment["NO_APT"] = "100"
    assert_one_line(machine.install(), "apt-get update failed (see above)")
    assert not machine.venv.exists()


def test_an_old_python_is_refused(machine):
    """The line names its version and what is allowed."""
    machine.environment["OLD_PYTHON"] = "1"
    assert_one_line(machine.install(), "Python 3.9.2 is too old; allowed: Python 3.11 or newer")
    (machine.programs / "python3").unlink()
    assert_one_line(machine.install(), "no python3; allowed: 3.11 or newer")


def test_a_failing_pip_leaves_no_environment(machine):
    """Half an environment would look like a whole one."""
    machine.environment["PIP"] = "exit 1"
    assert_one_line(machine.install(), "pip could not install envs/requirements.txt (see above)")
    assert not machine.venv.exists()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_setup_starts_over(machine, ending):
    """Whatever ended pip, the next call makes the environment anew, and one that is whole."""
    machine.environment["PIP"] = 'case "$*" in *pip*) touch "$CALLS.pip"; sleep 60 ;; esac'
    process = subprocess.Popen(**machine.command(), start_new_session=True)
    while not Path(f"{machine.calls}.pip").exists():
        assert process.poll() is None
    os.killpg(process.pid, ending)
    process.communicate(timeout=30)
    if ending == signal.SIGTERM:
        assert not machine.venv.exists()
    machine.environment["PIP"] = ""
    assert machine.install().returncode == 0
    assert list(machine.venv.glob("requirements-*"))


def test_no_index_is_named_in_the_lock_file():
    """Where packages come from is the user's setting."""
    for name in ("requirements.in", "requirements.txt"):
        text = (REPOSITORY / "envs" / name).read_text(encoding="utf-8")
        assert "index-url" not in text
        assert "://" not in text
