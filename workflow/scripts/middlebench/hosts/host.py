"""What a host of a testbed offers, and this machine as one; `connect.open_host` opens it.

How its commands live and end is said in `commands`.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from invoke import Config, Context
from invoke.exceptions import Failure
from invoke.runners import Result

from middlebench.addresses import LOCAL
from middlebench.errors import HostError, MiddlebenchError
from middlebench.hosts.commands import SUDO, OwnedLocal, last_line


class _HostsLocal(OwnedLocal):
    def start(self, *arguments: Any) -> None:
        super().start(*arguments)
        self.context.running.add(self)

    def stop(self) -> None:
        super().stop()
        self.context.running.discard(self)


class Host:
    """What both kinds of host have besides `run`."""

    name = LOCAL
    """Its address, as the configuration has it."""
    become: str | None = None
    _may_become = False

    def as_root(self, command: str, **kwargs: Any) -> Result:
        """`run` as root: by `sudo -n` where the settings say `become: sudo`, else as it is."""
        if not self.become_prefix():
            return self.run(command, **kwargs)
        runners = self.config.runners
        kind = runners.remote if "remote" in runners else runners.local
        return self._run(type("Root", (kind,), {"become": SUDO})(self), command, **kwargs)

    def become_prefix(self) -> str:
        """What makes a command root's; empty where that is who logs in.  HostError when refused."""
        if self.become and not self._may_become:
            self._check_sudo()
        return SUDO if self.become else ""

    def _check_sudo(self) -> None:
        tried = self.run(f"{SUDO}sh -c :", warn=True)
        if tried.exited == 127:
            raise HostError(
                f"{self.name}: become: sudo, but there is no sudo: install it, or log in as root "
                "and set become: null"
            )
        if tried.failed:
            raise HostError(
                f"{self.name}: sudo -n is refused ({last_line(tried)}); allow it without a "
                "password (sudoers: NOPASSWD), or log in as root and set become: null"
            )
        self._may_become = True

    def put(self, local: Path, remote: str) -> None:
        """Copy a file of this machine there, with its mode: to another name, then renamed."""
        raise NotImplementedError

    def get(self, remote: str, local: Path) -> None:
        """Copy a file from there to this machine: to another name, then renamed."""
        raise NotImplementedError

    def staged(self, file: Path) -> str:
        """Where `file` of this machine lies there: a copy, named by its content, made once."""
        raise NotImplementedError

    def staged_tree(self, folder: Path) -> str:
        """The same for a folder with all that is in it."""
        raise NotImplementedError


def beside(path: str | Path) -> str:
    """A new name in the folder of `path`, to write what becomes `path` by renaming."""
    return f"{path}.{uuid.uuid4().hex}.part"


class LocalHost(Host, Context):
    """This machine."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        overrides = common_config(settings) | {"runners": {"local": _HostsLocal}}
        super().__init__(Config(overrides=overrides, lazy=True))
        self._set(running=set())
        self.become = settings["become"]

    def close(self) -> None:
        """End the commands that still run."""
        for runner in list(self.running):
            runner.kill()
            with contextlib.suppress(Failure, MiddlebenchError):
                runner.make_promise().join()

    def put(self, local: Path, remote: str) -> None:
        """Copy a file."""
        temporary = Path(beside(remote))
        try:
            shutil.copy(local, temporary)
            temporary.replace(remote)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise HostError(f"{local} to {remote}: {error.strerror}") from error

    def get(self, remote: str, local: Path) -> None:
        """Copy a file."""
        self.put(Path(remote), os.fspath(local))

    def staged(self, file: Path) -> str:
        """The file itself."""
        return str(file.resolve())

    staged_tree = staged


def common_config(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What invoke and fabric are told: no standard input, nothing echoed, the limit of time."""
    return {
        "run": {"in_stream": False, "hide": True},
        "timeouts": {"command": settings["command_timeout_s"]},
    }
