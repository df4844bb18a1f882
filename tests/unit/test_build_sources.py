"""Where the sources of builds come from: each fault in one line."""

import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from builders import CONFIGURE, OVS, sha256, write_tree
from middlebench.software import sources
from workspace import REPOSITORY


@pytest.fixture
def repository(tmp_path):
    """A git repository with Open vSwitch's stand-in: (address, commit)."""
    folder = write_tree(tmp_path / "repository", OVS)
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    (folder / "configure").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    subprocess.run([*git, "commit", "-q", "-a", "-m", "two"], check=True)
    return f"file://{folder}", head.stdout.strip()


def test_a_commit_is_built_also_when_a_branch_has_gone_on(builder, repository):
    """The commit, not what a branch points to."""
    url, commit = repository
    manifest = builder.build({"from": "git", "url": url, "commit": commit})
    assert manifest["source"] == f"{url} {commit}"


def test_a_commit_or_repository_that_is_not_there_is_told(builder, repository):
    """The line has the address and git's own reason."""
    url, _ = repository
    told = builder.fault({"from": "git", "url": url, "commit": "0" * 40})
    assert told.startswith(f"{url}: git checkout fails: ")
    told = builder.fault({"from": "git", "url": f"{url}x", "commit": "0" * 40})
    assert told.startswith(f"{url}x: git fetch fails: fatal: ")


def test_a_wrong_hash_is_told_with_both(builder, tarball):
    """Nothing of such a tarball is run."""
    chosen = tarball(OVS)
    told = builder.fault(chosen | {"sha256": "0" * 64})
    assert f"SHA-256 is {chosen['sha256']}; allowed: {'0' * 64}" in told
    assert "configure" not in builder.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"", b"no tarball", None], ids=["empty", "text", "cut"])
def test_what_is_no_whole_tarball_is_told(builder, tarball, tmp_path, content):
    """Also when its hash is right."""
    path = Path(tarball({"configure": CONFIGURE, "blob": os.urandom(90000).hex()})["path"])
    path.write_bytes(path.read_bytes()[:20000] if content is None else content)
    told = builder.fault({"from": "tarball", "path": str(path), "sha256": sha256(path)})
    assert told.startswith(f"{path}: unpacking fails: ")


def test_a_tarball_that_is_not_there_is_told(builder, tmp_path):
    """The line names it."""
    told = builder.fault({"from": "tarball", "path": str(tmp_path / "none"), "sha256": "0" * 64})
    assert told == f"{tmp_path / 'none'}: no such file; allowed: a tarball (software.*.path)"


@pytest.fixture
def server(tmp_path):
    """A server of the test's folder that breaks off every download of `cut`; its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(tmp_path))

        def do_GET(self):
            if self.path != "/cut":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            return self.wfile.write(b"half")

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_tarball_is_downloaded(builder, tarball, server):
    """By its address, with the same hash."""
    chosen = tarball(OVS)
    name = Path(chosen.pop("path")).name
    assert builder.build(chosen | {"url": f"{server}/{name}"})["source"] == name


@pytest.mark.parametrize(
    ("name", "line"),
    [("none", "download failed: 404 File not found"), ("cut", "download broke off after 4 B")],
)
def test_a_failed_download_is_told(builder, server, name, line):
    """The address and the reason."""
    url = f"{server}/{name}"
    told = builder.fault({"from": "tarball", "url": url, "sha256": "0" * 64})
    assert told == f"{url}: {line}"


def test_a_server_that_is_not_there_is_told(builder):
    """Nobody listens on port 1."""
    url = "http://127.0.0.1:1/x"
    told = builder.fault({"from": "tarball", "url": url, "sha256": "0" * 64})
    assert told.startswith(f"{url}: download failed: ")
    assert "refused" in told


def test_a_missing_package_is_told(builder, monkeypatch):
    """Or one in another version than config.yaml wants."""
    chosen = {"from": "source_package", "version": "0.1"}
    monkeypatch.setitem(sources.SOURCE_IN_PACKAGE, "ovs", ("no-such-package", "x*"))
    told = builder.fault(chosen)
    assert told == "package no-such-package is missing: install it (make setup-extra)"
    monkeypatch.setitem(sources.SOURCE_IN_PACKAGE, "ovs", ("make", "x*"))
    assert builder.fault(chosen).startswith("package make 0.1 is missing; allowed: ")


APT = """#!/bin/sh
case "$*" in
    *indextargets*) echo 'http://example.org/debian|stable|main|Debian' ;;
    *update*) test -z "$APT_FAILS" || { echo "E: Failed to fetch x" >&2; exit 100; } ;;
    *showsrc*) test -z "$APT_KNOWS" || echo "Version: $APT_KNOWS" ;;
esac
"""


@pytest.mark.parametrize(
    ("fails", "knows", "line"),
    [
        ("1", "", "apt-get update (with lists of our own) fails: E: Failed to fetch x"),
        ("", "", "source package dpdk 0.1 is missing; allowed: nothing of this name"),
        ("", "22.11.1-2", "source package dpdk 0.1 is missing; allowed: 22.11.1-2"),
    ],
    ids=["no archive", "no package", "another version"],
)
def test_a_source_package_that_apt_does_not_have_is_told(
    builder, tmp_path, monkeypatch, fails, knows, line
):
    """What apt said, or which versions it has."""
    tools = write_tree(tmp_path / "tools", {"apt-get": APT, "apt-cache": APT})
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("APT_FAILS", fails)
    monkeypatch.setenv("APT_KNOWS", knows)
    chosen = {"from": "source_package", "version": "0.1"}
    assert builder.fault(chosen, program="dpdk").startswith(line)


@pytest.mark.parametrize(
    ("found", "wanted", "fits"),
    [
        ("3.1.0-2+deb12u1", "3.1.0-2+deb12u1", True),
        ("3.1.0-2+deb12u1", "3.1.0", True),
        ("1:3.1.0-2", "3.1.0", True),
        ("1:3.1.0-2", "3.1.0-2", True),
        ("3.1.0-2", "3.1", False),
        ("3.1.0-2", "3.1.0-1", False),
        ("3.1.0", "3.1.0", True),
    ],
)
def test_a_version_may_leave_out_epoch_and_revision(found, wanted, fits):
    """Nothing else of it."""
    assert sources.fits(found, wanted) == fits


ON_A_SMALL_DISK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from middlebench.software.builds import build, workshop
from middlebench.errors import one_line_errors
chosen = {"from": "tarball", "url": sys.argv[2], "sha256": "0" * 64}
with one_line_errors(), workshop(Path(sys.argv[3]) / "9-a", Path(sys.argv[4])) as at:
    build("ovs", chosen, {"version": "9", "options": []}, at)
"""


def test_a_full_disk_is_told_in_one_line(tmp_path):
    """A download of 1 MB onto 100 kB; status 1 and no traceback."""
    (tmp_path / "big").write_bytes(os.urandom(1_000_000))
    (tmp_path / "small").mkdir()
    inside = (
        f"mount -t tmpfs -o size=100k tmpfs {tmp_path}/small && "
        f'"$@"; status=$?; ls -A {tmp_path}/small; exit $status'
    )
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    arguments = (REPOSITORY / "workflow/scripts", f"file://{tmp_path}/big", tmp_path / "small")
    command = [sys.executable, "-c", ON_A_SMALL_DISK, *arguments, tmp_path / "build.log"]
    run = subprocess.run(
        ["unshare", *user, "--mount", "sh", "-c", inside, "sh", *command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert run.stderr.startswith("middlebench: ")
    assert run.stderr.endswith("No space left on device\n")
    assert run.stderr.count("\n") == 1
    assert run.stdout == ""
