"""Building mOS by its own setup.sh, which asks on a terminal and says nothing by its exit status.

So it gets the Enters that it waits for from a pipe, and what it had to make is looked for
afterwards.  All faults are a BuildError with one line; the log holds the rest.
"""

import hashlib
import os
import platform
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.errors import BuildError
from middlebench.software.builds import Workshop
from middlebench.software.sources import fetch
from middlebench.url_users import git_environment

SAMPLES = ("midstat", "nat", "simple_firewall")
LIBRARY = "core/lib/libmtcp.a"
TARGET = "x86_64-native-linuxapp-gcc"
TOOLS = {"bash": "bash", "git": "git", "make": "make", "lscpu": "util-linux"}
ENTERS = 8
"""More than setup.sh asks for; what reads behind the end of its input goes on too."""

SAMPLES_HEADERS = {"numa.h": "libnuma-dev", "openssl/ssl.h": "libssl-dev"}
"""The samples are linked with these, whatever the variant (samples/*/Makefile.in, LIBS)."""

HEADERS = {
    variant: {f"/usr/include/{name}": package for name, package in SAMPLES_HEADERS.items()} | own
    for variant, own in {
        "dpdk": {
            f"/lib/modules/{platform.release()}/build/Makefile": (
                f"linux-headers-{platform.release()}"
            )
        },
        "pcap": {"/usr/include/pcap.h": "libpcap-dev"},
    }.items()
}
"""What each variant is compiled with, and the package that has it."""

WARNED = re.compile(r"\[-Werror\b")
"""A compiler stopped at a warning."""

WARNINGS_ALLOWED = {"DBG_OPT": "-Wno-error"}
"""mOS's Makefiles put it behind their -Werror, and set it themselves only in comments."""

_OWN_DPDK = re.compile(r'^\s*export RTE_SDK="?([\w./-]+)', re.MULTILINE)


class Dpdk(NamedTuple):
    """Where a commit's DPDK lies, and what it wants to be told of it."""

    folder: Path
    environment: Mapping[str, str]


def dpdk_of(folder: Path) -> Dpdk:
    """The DPDK of an unpacked mOS.

    Until 2018-08 setup.sh names it, drivers/dpdk-2.2.0, -16.04, -16.11, then -17.08; from d270d18
    on it is the submodule drivers/dpdk, and RTE_SDK and RTE_TARGET come from the environment.
    """
    setup = (folder / "setup.sh").read_text(encoding="utf-8", errors="replace")
    if own := _OWN_DPDK.search(setup):
        return Dpdk(folder / own[1], {})
    submodule = folder / "drivers/dpdk"
    return Dpdk(submodule, {"RTE_SDK": str(submodule), "RTE_TARGET": TARGET})


def build_mos(chosen: Mapping[str, Any], settings: Mapping[str, Any], at: Workshop) -> None:
    """Build and install the samples, and with DPDK mOS's own kernel modules.

    `chosen`: the configuration's `software.mos`.  `settings`: what software.build_settings gives:
    from, commit or version and sha256, variant (dpdk or pcap), compiler, with its options.
    """
    variant, compiler = settings["variant"], settings["compiler"]
    program = shlex.split(compiler)[0]
    for tool, package in (TOOLS | {program: program}).items():
        if shutil.which(tool) is None:
            raise BuildError(f"{tool} is missing: install {package}")
    for file, package in HEADERS[variant].items():
        if not Path(file).exists():
            raise BuildError(f"{file} is missing: install {package}, for mOS with {variant}")
    unpacked = at.folder / "unpacked"
    unpacked.mkdir()
    source = fetch("mos", chosen, unpacked, at.commands.run)
    folder = source.folder
    environment = {"CC": compiler}
    if variant == "dpdk":
        _fetch_submodules(folder, chosen, at)
        environment |= dpdk_of(folder).environment
    steps = {LIBRARY: partial(_set_up, folder, variant, at)}
    steps |= {name: partial(_make_sample, folder / "samples" / name, at) for name in SAMPLES}
    allowed = [name for name, step in steps.items() if _take(step, environment, at)]
    at.finish(
        {
            "program": "mos",
            "settings": dict(settings),
            "source": source.name,
            "source_sha256": source.sha256,
            "compiler": at.commands.run(program, "--version").splitlines()[0],
            "kernel": platform.release(),
            "warnings_allowed": allowed,
            "sha256": _install(folder, variant, environment, at),
        }
    )


def _fetch_submodules(folder: Path, chosen: Mapping[str, Any], at: Workshop) -> None:
    """DPDK, where it is one; only variant dpdk needs it."""
    if chosen["from"] != "git" or not (folder / ".gitmodules").exists():
        return
    at.commands.run(
        *("git", "submodule", "update", "--init", "--recursive", "--depth=1"),
        cwd=folder,
        what="mos: git submodule update",
        environment=git_environment("mos", chosen["url"]),
    )


def _take(
    step: Callable[[Mapping[str, str]], None], environment: Mapping[str, str], at: Workshop
) -> bool:
    """Take a step, and once more with warnings allowed if it fails for one; was that needed?"""
    begun = at.commands.log.stat().st_size
    try:
        step(environment)
    except BuildError:
        if not WARNED.search(at.commands.log.read_bytes()[begun:].decode(errors="replace")):
            raise
        step({**environment, **WARNINGS_ALLOWED})
        return True
    return False


def _set_up(folder: Path, variant: str, at: Workshop, environment: Mapping[str, str]) -> None:
    """DPDK, mOS's library, and the Makefiles of its samples."""
    answers = "\\n" * ENTERS
    said = at.commands.run(
        *("sh", "-c", f"printf '{answers}' | exec bash ./setup.sh --compile-{variant}"),
        cwd=folder,
        what=f"mos: setup.sh --compile-{variant}",
        environment=environment,
    )
    makefiles = [f"samples/{sample}/Makefile" for sample in SAMPLES]
    for made in (LIBRARY, *makefiles):
        if not (folder / made).is_file():
            what = f"mos: setup.sh --compile-{variant} makes no {made}, so it"
            raise BuildError(at.commands.fault(what, said, 0))


def _make_sample(folder: Path, at: Workshop, environment: Mapping[str, str]) -> None:
    what = f"mos: make samples/{folder.name}"
    said = at.commands.run("make", cwd=folder, what=what, environment=environment)
    if not os.access(folder / folder.name, os.X_OK):
        raise BuildError(at.commands.fault(f"{what} makes no {folder.name}, so it", said, 0))


def _install(
    folder: Path, variant: str, environment: Mapping[str, str], at: Workshop
) -> dict[str, str]:
    """Copy what is run into place; the SHA-256 of each file."""
    files = {f"bin/{sample}": folder / "samples" / sample / sample for sample in SAMPLES}
    if variant == "dpdk":
        files |= _kernel_modules(folder, environment, at)
    for name, made in files.items():
        (at.staged / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(made, at.staged / name)
    return {name: hashlib.sha256(made.read_bytes()).hexdigest() for name, made in files.items()}


def _kernel_modules(folder: Path, environment: Mapping[str, str], at: Workshop) -> dict[str, Path]:
    """DPDK's igb_uio, and what makes /dev/dpdk-iface where that is a module's (from d270d18 on)."""
    files = {"kmod/igb_uio.ko": dpdk_of(folder).folder / TARGET / "kmod/igb_uio.ko"}
    if (own := folder / "dpdk-iface-kmod").is_dir():
        at.commands.run("make", cwd=own, what="mos: make dpdk-iface-kmod", environment=environment)
        files |= {
            "kmod/dpdk_iface.ko": own / "dpdk_iface.ko",
            "bin/dpdk_iface_main": own / "dpdk_iface_main",
        }
    for name, made in files.items():
        if not made.is_file():
            raise BuildError(
                f"mos: no {Path(name).name} for kernel {platform.release()} (all of it: "
                f"{at.commands.log})"
            )
    return files
