"""A real sshd on 127.0.0.1 that lets one key in, made for a test, and what a client needs for it.

Everything of it lies in one folder, and its processes end with it.  Commands get a home of their
own: bash reads ~/.bashrc for each one, and who runs the tests may have a slow one.
"""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from marked import descendants, running, send_to_all

START_TIMEOUT_S = 10
LOCAL_SETTINGS = {"address": "local", "command_timeout_s": 60}
"""Those of a host without SSH."""
PRIVILEGE_SEPARATION = Path("/run/sshd")  # root's sshd insists on it; Debian's service makes it

SERVER = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxSessions 50
SetEnv HOME={folder}/home PATH={path}
Subsystem sftp internal-sftp
"""

# What every command is given to, SFTP as well.
FORCED = "ForceCommand {folder}/enter\n"

# `far` is the host; `jump` is the same one, reached through itself by another name.
CLIENT = """\
Host hop
    HostName localhost
Host {name} jump
    HostName 127.0.0.1
Host {name} jump hop
    Port {port}
    User {user}
    IdentityFile {folder}/key
    IdentitiesOnly yes
Host jump
    ProxyJump hop
"""


class Sshd:
    """A running sshd; `settings` is what `connect.open_host` takes."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen, name: str) -> None:
        self.folder = folder
        self.port = port
        self.process = psutil.Process(process.pid)
        self.settings = {
            "address": name,
            "become": None,
            "connect_timeout_s": 10,
            "command_timeout_s": 60,
            "ssh_config": str(folder / "ssh_config"),
            "known_hosts": str(folder / "known_hosts"),
            "folder": str(folder / "cache"),
        }

    def sessions(self) -> list[psutil.Process]:
        """The processes of sshd that serve a connection each."""
        return self.process.children()

    def end_sessions(self) -> None:
        """SIGKILL for whatever serves a connection, not for what was begun through it.

        From OpenSSH 9.8 on a connection has sshd-session and, for an ordinary user, a child of it,
        which holds the connection and goes on with what runs when its parent is killed.
        """
        serving = [child for child in descendants(self.process) if running([child], "sshd")]
        send_to_all(serving, signal.SIGKILL)

    def know(self, key: Path) -> None:
        """Let known_hosts say that this is the host's key."""
        kind, blob = key.with_suffix(".pub").read_text(encoding="ascii").split()[:2]
        line = f"[127.0.0.1]:{self.port},[localhost]:{self.port} {kind} {blob}\n"
        (self.folder / "known_hosts").write_text(line, encoding="ascii")


def make_key(path: Path) -> Path:
    """A new key without a passphrase, and its public half beside it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@contextmanager
def running_sshd(
    folder: Path, path: str | None = None, name: str = "far", enter: str | None = None
) -> Iterator[Sshd]:
    """An sshd whose files are in `folder` (made); `path` is the PATH that its commands get.

    `enter`: beginning of a shell command after which each of them is run, as by `sh -c`.
    """
    (folder / "home").mkdir(parents=True)
    port = free_port()
    host_key = make_key(folder / "host_key")
    public = make_key(folder / "key").with_suffix(".pub")
    shutil.copy(public, folder / "authorized_keys")
    words = {"folder": folder, "port": port, "user": getpass.getuser(), "name": name}
    server = SERVER.format(path=path or os.defpath, **words)
    if enter:
        server += FORCED.format(**words)
        write_entrance(folder / "enter", enter)
    (folder / "sshd_config").write_text(server, encoding="ascii")
    (folder / "ssh_config").write_text(CLIENT.format(**words), encoding="ascii")
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program, "sshd is missing: install openssh-server (envs/apt-extra.txt)"
    make_privilege_separation()
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [program, "-D", "-e", "-f", folder / "sshd_config"],
            stdin=subprocess.DEVNULL,
            stderr=log,
        ) as process,
    ):
        sshd = Sshd(folder, port, process, name)
        sshd.know(host_key)
        try:
            await_port(port, process)
            yield sshd
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):  # a test may have ended it
                for child in sshd.process.children(recursive=True):
                    child.kill()
            process.kill()


def write_entrance(path: Path, enter: str) -> None:
    """A script for ForceCommand; the internal SFTP server is then none of sshd's."""
    path.write_text(
        "#!/bin/sh\n"
        'test "$SSH_ORIGINAL_COMMAND" = internal-sftp && exec /usr/lib/openssh/sftp-server\n'
        f'exec {enter} sh -c "$SSH_ORIGINAL_COMMAND"\n',
        encoding="ascii",
    )
    path.chmod(0o755)


def make_privilege_separation() -> None:
    """The folder that root's sshd looks for at every connection.

    It stays, as Debian's service leaves it: another run's sshd may need it.
    """
    if os.geteuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


def await_port(port: int, process: subprocess.Popen) -> None:
    """Return when the process listens."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        assert process.poll() is None, "sshd ended; its log is in its folder"
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("sshd does not listen")
