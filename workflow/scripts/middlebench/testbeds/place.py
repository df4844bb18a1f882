"""Where a DUT or a generator runs, as those see it."""

import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from invoke.runners import Promise, Result

from middlebench.hosts.commands import RUN_LIMIT_S


class Place(Protocol):
    """Where a DUT or a generator runs: a `Sandbox`, or a `RunFolder` on a host."""

    folder: str
    """Everything that is written lies here."""

    def run(self, command: str, poll_s: float = 0.01, limit_s: float = RUN_LIMIT_S) -> Result:
        """Run a shell command there; CommandError if it fails, TimeLimitError after `limit_s`."""

    def start(self, command: str, poll_s: float = 0.01, limit_s: float | None = None) -> Promise:
        """Begin to run one."""

    def wait(self, started: Promise) -> Result:
        """Wait for its end; CommandError if it fails."""

    def path(self, file: Path) -> str:
        """Where this machine's `file` lies there."""

    def tree(self, folder: Path) -> str:
        """Where an installation of ours lies there."""


def supply(place: Place, texts: Mapping[str, str]) -> None:
    """Make files of texts in the folder of a place, by their names there, however long they are.

    A command is too short for that: what a shell is told ends at 128 kB (Linux, MAX_ARG_STRLEN).
    """
    with tempfile.TemporaryDirectory() as folder:
        copied = []
        for name, text in texts.items():
            file = Path(folder) / name
            file.write_text(text, encoding="utf-8")
            copied.append(f"cp {shlex.quote(place.path(file))} {place.folder}/{name}")
        place.run(" && ".join(copied), poll_s=0.002)
