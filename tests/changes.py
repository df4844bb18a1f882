"""Changes of a workflow's files, for the tests of what is made again."""

import os
import shutil
import time
from pathlib import Path

from workspace import edit_config


def edited(*paths, line=""):
    """A change: a line more in each file; a statement in a Python file, unless another is given."""

    def change(folder: Path) -> None:
        for path in paths:
            assert (folder / path).is_file(), path
            with (folder / path).open("a", encoding="utf-8") as file:
                file.write(f"{line or 'CHANGED = 1' if path.endswith('.py') else line}\n")

    return change


def configured(section, **values):
    """A change: other values in a section of config.yaml (a path like `duts/ovs-dpdk`)."""

    def change(folder: Path) -> None:
        def update(config):
            for name in section.split("/"):
                config = config[name]
            config.update(values)

        edit_config(folder, update)

    return change


def deleted(*paths):
    """A change: files or folders that are gone."""

    def change(folder: Path) -> None:
        for path in paths:
            shutil.rmtree(folder / path) if (folder / path).is_dir() else (folder / path).unlink()

    return change


def touched(folder: Path) -> None:
    """A change: every source is newer than every result, as after a change of branches."""
    now = time.time() + 60
    for path in (folder / "workflow").rglob("*"):
        os.utime(path, (now, now))
