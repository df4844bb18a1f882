"""Building DPDK and Open vSwitch from source, each into a prefix of its own.

A prefix appears when it is whole: everything before happens in a folder beside it, which is gone
afterwards whatever happened.  All faults are a BuildError with one line; the log holds the rest.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.errors import BuildError
from middlebench.software.sources import fetch

MANIFEST = "manifest.json"

TOOLS = {
    "dpdk": {"gcc": "gcc", "meson": "meson", "ninja": "ninja-build", "pkg-config": "pkg-config"},
    "ovs": {"gcc": "gcc", "make": "make", "pkg-config": "pkg-config"},
}
"""What is called, and the package that has it."""

FETCHING_TOOLS = {"git": {"git": "git"}, "source_package": {"dpkg-source": "dpkg-dev"}}
"""The same by kind of source."""

NOWHERE = Path("/nonexistent/dpdk")
"""What DPDK takes for its prefix: it may lie anywhere, and loads no drivers but those it is told to
(it would refuse to start with its own below a folder that all may write to)."""

# Settings of the caller's that would change a build unseen.
_HIDDEN = (
    "CC",
    "CFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "LIBS",
    "LIBRARY_PATH",
    "CPATH",
)
_HIDDEN += ("DESTDIR", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PKG_CONFIG_PATH", "PYTHONPATH")

# gcc, configure, meson, git, dpkg-source and apt; then tar and the shell
_ERROR_LINE = re.compile(r"(^|\s)(error|fatal|ERROR): |^E: |^(tar|gzip|xz): |: not found$")
_DISK_FULL = os.strerror(errno.ENOSPC)
_FULL_BELOW_B = 1 << 20
_NOT_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)
_MAX_LINE = 200


class Commands:
    """Runs the commands of one build, one after the other; what they say is appended to a log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._environment = {k: v for k, v in os.environ.items() if k not in _HIDDEN}
        self._environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
        log.write_bytes(b"")

    def run(
        self,
        *command: str | Path,
        cwd: Path | None = None,
        what: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """What the command printed on both outputs; BuildError when it fails.

        `what` names it in that line.  Its process group ends when this call is broken off.
        """
        begin = self.log.stat().st_size
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(map(str, command))}\n".encode())
            log.flush()
            status = self._status(command, cwd, self._environment | dict(environment or {}), log)
        with self.log.open("rb") as log:
            log.seek(begin)
            said = log.read().decode(errors="replace").partition("\n")[2]
        if status:
            raise BuildError(self.fault(what or " ".join(map(str, command[:2])), said, status))
        return said

    def _status(self, command: tuple, cwd: Path | None, environment: Mapping, log: Any) -> int:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise BuildError(f"{command[0]} is missing: install it (make setup-extra)") from error
        try:
            return process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so its group is its own
            process.wait()
            raise

    def fault(self, what: str, said: str, status: int) -> str:
        """One line about a command, `what`, that failed: the telling one of what it `said`."""
        if _DISK_FULL in said or shutil.disk_usage(self.log.parent).free < _FULL_BELOW_B:
            return f"{what} fails: {_DISK_FULL}"
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if _ERROR_LINE.search(line)]
        line = (telling or lines[-1:] or [f"exit status {status}"])[0]
        return f"{what} fails: {line[:_MAX_LINE]} (all of it: {self.log})"


class Workshop(NamedTuple):
    """Where one build happens."""

    folder: Path
    """Empty at first; gone afterwards."""
    prefix: Path
    """Absolute; made by `Workshop.finish`."""
    commands: Commands

    @property
    def staged(self) -> Path:
        """Where `DESTDIR=self.destination` puts the prefix."""
        return self.destination / self.prefix.relative_to("/")

    @property
    def destination(self) -> Path:
        """The root of what is installed, for DESTDIR."""
        return self.folder / "staged"

    def finish(self, manifest: dict[str, Any]) -> None:
        """Put the installation with its manifest in its place, at once."""
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (self.staged / MANIFEST).write_text(text, encoding="utf-8")
        self.staged.rename(self.prefix)


@contextmanager
def workshop(prefix: Path, log: Path) -> Iterator[Workshop]:
    """A folder beside `prefix` to build in.  What was at the prefix is removed first: its manifest,
    without which it is of no use, was Snakemake's to remove."""
    prefix = prefix.absolute()
    if re.search(r"[^\w/.+~@-]", str(prefix)):
        raise BuildError(f"{prefix}: a path that make splits; allowed: letters, digits, /._+~@-")
    folder = prefix.with_name(f".{prefix.name}.building")
    try:
        for old in (folder, prefix):
            if old.exists():
                shutil.rmtree(old)
        folder.mkdir(parents=True)
        yield Workshop(folder, prefix, Commands(log))
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise
        raise BuildError(f"{error.filename or prefix}: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build(
    program: str,
    chosen: Mapping[str, Any],
    settings: Mapping[str, Any],
    at: Workshop,
    dpdk: Path | None = None,
) -> None:
    """Build and install `dpdk` or `ovs`.

    `chosen`: the configuration's `software.<program>`.  `settings`: what software.build_settings
    gives.  `dpdk`: prefix of the DPDK that Open vSwitch is to use; None: the distribution's.
    """
    for tool, package in (TOOLS[program] | FETCHING_TOOLS.get(chosen["from"], {})).items():
        if shutil.which(tool) is None:
            raise BuildError(f"{tool} is missing: install {package} (make setup-extra)")
    unpacked = at.folder / "unpacked"
    unpacked.mkdir()
    source = fetch(program, chosen, unpacked, at.commands.run)
    if program == "dpdk":
        made = _install_dpdk(source.folder, settings, at)
    else:
        made = _install_ovs(source.folder, settings, at, dpdk and dpdk.resolve())
    at.finish(
        {
            "program": program,
            "settings": dict(settings),
            "source": source.name,
            "source_sha256": source.sha256,
            "compiler": at.commands.run("gcc", "--version").splitlines()[0],
            **made,
        }
    )


def _install_dpdk(source: Path, settings: Mapping[str, Any], at: Workshop) -> dict[str, Any]:
    """Shared libraries and the drivers asked for, no programs; what the manifest says of them."""
    run, folder = at.commands.run, at.folder / "build"
    options = [
        f"--prefix={NOWHERE}",
        "--libdir=lib",
        "--buildtype=release",
        "--default-library=shared",
        "-Dpkgconfig.relocatable=true",
        "-Dtests=false",
        "-Ddisable_apps=*",
        f"-Denable_drivers={','.join(settings['drivers'])}",
    ]
    run("meson", "setup", folder, source, *options, *settings["options"], what="dpdk: meson setup")
    run("ninja", "-C", folder, f"-j{_cpus()}", what="dpdk: ninja")
    destination = {"DESTDIR": str(at.destination)}
    run("meson", "install", "--no-rebuild", "-C", folder, environment=destination)
    at.staged.parent.mkdir(parents=True)
    (at.destination / NOWHERE.relative_to("/")).rename(at.staged)
    described = _proof(at, "lib/pkgconfig/libdpdk.pc").read_text(encoding="utf-8")
    for driver in settings["drivers"]:
        # meson leaves out, without an error, what lacks a library or another driver
        if not list(at.staged.glob(f"lib/dpdk/pmds-*/librte_{driver.replace('/', '_')}.so")):
            raise BuildError(
                f"dpdk is built without {driver}; why: `{driver}` in {at.commands.log}"
            )
    return {"version": re.search(r"^Version: *(.*)$", described, re.MULTILINE)[1]}


def _install_ovs(
    source: Path, settings: Mapping[str, Any], at: Workshop, dpdk: Path | None
) -> dict[str, Any]:
    """The switch and its tools; what the manifest says of them.

    `<prefix>/dpdk` is a link to a DPDK of our own, so that both can move together.
    """
    run, folder = at.commands.run, at.folder / "build"
    if not (source / "configure").exists():
        run("./boot.sh", cwd=source, what="ovs: boot.sh")
    options = [
        f"--prefix={at.prefix}",
        "--with-dpdk=shared",
        "--disable-ssl",
        "--disable-libcapng",
        "CFLAGS=-O2",
    ]
    environment = {}
    if dpdk:
        environment["PKG_CONFIG_PATH"] = str(dpdk / "lib/pkgconfig")
        # not RUNPATH: the linker and the loader must find the libraries of these libraries too
        options.append(f"LDFLAGS=-Wl,--disable-new-dtags,-rpath,{dpdk}/lib")
    command = ("pkg-config", "--modversion", "libdpdk")
    used = {"version": run(*command, environment=environment).strip()}
    folder.mkdir()
    options += settings["options"]
    run(source / "configure", *options, cwd=folder, environment=environment, what="ovs: configure")
    run("make", f"-j{_cpus()}", cwd=folder, environment=environment, what="ovs: make")
    run("make", "install", f"DESTDIR={at.destination}", cwd=folder, what="ovs: make install")
    daemon = _proof(at, "sbin/ovs-vswitchd")
    if dpdk:
        (at.staged / "dpdk").symlink_to(os.path.relpath(dpdk, at.prefix))
        used |= {"prefix": dpdk.name, "manifest_sha256": _sha256(dpdk / MANIFEST)}
    return {"dpdk": used, "sha256": _sha256(daemon)}


def _proof(at: Workshop, name: str) -> Path:
    """A file without which an installation is none."""
    if not (at.staged / name).is_file():
        raise BuildError(f"the source installs no {name} (all of it: {at.commands.log})")
    return at.staged / name


def _cpus() -> int:
    return len(os.sched_getaffinity(0))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
