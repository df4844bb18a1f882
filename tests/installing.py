"""A machine for envs/install.sh, with stand-ins for what it calls.

apt, dpkg-query, sudo and python3 write down how they were called.
"""

import shutil
import subprocess
from pathlib import Path

from workspace import REPOSITORY

DEBIAN = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n'
TRIXIE = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n'
FEDORA = 'ID=fedora\nVERSION_ID=40\nPRETTY_NAME="Fedora Linux 40"\n'

VERSIONS = {"debian": {"openvswitch": "3.1.0-2", "dpdk": "22.11.11-0"}}
VERSIONS["trixie"] = {"openvswitch": "3.5.0-1+b1", "dpdk": "24.11.8-0+deb13u1"}
VERSIONS["ubuntu"] = {"openvswitch": "3.3.4-0ubuntu0.24.04.1", "dpdk": "23.11.4-0"}

PYTHON = """#!/bin/bash
echo "python3 $*" >>"$CALLS"
case "$1 $2" in
    "-c import sys"*) exit "${OLD_PYTHON:-0}" ;;
    "--version ") echo "Python 3.9.2" ;;
    "-m venv")
        mkdir -p "$3/bin"
        printf '#!/bin/bash\\necho "venv-python $*" >>"$CALLS"\\n%s\\n' "$PIP" >"$3/bin/python"
        echo '[ "$1" != -c ] || echo "${VENV_VERSION:-3 11}"' >>"$3/bin/python"
        chmod +x "$3/bin/python"
        cp "$0" "$3/bin/python3"
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
            "cp",
            "dpkg",
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


def assert_one_line(run, start):
    """Status 1 and one line of ours on stderr."""
    assert run.returncode == 1
    assert [line for line in run.stderr.splitlines() if line] == [run.stderr.strip()]
    assert run.stderr.startswith(f"middlebench: setup: {start}")
