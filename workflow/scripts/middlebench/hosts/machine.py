"""A host's files and programs as preparation sees them: /sys and /proc read, changed as root.

`root` stands before every path, so that tests have a /sys of their own.
"""

import json
import shlex
from typing import Any

from invoke.runners import Result

from middlebench.errors import HostError
from middlebench.hosts.commands import last_line
from middlebench.hosts.host import Host


class Machine:
    """A connected `host` (see `connect.open_host`).  HostError in one line for all that fails."""

    def __init__(self, host: Host, root: str = "") -> None:
        self.host = host
        self.root = root

    @property
    def name(self) -> str:
        """The host's address, as the configuration has it."""
        return self.host.name

    def path(self, path: str) -> str:
        """An absolute path there, quoted."""
        return shlex.quote(f"{self.root}{path}")

    def ask(self, command: str) -> str:
        """What a command says on stdout; an empty text when it fails or is not there."""
        asked = self.host.run(command, warn=True)
        return "" if asked.exited else asked.stdout.strip()

    def ask_json(self, command: str) -> Any:
        """The JSON that a command says, an empty list for nothing; HostError when it fails."""
        asked = self.host.run(command, warn=True)
        if asked.exited:
            raise HostError(f"{self.name}: {command}: {last_line(asked)}")
        try:
            return json.loads(asked.stdout.strip() or "[]")
        except ValueError as error:
            raise HostError(f"{self.name}: {command}: not JSON ({error})") from error

    def read(self, path: str) -> str:
        """The text of a file; an empty one when there is none."""
        return self.ask(f"cat {self.path(path)}")

    def names(self, *patterns: str) -> list[str]:
        """The paths (without `root`) that match the shell's patterns, sorted."""
        found = self.ask(f"ls -1d {self._globs(patterns)} 2> /dev/null || :").splitlines()
        return sorted(path.removeprefix(self.root) for path in found)

    def files(self, *patterns: str) -> dict[str, str]:
        """The texts of all readable files that match, by path (without `root`)."""
        # -Z: a path may hold a colon, as PCI addresses do; `..` matches no empty file
        said = self.ask(f"grep -sHZ '' {self._globs(patterns)} || :")
        texts: dict[str, list[str]] = {}
        for line in said.splitlines():
            path, _, text = line.partition("\0")
            texts.setdefault(path.removeprefix(self.root), []).append(text)
        return {path: "\n".join(lines).strip() for path, lines in texts.items()}

    def exists(self, path: str) -> bool:
        """Is there such a file or folder?"""
        return not self.host.run(f"test -e {self.path(path)}", warn=True).exited

    def installed(self, packages: list[str]) -> dict[str, str]:
        """The versions of those Debian packages that are installed."""
        form = shlex.quote("${db:Status-Status} ${Package} ${Version}\\n")
        names = " ".join(map(shlex.quote, packages))
        said = self.ask(f"dpkg-query -W -f={form} {names} 2> /dev/null || :")
        lines = (line.split() for line in said.splitlines())
        return {words[1]: words[2] for words in lines if words[0] == "installed"}

    def change(self, command: str, what: str) -> Result:
        """Run a command as root; HostError with `what` it was to do when it fails."""
        done = self.host.as_root(command, warn=True)
        if done.exited:
            raise HostError(f"{self.name}: {what}: {last_line(done)}{self._hint(done)}")
        return done

    def write(self, texts: dict[str, str], what: str) -> None:
        """Write into files of /sys, as root."""
        writes = (
            f"printf %s {shlex.quote(text)} > {self.path(path)}" for path, text in texts.items()
        )
        self.change(" && ".join(writes), what)

    def replace(self, path: str, text: str, what: str) -> None:
        """Make a file (and its folder) hold a text, as root: by another name, then renamed."""
        folder, new = path.rpartition("/")[0], f"{path}.new"
        self.change(
            f"mkdir -p {self.path(folder)} && printf %s {shlex.quote(text)} > {self.path(new)} && "
            f"mv {self.path(new)} {self.path(path)}",
            what,
        )

    def _globs(self, patterns: tuple[str, ...]) -> str:
        return " ".join(f"{shlex.quote(self.root)}{pattern}" for pattern in patterns)

    def _hint(self, done: Result) -> str:
        denied = "ermission denied" in done.stderr and not self.host.become
        return " (log in as root, or set host.become: sudo)" if denied else ""
