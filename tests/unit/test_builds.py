"""Builds from source on small stand-ins: whole or not at all, and each fault in one line."""

import contextlib
import hashlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import psutil
import pytest

from middlebench.errors import BuildError
from middlebench.software import sources
from middlebench.software.builds import build, workshop
from workspace import REPOSITORY

CONFIGURE = """#!/bin/sh
for option; do case $option in --prefix=*) prefix=${option#--prefix=} ;; esac; done
echo "options: $*; CFLAGS: $CFLAGS"
{
    echo 'all: ; echo "int main(void) { return 0; }" > main.c && gcc -o ovs-vswitchd main.c'
    echo "install: ; mkdir -p \\$(DESTDIR)$prefix/sbin && cp ovs-vswitchd \\$(DESTDIR)$prefix/sbin"
} > Makefile
"""

MESON = """
project('DPDK', version: '22.11.9')
drivers = get_option('enable_drivers').split(',')
message('apps: ' + get_option('disable_apps') + ', tests: @0@'.format(get_option('tests')))
pc = {'version': meson.project_version()}
configure_file(output: 'libdpdk.pc', input: 'libdpdk.pc.in', configuration: pc, install: true,
  install_dir: get_option('libdir') / 'pkgconfig')
foreach driver : drivers
  if driver != 'net/none'
    configure_file(output: 'librte_' + '_'.join(driver.split('/')) + '.so', input: 'libdpdk.pc.in',
      copy: true, install: true, install_dir: get_option('libdir') / 'dpdk/pmds-23.0')
  endif
endforeach
"""
MESON_OPTIONS = """
option('enable_drivers', type: 'string')
option('disable_apps', type: 'string')
option('tests', type: 'boolean')
"""
PC = "prefix=${pcfiledir}/../..\nName: DPDK\nDescription: DPDK\nVersion: @version@\n"

OVS = {"configure": CONFIGURE}
DPDK = {"meson.build": MESON, "meson_options.txt": MESON_OPTIONS, "libdpdk.pc.in": PC}
DRIVERS = ["net/vhost", "net/virtio"]


def write_tree(folder, files):
    """A source: its files, all of them executable."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def sha256(path):
    """As config.yaml would say it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def tarball(tmp_path):
    """`tarball(files)`: what config.yaml says about a tarball of a source with these files."""

    def make(files, name="program-9.9"):
        folder = write_tree(tmp_path / "sources" / name, files)
        path = tmp_path / f"{name}.tar.gz"
        with tarfile.open(path, "w:gz") as tar:
            tar.add(folder, arcname=name)
        chosen = {"from": "tarball", "version": "9.9", "path": str(path)}
        return chosen | {"sha256": sha256(path)}

    return make


class Builder:
    """Builds below a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.software = folder / "software"
        self.log = folder / "build.log"

    def prefix(self, program="ovs", name="9.9-00000000"):
        """Where a build is installed."""
        return self.software / program / name

    def build(self, chosen, program="ovs", settings=None, dpdk=None, name="9.9-00000000"):
        """Build; the manifest."""
        drivers = {"drivers": DRIVERS} if program == "dpdk" else {}
        settings = {"version": "9.9", "options": []} | drivers | (settings or {})
        with workshop(self.prefix(program, name), self.log) as at:
            build(program, chosen, settings, at, dpdk)
        text = (self.prefix(program, name) / "manifest.json").read_text(encoding="utf-8")
        return json.loads(text)

    def fault(self, *arguments, **options):
        """The line of a build that fails, and leaves nothing behind."""
        with pytest.raises(BuildError) as caught:
            self.build(*arguments, **options)
        assert [path for path in self.software.rglob("*") if path.parent != self.software] == []
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def builder(tmp_path):
    """A Builder in the test's folder."""
    return Builder(tmp_path)


def test_a_build_is_installed_with_its_manifest(builder, tarball):
    """The daemon runs; the manifest says from what and how it was made; the log is kept."""
    chosen = tarball(OVS)
    manifest = builder.build(chosen, settings={"options": ["--enable-x"]})
    daemon = builder.prefix() / "sbin/ovs-vswitchd"
    assert subprocess.run([daemon], check=False).returncode == 0
    assert manifest["settings"]["options"] == ["--enable-x"]
    assert manifest["source"] == "program-9.9.tar.gz"
    assert manifest["source_sha256"] == chosen["sha256"]
    assert manifest["compiler"].startswith("gcc")
    assert manifest["sha256"] == sha256(daemon)
    assert manifest["dpdk"]["version"]
    log = builder.log.read_text(encoding="utf-8")
    assert "--with-dpdk=shared" in log
    assert log.index("--enable-x") < log.index("make install")
    assert [path.name for path in builder.prefix().parent.iterdir()] == ["9.9-00000000"]


def test_builds_live_side_by_side_and_one_made_again_replaces_itself(builder, tarball):
    """Another version leaves the first alone; what was in the way of the same one is gone."""
    builder.build(tarball(OVS, "one"), name="1-a")
    builder.build(tarball(OVS, "two"), name="2-b")
    before = (builder.prefix(name="1-a") / "manifest.json").read_text(encoding="utf-8")
    (builder.prefix(name="2-b") / "old").touch()
    builder.build(tarball(OVS, "three"), name="2-b")
    assert (builder.prefix(name="1-a") / "manifest.json").read_text(encoding="utf-8") == before
    assert not (builder.prefix(name="2-b") / "old").exists()


def test_what_the_caller_has_in_the_environment_changes_nothing(builder, tarball, monkeypatch):
    """No manifest would say it."""
    monkeypatch.setenv("CFLAGS", "-broken")
    monkeypatch.setenv("MAKEFLAGS", "-n")
    builder.build(tarball(OVS))
    assert "CFLAGS: \n" in builder.log.read_text(encoding="utf-8")


def test_dpdk_is_built_with_its_drivers_and_open_vswitch_with_that_dpdk(builder, tarball):
    """The switch's prefix links to the DPDK it was built with, by a path that moves with both."""
    made = builder.build(tarball(DPDK, "dpdk"), program="dpdk", name="22-a")
    assert made["version"] == "22.11.9"
    assert made["settings"]["drivers"] == DRIVERS
    dpdk = builder.prefix("dpdk", "22-a")
    manifest = builder.build(tarball(OVS), dpdk=dpdk)
    expected = {"version": "22.11.9", "prefix": "22-a"}
    assert manifest["dpdk"] == expected | {"manifest_sha256": sha256(dpdk / "manifest.json")}
    assert str(dpdk / "lib") in builder.log.read_text(encoding="utf-8")
    moved = builder.software.rename(builder.software.with_name("moved"))
    link = moved / "ovs/9.9-00000000/dpdk"
    assert link.resolve() == moved / "dpdk/22-a"


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


BROKEN = {
    "configure fails": (
        {"configure": "#!/bin/sh\necho one >&2\necho 'configure: error: no DPDK' >&2\nexit 1\n"},
        "ovs: configure fails: configure: error: no DPDK (all of it: ",
    ),
    "the compiler fails": (
        {"configure": "#!/bin/sh\necho 'all: ; echo bad > m.c; gcc m.c' > Makefile\n"},
        "ovs: make fails: m.c:1:1: error: ",
    ),
    "the disk is full": (
        {"configure": "#!/bin/sh\necho 'all: ; cp Makefile /dev/full' > Makefile\n"},
        "ovs: make fails: No space left on device",
    ),
    "nothing is installed": (
        {"configure": "#!/bin/sh\necho 'all install: ; :' > Makefile\n"},
        "the source installs no sbin/ovs-vswitchd (all of it: ",
    ),
    "it is silent": (
        {"configure": "#!/bin/sh\nexit 3\n"},
        "ovs: configure fails: exit status 3 (all of it: ",
    ),
    "it is no source of Open vSwitch": ({"x": ""}, "./boot.sh is missing"),
}


@pytest.mark.parametrize(("files", "line"), BROKEN.values(), ids=BROKEN)
def test_a_build_that_fails_is_told_with_its_first_error(builder, tarball, files, line):
    """The line has the step and what it said first; the log has all."""
    assert builder.fault(tarball(files)).startswith(line)
    assert builder.log.exists()


def test_a_driver_that_meson_leaves_out_is_told(builder, tarball):
    """DPDK is built without an error when a driver lacks a library: then it would be missing."""
    told = builder.fault(tarball(DPDK), program="dpdk", settings={"drivers": ["net/none"]})
    assert told.startswith("dpdk is built without net/none; why: ")


def test_a_meson_that_fails_is_told(builder, tarball):
    """Its own line."""
    told = builder.fault(tarball(DPDK), program="dpdk", settings={"options": ["-Dnone=1"]})
    assert told.startswith("dpdk: meson setup fails: ")
    assert "none" in told


@pytest.mark.parametrize("missing", ["gcc", "make", "pkg-config"])
def test_a_missing_tool_is_told_with_its_package(builder, tarball, tmp_path, monkeypatch, missing):
    """Before anything is fetched."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"gcc", "make", "pkg-config"} - {missing}:
        (tools / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tools))
    told = builder.fault(tarball(OVS) | {"sha256": "0" * 64})
    assert told == f"{missing} is missing: install {missing} (make setup-extra)"


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


@pytest.mark.parametrize("name", ["a b", "a$b", "a:b", "a'b"])
def test_a_path_that_cannot_be_built_in_is_told(tmp_path, tarball, name):
    """By configure, make and the shell."""
    told = Builder(tmp_path / name).fault(tarball(OVS))
    assert told.endswith("a path that make splits; allowed: letters, digits, /._+~@-")


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


ENDLESS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from middlebench.software.builds import workshop
from middlebench.hosts.lock import end_with_owner
end_with_owner()
with workshop(Path(sys.argv[2]), Path(sys.argv[2]).with_suffix(".log")) as at:
    at.commands.run("sh", "-c", "sleep 600 & echo begun; sleep 600")
"""


def names(processes):
    """Of those that run."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(process.name())
    return found


def test_a_build_that_is_broken_off_leaves_nothing(tmp_path):
    """Neither a process nor a folder."""
    prefix = tmp_path / "software/ovs"
    prefix.parent.mkdir()
    scripts = REPOSITORY / "workflow/scripts"
    process = psutil.Popen([sys.executable, "-c", ENDLESS, str(scripts), str(prefix)])
    log = prefix.with_suffix(".log")
    end, children = time.monotonic() + 30, []
    while names(children).count("sleep") < 2:
        assert process.poll() is None
        assert time.monotonic() < end
        children = process.children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    assert list(prefix.parent.iterdir()) == [log]
