"""Files on a host: they are there whole or not at all, and once."""

import json
import os
import time
from pathlib import Path

import pytest

from middlebench.errors import HostError
from middlebench.hosts.connect import open_host


def test_files_are_copied_with_their_mode(host, tmp_path):
    """There and back; an awkward name is a name."""
    source, there, back = tmp_path / "a", tmp_path / "it's $there", tmp_path / "back"
    source.write_bytes(bytes(range(256)) * 5000)
    source.chmod(0o750)
    host.put(source, str(there))
    assert there.read_bytes() == source.read_bytes()
    assert there.stat().st_mode & 0o777 == 0o750
    host.get(str(there), back)
    assert back.read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "back", "it's $there"]


@pytest.mark.parametrize("way", ["put", "get"])
def test_a_copy_replaces_a_file_at_once_or_not_at_all(host, tmp_path, way):
    """Who has the old file open keeps it; a copy that fails leaves the old one and nothing else."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_text("new", encoding="ascii")
    target.write_text("old", encoding="ascii")
    copy = (
        (lambda a, b: host.put(a, str(b))) if way == "put" else (lambda a, b: host.get(str(a), b))
    )
    with target.open(encoding="ascii") as opened:
        copy(source, target)
        assert opened.read() == "old"
    assert target.read_text(encoding="ascii") == "new"
    blocked = tmp_path / "folder"
    (blocked / "full").mkdir(parents=True)
    with pytest.raises(HostError, match="folder"):
        copy(source, blocked)  # cannot be renamed over a folder
    with pytest.raises(HostError, match="none"):
        copy(source, tmp_path / "none" / "target")
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "folder",
        "full",
        "source",
        "target",
    ]


def test_a_copy_is_staged_once_by_its_content(far, sshd, tmp_path):
    """Another content is another file; a damaged copy is made again."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho first\n", encoding="ascii")
    program.chmod(0o755)
    first = Path(far.staged(program))
    assert far.run(str(first)).stdout == "first\n"
    assert first.parent == Path(sshd.settings["folder"])
    first.write_text("damaged", encoding="ascii")
    with open_host(sshd.settings | {"command_timeout_s": 61}) as later:
        made = first.stat().st_ino
        assert later.staged(program) == str(first)
        assert first.stat().st_ino != made
    with open_host(sshd.settings | {"command_timeout_s": 62}) as later:
        made = first.stat().st_ino
        assert later.staged(program) == str(first)
        assert first.stat().st_ino == made
    program.write_text("#!/bin/sh\necho second\n", encoding="ascii")
    assert far.run(far.staged(program)).stdout == "second\n"


def test_a_folder_for_copies_that_cannot_be_made_is_named(sshd, tmp_path):
    """One line names it."""
    (tmp_path / "file").touch()
    with (
        open_host(sshd.settings | {"folder": str(tmp_path / "file/below")}) as host,
        pytest.raises(HostError, match=r"file/below cannot be used .* choose another `folder`"),
    ):
        host.staged(tmp_path / "file")


def installation(folder, word):
    """A small installation, with a manifest and a link to another folder of the same kind."""
    (folder / "sbin").mkdir(parents=True)
    program = folder / "sbin/ovs-vswitchd"
    program.write_text(f"#!/bin/sh\necho {word}\n", encoding="ascii")
    program.chmod(0o755)
    (folder / "sbin/also").symlink_to("ovs-vswitchd")
    (folder / "manifest.json").write_text(json.dumps({"word": word}), encoding="ascii")
    return folder


def test_a_folder_is_staged_once_by_its_manifest(far, sshd, tmp_path):
    """Modes and links within are kept; what a link leads to outside is copied along."""
    prefix = installation(tmp_path / "3.1.0-abc", "first")
    library = tmp_path / "22.11/lib/librte.so"
    library.parent.mkdir(parents=True)
    library.write_text("DPDK", encoding="ascii")
    (prefix / "dpdk").symlink_to("../22.11")
    there = Path(far.staged_tree(prefix))
    assert there.parent == Path(sshd.settings["folder"])
    assert far.run(f"{there}/sbin/ovs-vswitchd").stdout == "first\n"
    assert (there / "sbin/also").readlink() == Path("ovs-vswitchd")
    assert (there / "dpdk/lib/librte.so").read_text(encoding="ascii") == "DPDK"
    made = there.stat().st_ino
    with open_host(sshd.settings | {"command_timeout_s": 63}) as later:
        assert later.staged_tree(prefix) == str(there)
    assert there.stat().st_ino == made
    (prefix / "manifest.json").write_text("{}", encoding="ascii")
    assert far.staged_tree(prefix) != str(there)
    assert not list(there.parent.glob("*.part"))


def test_a_folder_without_a_manifest_is_staged_by_its_files(far, tmp_path):
    """Such as our scripts for MoonGen."""
    scripts = tmp_path / "moongen"
    scripts.mkdir()
    (scripts / "a.lua").write_text("return 1\n", encoding="ascii")
    first = far.staged_tree(scripts)
    assert far.run(f"cat {first}/a.lua").stdout == "return 1\n"
    (scripts / "b.lua").write_text("return 2\n", encoding="ascii")
    second = far.staged_tree(scripts)
    assert far.run(f"ls {second}").stdout == "a.lua\nb.lua\n"
    assert far.run(f"ls {first}").stdout == "a.lua\n"


def test_what_a_dropped_connection_left_is_removed_by_the_next_copy(far, sshd, tmp_path):
    """Only what is old: another run may be at work on the rest."""
    folder = Path(sshd.settings["folder"])
    folder.mkdir(exist_ok=True)
    old, new, copy = (folder / name for name in ("a.part", "b.part", "c-0123"))
    for path in (old, new, copy):
        path.touch()
    long_ago = time.time() - 2 * 3600
    for path in (old, copy):
        os.utime(path, (long_ago, long_ago))
    program = tmp_path / "program"
    program.write_text(str(long_ago), encoding="ascii")
    far.staged(program)
    assert [path.exists() for path in (old, new, copy)] == [False, True, True]
    new.unlink()
