"""An ordinary user with a login of their own, who exists only while a command of theirs runs.

In a mount namespace of its own the files of accounts have one line more, and Python's folders are
mounted where everybody may read them; the kernel takes all of it away, whatever ends the test.
"""

import grp
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "ordinary"
ETC = {"passwd": "{name}:x:{id}:{id}::{home}:/bin/sh", "group": "{name}:x:{id}:"}
ETC |= {"shadow": "{name}:*:20000::::::"}


class Ordinary:
    """`home` is a folder of theirs with a space in its path."""

    def __init__(self, place: Path) -> None:
        self.home = place / "home of one"
        self._place = place
        self._id = free_id()
        self._python = {"base": sys.base_prefix, "env": sys.prefix}
        for name in (*self._python, "etc"):
            (place / name).mkdir()
        self.home.mkdir()
        os.chown(self.home, self._id, self._id)
        for name, line in ETC.items():
            file = place / "etc" / name
            shutil.copy(f"/etc/{name}", file)
            with file.open("a", encoding="ascii") as accounts:
                accounts.write(line.format(name=NAME, id=self._id, home=self.home) + "\n")

    def own(self, folder: Path) -> None:
        """Make a folder theirs with all in it, as their umask 077 would have made it."""
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self._id, self._id, follow_symlinks=False)
            path.chmod(path.stat().st_mode & 0o700)

    def run(self, command: str, cwd: Path) -> subprocess.CompletedProcess:
        """Run a shell command after their login; `python` in it is this one, with its packages."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = self._place / "env/lib" / version / "site-packages"
        said = (
            f"cd {shlex.quote(str(cwd))} && umask 077 && export LANG=C "
            f"PYTHONPATH={shlex.quote(str(packages))} && "
            f'python() {{ {shlex.quote(str(self._place / "base/bin" / version))} "$@"; }} && '
            f"{command}"
        )
        mounts = {path: self._place / name for name, path in self._python.items()}
        mounts |= {str(self._place / "etc" / name): f"/etc/{name}" for name in ETC}
        bound = " && ".join(
            f"mount --bind {shlex.quote(source)} {shlex.quote(str(target))}"
            for source, target in mounts.items()
        )
        script = f"{bound} && exec su - {NAME} -c {shlex.quote(said)}"
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script],
            env={"PATH": os.environ["PATH"], "TERM": "dumb"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


def free_id() -> int:
    """A number that is no user's and no group's."""
    taken = {user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()}
    return next(number for number in range(20000, 60000) if number not in taken)


@contextmanager
def ordinary_user() -> Iterator[Ordinary]:
    """One, with a home; only root can make one."""
    with tempfile.TemporaryDirectory(prefix="middlebench-") as place:
        Path(place).chmod(0o755)
        yield Ordinary(Path(place))
