"""A host over SSH: fabric's Connection that checks host keys, asks for no password, and says in
one line what is wrong.  Imported by `hosts.connect` only where a host is not this machine.
"""

import hashlib
import logging
import math
import shlex
import socket
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fabric import Config, Connection
from fabric.runners import Remote
from invoke.exceptions import UnexpectedExit
from invoke.runners import Result
from paramiko import RejectPolicy, SSHClient
from paramiko.pkey import PKey
from paramiko.sftp_client import SFTPClient
from paramiko.ssh_exception import (
    AuthenticationException,
    BadHostKeyException,
    NoValidConnectionsError,
    SSHException,
)

from middlebench.errors import HostError
from middlebench.hosts.commands import OwnedRunner, last_line, shown
from middlebench.hosts.copies import TIDY, pack, tree_digest, unpack_command
from middlebench.hosts.host import Host, beside, common_config

SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts"
USER_KNOWN_HOSTS = "~/.ssh/known_hosts"

KEEPALIVE_S = 10
"""How often the host is asked for a sign of life, so that a dead connection is found."""

UNANSWERED = ("Error reading SSH protocol banner", "No existing session")
"""What paramiko says, whichever of its limits is over first."""

# It writes tracebacks of what is an error of ours anyway.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class _OwnedRemote(OwnedRunner, Remote):
    def start(self, command: str, *arguments: Any) -> None:
        try:
            super().start(command, *arguments)
        except (SSHException, EOFError, OSError) as error:
            raise HostError(
                f"{self.context.name}: {shown(command)}: the connection was lost"
            ) from error

    def kill(self) -> None:
        super().kill()
        self.also_ended()

    def generate_result(self, **kwargs: Any) -> Result:
        if kwargs["exited"] == -1 and not self.timed_out:  # paramiko's word for no exit status
            host = self.context
            why = "it was killed there" if host.is_connected else "the connection was lost"
            raise HostError(f"{host.name}: {shown(kwargs['command'])}: {why}")
        return super().generate_result(**kwargs)


class _CheckedKeys(RejectPolicy):
    """Refuses a host key that is in no file of known hosts."""

    def __init__(self, host: Connection, files: list[str]) -> None:
        self._host = host
        self._files = files

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> None:
        del client
        raise HostError(
            f"{hostname}: unknown host key ({_shown_key(key)}), not in {' or '.join(self._files)}: "
            f"compare it with the host's own, then accept it once by hand: {_by_hand(self._host)}"
        )


class RemoteHost(Host, Connection):
    """The host of `settings` (see `connect.open_host`); made, it is not yet connected."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._set(_staged={}, _folder=settings["folder"])
        address = self.name = settings["address"]
        limit_s = max(1, math.ceil(settings["connect_timeout_s"]))
        overrides = common_config(settings) | {"runners": {"remote": _OwnedRemote}}
        overrides["timeouts"] |= {"connect": limit_s}
        waits = dict.fromkeys(("banner_timeout", "auth_timeout", "channel_timeout"), limit_s)
        try:
            config = Config(
                overrides=overrides, lazy=True, runtime_ssh_path=_path(settings["ssh_config"])
            )
            config.load_ssh_config()
            super().__init__(address, config=config, connect_kwargs=waits)
        except (OSError, SSHException, ValueError) as error:
            raise HostError(f"{address}: not an address, or no ssh_config: {error}") from error
        self.become = settings["become"]
        if self.ssh_config.get("identitiesonly", "no") == "yes":
            self.connect_kwargs |= {"allow_agent": False, "look_for_keys": False}
        self._check_keys(settings["known_hosts"])

    def _check_keys(self, known_hosts: str | None) -> None:
        """Let this connection, and those it jumps over, accept known keys only."""
        hop: object = self
        while isinstance(hop, Connection):
            said = hop.ssh_config.get("userknownhostsfile", USER_KNOWN_HOSTS).split()
            files = [_path(known_hosts)] if known_hosts else [_path(file) for file in said]
            for file in (SYSTEM_KNOWN_HOSTS, *files):
                if Path(file).is_file():
                    hop.client.load_system_host_keys(file)
            hop.client.set_missing_host_key_policy(_CheckedKeys(hop, files))
            hop = hop.gateway

    def open(self) -> None:
        """Connect, once: a connection that is lost is not made again."""
        if self.is_connected:
            return
        if self.transport is not None:
            raise HostError(f"{self.name}: the connection was lost")
        try:
            super().open()
        except (SSHException, OSError, UnicodeError) as error:
            raise HostError(f"{self.name}: {self._reason(error)}") from error
        finally:
            if not self.is_connected:
                self.client.close()
        self.transport.set_keepalive(KEEPALIVE_S)

    def _reason(self, error: Exception) -> str:
        """Why there is no connection, and what to do."""
        if isinstance(error, UnicodeError):
            return f"{self.host} is no host name; allowed: 1 to 63 letters between its dots"
        if isinstance(error, BadHostKeyException):
            name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
            return (
                f"the host key has changed: known is {_shown_key(error.expected_key)}, shown was "
                f"{_shown_key(error.key)}; find out why, and only if it is right: "
                f"ssh-keygen -R {shlex.quote(name)} and {_by_hand(self)}"
            )
        if isinstance(error, AuthenticationException) or "No authentication methods" in str(error):
            return (
                f"no key of yours lets {self.user} in ({error}); passwords are not used: "
                "ssh-copy-id the key, and ssh-add it if it has a passphrase"
            )
        if isinstance(error, NoValidConnectionsError):
            return f"{self.host} port {self.port} refuses connections or cannot be reached"
        if isinstance(error, TimeoutError) or str(error) in UNANSWERED:
            return f"{self.host} port {self.port}: no answer of an sshd in {self.connect_timeout} s"
        if isinstance(error, socket.gaierror):
            return f"unknown host name {self.host} (neither in ssh_config nor in DNS)"
        return f"cannot connect: {error}"

    def put(self, local: Path, remote: str) -> None:
        """By SFTP; a relative `remote` begins at the home there."""
        with self._transfer(f"{local} to {remote}") as sftp:
            temporary = beside(remote)
            try:
                sftp.put(str(local), temporary)
                sftp.chmod(temporary, stat.S_IMODE(local.stat().st_mode))
                sftp.posix_rename(temporary, remote)
            except OSError:
                _remove(sftp, temporary)
                raise

    def get(self, remote: str, local: Path) -> None:
        """By SFTP; a relative `remote` begins at the home there."""
        with self._transfer(f"{remote} to {local}") as sftp:
            temporary = Path(beside(local))
            try:
                sftp.get(remote, str(temporary))
                temporary.replace(local)
            finally:
                temporary.unlink(missing_ok=True)

    @contextmanager
    def _transfer(self, what: str) -> Iterator[SFTPClient]:
        try:
            sftp = self.sftp()
            sftp.get_channel().settimeout(self.config.timeouts.command)
            yield sftp
        except (SSHException, EOFError, OSError) as error:
            lost = not self.is_connected
            why = "the connection was lost" if lost else str(error) or type(error).__name__
            raise HostError(f"{self.name}: {what}: {why}") from error

    def staged(self, file: Path) -> str:
        """A copy in the host's `folder`, made when none of that content is there."""
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        name = f"{file.name}-{digest[:32]}"
        if name not in self._staged:
            listed = shlex.quote(f"{digest}  {name}")
            place, there = self._copies(f"echo {listed} | sha256sum -c --status 2> /dev/null")
            if not there:
                self.put(file, f"{place}/{name}")
            self._staged[name] = f"{place}/{name}"
        return self._staged[name]

    def staged_tree(self, folder: Path) -> str:
        """The same for a folder with all that is in it; it comes there as one file."""
        name = f"{folder.name}-{tree_digest(folder)[:32]}"
        if name not in self._staged:
            place, there = self._copies(f"test -d {shlex.quote(name)}")
            if not there:
                self._put_tree(folder, place, name)
            self._staged[name] = f"{place}/{name}"
        return self._staged[name]

    def _put_tree(self, folder: Path, place: str, name: str) -> None:
        with tempfile.NamedTemporaryFile(suffix=".tar.part") as archive:
            pack(folder, archive)
            archive.flush()
            tar = Path(archive.name)
            self.put(tar, f"{place}/{tar.name}")
            unpacked = self.run(unpack_command(place, tar.name, name), warn=True)
        if unpacked.failed:
            raise HostError(f"{self.name}: {place}/{name}: {last_line(unpacked)}")

    def _copies(self, check: str) -> tuple[str, bool]:
        """(the folder for copies there, whether the shell command `check` succeeds in it)."""
        folder = self._quoted_folder()
        try:
            said = self.run(
                f"mkdir -p {folder} && cd {folder} && pwd -P && {{ {TIDY}; {check} && echo there "
                "|| :; }"
            )
        except UnexpectedExit as error:
            raise HostError(
                f"{self.name}: {self._folder} cannot be used ({last_line(error.result)}); "
                "choose another `folder` for copies"
            ) from error
        place, *there = said.stdout.splitlines()
        return place, bool(there)

    def _quoted_folder(self) -> str:
        home, tilde, below = self._folder.partition("~/")
        return f'"$HOME"/{shlex.quote(below)}' if tilde and not home else shlex.quote(self._folder)


def _path(given: str | Path | None) -> str | None:
    return None if given is None else str(Path(given).expanduser())


def _shown_key(key: PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


def _by_hand(host: Connection) -> str:
    return f"ssh -p {host.port} {host.user}@{host.host}"


def _remove(sftp: SFTPClient, path: str) -> None:
    try:
        sftp.remove(path)
    except (OSError, EOFError, SSHException):
        return  # the first error is the one to be told
