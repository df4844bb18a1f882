"""Building mOS by its own setup.sh, which asks on a terminal and says nothing by its exit status.

So it gets the Enters that it waits for from a pipe, and what it had to make is looked for
afterwards.  All faults are a BuildError with one line; the log holds the rest.
"""

import hashlib
import os
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from middlebench.errors import BuildError
from middlebench.software.builds import Workshop
from middlebench.software.sources import fetch
from middlebench.url_users import git_environment

SAMPLES = ("midstat", "nat", "simple_firewall")
LIBRARY = "core/lib/libmtcp.a"
TARGET = "drivers/dpdk-17.08/x86_64-native-linuxapp-gcc"
TOOLS = {"bash": "bash", "git": "git", "make": "make"}
ENTERS = 8
"""More than setup.sh asks for; what reads behind the end of its input goes on too."""

HEADERS = {
    "dpdk": {
        "/usr/include/numa.h": "libnuma-dev",
        f"/lib/modules/{platform.release()}/build/Makefile": f"linux-headers-{platform.release()}",
    },
    "pcap": {"/usr/include/pcap.h": "libpcap-dev"},
}
"""What each variant is compiled with, and the package that has it."""


def build_mos(chosen: Mapping[str, Any], settings: Mapping[str, Any], at: Workshop) -> None:
    """Build and install the samples, and with DPDK mOS's own igb_uio.

    `chosen`: the configuration's `software.mos`.  `settings`: what software.build_settings gives:
    url, commit, variant (dpdk or pcap), compiler.
    """
    variant, compiler = settings["variant"], settings["compiler"]
    for tool, package in (TOOLS | {compiler: compiler}).items():
        if shutil.which(tool) is None:
            raise BuildError(f"{tool} is missing: install {package}")
    for file, package in HEADERS[variant].items():
        if not Path(file).exists():
            raise BuildError(f"{file} is missing: install {package}, for mOS with {variant}")
    unpacked = at.folder / "unpacked"
    unpacked.mkdir()
    source = fetch("mos", chosen, unpacked, at.commands.run)
    run, folder = at.commands.run, source.folder
    if (folder / ".gitmodules").exists():
        modules = ("submodule", "update", "--init", "--recursive", "--depth=1")
        run(
            *("git", *modules),
            cwd=folder,
            what="mos: git submodule update",
            environment=git_environment("mos", chosen["url"]),
        )
    _set_up(folder, variant, compiler, at)
    for sample in SAMPLES:
        _make_sample(folder / "samples" / sample, compiler, at)
    files = _install(folder, variant, at)
    at.finish(
        {
            "program": "mos",
            "settings": dict(settings),
            "source": source.name,
            "source_sha256": source.sha256,
            "compiler": run(compiler, "--version").splitlines()[0],
            "kernel": platform.release(),
            "sha256": files,
        }
    )


def _set_up(folder: Path, variant: str, compiler: str, at: Workshop) -> None:
    """DPDK, mOS's library, and the Makefiles of its samples."""
    answers = "\\n" * ENTERS
    said = at.commands.run(
        *("sh", "-c", f"printf '{answers}' | exec bash ./setup.sh --compile-{variant}"),
        cwd=folder,
        what=f"mos: setup.sh --compile-{variant}",
        environment={"CC": compiler},
    )
    makefiles = [f"samples/{sample}/Makefile" for sample in SAMPLES]
    for made in (LIBRARY, *makefiles):
        if not (folder / made).is_file():
            what = f"mos: setup.sh --compile-{variant} makes no {made}, so it"
            raise BuildError(at.commands.fault(what, said, 0))


def _make_sample(folder: Path, compiler: str, at: Workshop) -> None:
    what = f"mos: make samples/{folder.name}"
    said = at.commands.run("make", cwd=folder, what=what, environment={"CC": compiler})
    if not os.access(folder / folder.name, os.X_OK):
        raise BuildError(at.commands.fault(f"{what} makes no {folder.name}, so it", said, 0))


def _install(folder: Path, variant: str, at: Workshop) -> dict[str, str]:
    """Copy what is run into place; the SHA-256 of each file."""
    files = {f"bin/{sample}": folder / "samples" / sample / sample for sample in SAMPLES}
    if variant == "dpdk":
        module = folder / TARGET / "kmod/igb_uio.ko"
        if not module.is_file():
            raise BuildError(
                f"mos: no igb_uio.ko for kernel {platform.release()} (all of it: {at.commands.log})"
            )
        files["kmod/igb_uio.ko"] = module
    for name, made in files.items():
        (at.staged / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(made, at.staged / name)
    return {name: hashlib.sha256(made.read_bytes()).hexdigest() for name, made in files.items()}
