"""envs/install.sh: it installs what is missing or says in one line why not; nothing is half-made.

apt, dpkg, sudo and python3 are stand-ins that write down how they were called.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from workspace import REPOSITORY

DEBIAN = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n'
FEDORA = 'ID=fedora\nVERSION_ID=40\nPRETTY_NAME="Fedora Linux 40"\n'

VERSIONS = {"debian": {"openvswitch": "3.1.0-2", "dpdk": "22.11.11-0"}}
VERSIONS["ubuntu"] = {"openvswitch": "3.3.4-0ubuntu0.24.04.1", "dpdk": "23.11.4-0"}

PYTHON = """#!/bin/bash
echo "python3 $*" >>"$CALLS"
case "$1 $2" in
    "-c import sys"*) exit "${OLD_PYTHON:-0}" ;;
    "--version ") echo "Python 3.9.2" ;;
    "-m venv")
        mkdir -p "$3/bin"
        printf '#!/bin/bash\\necho "venv-python $*" >>"$CALLS"\\n%s\\n' "$PIP" >"$3/bin/python"
        chmod +x "$3/bin/python"
        ;;
esac
"""

DPKG_QUERY = """#!/bin/bash
version=$(sed -n "s/^${!#} //p" "$INSTALLED")
[ -n "$version" ] && echo "installed $version"
"""


class Machine:
    """A folder with a copy of envs/ and a PATH of stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.calls = folder / "calls"
        self.environment = {
            "PATH": str(self.programs),
            "CALLS": str(self.calls),
            "INSTALLED": str(folder / "installed"),
            "OS_RELEASE": str(folder / "os-release"),
            "PIP": "",
        }
        shutil.copytree(REPOSITORY / "envs", folder / "envs")
        self.programs.mkdir()
        for name in (
            "bash",
            "cut",
            "dirname",
            "env",
            "flock",
            "mkdir",
            "chmod",
            "rm",
            "sed",
            "touch",
        ):
            self.link(name)
        for name in ("cat", "sha256sum", "sleep"):
            self.link(name)
        self.program("python3", PYTHON)
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", '#!/bin/bash\necho "apt-get $*" >>"$CALLS"\nexit "${NO_APT:-0}"\n')
        self.program("id", "#!/bin/bash\necho 0\n")
        self.system(DEBIAN)
        self.installed("debian")

    def link(self, name: str) -> None:
        """A program of this machine that the script may use."""
        (self.programs / name).symlink_to(shutil.which(name))

    def program(self, name: str, text: str) -> None:
        """A stand-in."""
        (self.programs / name).write_text(text, encoding="utf-8")
        (self.programs / name).chmod(0o755)

    def system(self, text: str) -> None:
        """The distribution that /etc/os-release names."""
        (self.folder / "os-release").write_text(text, encoding="utf-8")

    def installed(self, distribution: str, without: tuple[str, ...] = ()) -> None:
        """Every package of apt.txt is installed, but for some."""
        lines = (self.folder / "envs/apt.txt").read_text(encoding="utf-8").splitlines()
        names = [line.split()[0] for line in lines if line and not line.startswith("#")]
        known = VERSIONS[distribution]
        (self.folder / "installed").write_text(
            "".join(
                f"{name} {next((v for part, v in known.items() if part in name), '1.0')}\n"
                for name in names
                if name not in without
            ),
            encoding="utf-8",
        )

    def command(self, *arguments: str) -> dict:
        """How install.sh is started."""
        return {
            "args": [self.folder / "envs/install.sh", *arguments],
            "env": self.environment,
            "text": True,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        }

    def install(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run install.sh to its end."""
        return subprocess.run(**self.command(*arguments), timeout=60, check=False)

    def called(self, start: str) -> list[str]:
        """Calls of stand-ins that start so."""
        text = self.calls.read_text(encoding="utf-8") if self.calls.exists() else ""
        return [line for line in text.splitlines() if line.startswith(start)]

    @property
    def venv(self) -> Path:
        """Where the environment is made."""
        return self.folder / ".venv"


@pytest.fixture
def machine(tmp_path) -> Machine:
    """Debian 12 with every package, without .venv."""
    return Machine(tmp_path)


def assert_one_line(run, start):
    """Status 1 and one line of ours on stderr."""
    assert run.returncode == 1
    assert [line for line in run.stderr.splitlines() if line] == [run.stderr.strip()]
    assert run.stderr.startswith(f"middlebench: setup: {start}")


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
    """The stamp depends on the lock file's content."""
    machine.install()
    (machine.venv / "old").touch()
    with (machine.folder / "envs/requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("\n")
    assert machine.install().returncode == 0
    assert not (machine.venv / "old").exists()


@pytest.mark.parametrize(
    ("distribution", "system", "pins"),
    [("debian", DEBIAN, ("22.11*", "3.1.0*")), ("ubuntu", UBUNTU, ("23.11*", "3.3.*"))],
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


def test_another_distribution_is_refused(machine):
    """The line names it and what is allowed; nothing is asked of apt."""
    machine.system(FEDORA)
    run = machine.install()
    assert_one_line(run, "Fedora Linux 40 is not supported; allowed: Debian 12, Ubuntu 24.04")
    assert machine.called("apt-get") == []


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
