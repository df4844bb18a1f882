"""Copies of our programs on another host: what a folder is packed into, and the commands there.

A copy is named by its content, so it is made once, and several versions live side by side.
"""

import hashlib
import shlex
import tarfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import BinaryIO

MANIFEST = "manifest.json"
"""What `builds` leaves in an installation."""

LEFT_OVER_MIN = 60
"""Age [min] from which an unfinished copy is one that nobody works on: its connection was lost."""

# In the folder for copies; a name that ends in .part is not finished.
TIDY = f"find . -maxdepth 1 -name '*.part' -mmin +{LEFT_OVER_MIN} -exec rm -rf {{}} +"

UNPACK = Template(
    """
cd $folder && made=$$(mktemp -d $name.XXXXXX.part) && chmod 755 "$$made" &&
tar --no-same-owner -xf $tar -C "$$made" && { test -d $name || mv -T "$$made" $name; }
status=$$?; rm -rf "$$made" $tar; exit $$status
"""
)


def unpack_command(folder: str, tar: str, name: str) -> str:
    """A shell command that makes folder/name out of folder/tar at once, and removes that."""
    words = {"folder": folder, "tar": tar, "name": name}
    return UNPACK.substitute({key: shlex.quote(value) for key, value in words.items()})


def tree_digest(folder: Path) -> str:
    """SHA-256 of what decides the content of a folder: of an installation its manifest."""
    manifest = folder / MANIFEST
    if manifest.is_file():
        return hashlib.sha256(manifest.read_bytes()).hexdigest()
    listed = hashlib.sha256()
    for name, path in _files(folder):
        listed.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return listed.hexdigest()


def pack(folder: Path, archive: BinaryIO) -> None:
    """Write the folder as a tar archive; a link that leads out of it becomes what it leads to."""
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, path in _files(folder):
            tar.add(path, name, recursive=False)


def _files(folder: Path, below: str = "") -> Iterator[tuple[str, Path]]:
    """(name, path) of all files and links in order; those of a linked folder outside too."""
    for path in sorted(folder.iterdir()):
        name = f"{below}{path.name}"
        outside = path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())
        if path.is_dir() and (outside or not path.is_symlink()):
            yield from _files(path.resolve() if outside else path, f"{name}/")
        else:
            yield name, path.resolve() if outside else path
