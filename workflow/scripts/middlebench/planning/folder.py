"""The folder that Snakemake runs in: can it be used, and did a killed run leave it locked?

Used while Snakemake reads the rules.
"""

import contextlib
import fcntl
import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path

from middlebench.errors import ConfigError, HostError

OWN = Path(".snakemake")
"""Where Snakemake keeps its own files."""

LOCKS = OWN / "locks"
"""Snakemake's lock files, which a SIGKILL leaves behind."""


def check_folder(clone: str | Path) -> None:
    """ConfigError or HostError when Snakemake cannot run in this folder.

    All paths of the workflow are relative to the folder of the `clone`: no other will do.
    """
    here = str(Path.cwd())
    if not Path(clone).samefile(here):
        raise ConfigError(
            f"{here}: not the folder of the clone, without which nothing is found; allowed: "
            f"cd {shlex.quote(str(clone))} first, and no --directory"
        )
    if re.search(r"\{\s*\d", here):  # it makes a pattern of it, to find its locks
        raise ConfigError(f"{here}: a folder with a number in braces; allowed: any other name")
    check_writable([OWN if OWN.exists() else Path()])


def check_writable(folders: Iterable[str | Path]) -> None:
    """HostError when one of the folders that are there cannot be written into."""
    for folder in map(Path, folders):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise HostError(
                f"{folder.resolve()}: cannot be written into: a read-only file system, or not yours"
            )


def take_over() -> int | None:
    """Remove the locks of a killed run, and say that this one lives while the descriptor is open.

    Every run has OWN locked with the kernel (shared), which ends with the process: whoever can have
    it alone is the only one.  None where that cannot be done, as on some network file systems.
    """
    with contextlib.suppress(OSError):
        OWN.mkdir(exist_ok=True)
        descriptor = os.open(OWN, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in LOCKS.glob("*.lock"):
                left.unlink()
        except BlockingIOError:
            pass  # another run is there: Snakemake says so where both would make the same
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor
    return None
