"""build_mos against a small repository with mOS's entry points; mOS itself was not built here."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from middlebench.duts.mos import build as mos_build
from middlebench.duts.mos.build import SAMPLES, TARGET, build_mos
from middlebench.errors import BuildError
from middlebench.software.builds import workshop

# As mOS's: asks for two Enters with DPDK, copies Makefile.in, ends with 0 whatever happened.
SETUP = f"""#! /bin/bash
CUR_DIR=$PWD
tty > /dev/null && echo "stands on a terminal"
case $1 in
--compile-dpdk)
  echo -n "Press enter to continue ..."; read || echo "nobody pressed Enter"
  mkdir -p {TARGET}/kmod
  make -C dpdk OUT=$CUR_DIR/{TARGET}/kmod/igb_uio.ko
  echo -n "Done with DPDK setup. Press enter to start MOS setup ..."; read ;;
--compile-pcap) ;;
*) echo "[error] please specify one of the following options"; exit 0 ;;
esac
cd $CUR_DIR/core/src
make clean;make
cd $CUR_DIR/samples
for d in *; do cp $d/Makefile.in $d/Makefile; done
echo "Done with MOS library setup, compiled by $CC"
"""
CORE = """all: ; mkdir -p ../lib && echo library > ../lib/libmtcp.a
clean: ; rm -f ../lib/libmtcp.a
"""
SAMPLE = """NAME: ../../core/lib/libmtcp.a
\tprintf '#!/bin/sh\\necho NAME\\n' > NAME && chmod +x NAME
"""
FILES = {
    "setup.sh": SETUP,
    "dpdk/Makefile": "all: ; echo module > $(OUT)\n",
    "core/src/Makefile": CORE,
} | {f"samples/{name}/Makefile.in": SAMPLE.replace("NAME", name) for name in SAMPLES}


def git(folder, *words):
    """What git prints."""
    person = ("-c", "user.name=n", "-c", "user.email=e@e")
    command = ["git", "-C", folder, *person, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, files):
    """A repository with these files; its commit."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "mOS")
    return git(folder, "rev-parse", "HEAD")


class Builder:
    """Builds below a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.software = folder / "software/mos"
        self.log = folder / "build.log"

    def build(self, files, variant="dpdk", compiler="gcc", **settings):
        """Build these sources; the prefix and its manifest."""
        found = commit(self.folder / "upstream", files)
        url = str(self.folder / "upstream")
        chosen = {"from": "git", "url": url, "commit": found, "variant": variant} | settings
        prefix = self.software / "0be44444b000-00000000"
        with workshop(prefix, self.log) as at:
            build_mos(chosen, {"compiler": compiler} | chosen, at)
        return prefix, json.loads((prefix / "manifest.json").read_text(encoding="utf-8"))

    def fault(self, *arguments, **options):
        """The line of a build that fails, and leaves nothing behind."""
        with pytest.raises(BuildError) as caught:
            self.build(*arguments, **options)
        assert not self.software.exists() or list(self.software.iterdir()) == []
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def builder(tmp_path, monkeypatch):
    """A Builder on a machine that has all headers."""
    monkeypatch.setattr(mos_build, "HEADERS", {"dpdk": {}, "pcap": {}})
    return Builder(tmp_path)


@pytest.mark.parametrize("variant", ["dpdk", "pcap"])
def test_the_samples_are_installed_with_a_manifest(builder, variant):
    """Without a terminal; setup.sh gets its Enters, the log is kept, DPDK's module comes along."""
    prefix, manifest = builder.build(FILES, variant)
    for sample in SAMPLES:
        said = subprocess.run([prefix / "bin" / sample], capture_output=True, check=True).stdout
        assert said.decode().strip() == sample
    files = {f"bin/{sample}" for sample in SAMPLES}
    files |= {"kmod/igb_uio.ko"} if variant == "dpdk" else set()
    assert set(manifest["sha256"]) == files
    assert manifest["settings"]["variant"] == variant
    assert manifest["settings"]["commit"] in manifest["source"]
    assert manifest["compiler"].startswith("gcc")
    log = builder.log.read_text(encoding="utf-8")
    assert "compiled by gcc" in log
    assert "nobody pressed Enter" not in log
    assert "stands on a terminal" not in log
    assert [path.name for path in builder.software.iterdir()] == [prefix.name]


def test_more_questions_than_expected_do_not_hang_it(builder):
    """What reads behind the end of its input goes on."""
    asks = 'for n in $(seq 20); do read; done\n: "$@"\n'
    builder.build(FILES | {"setup.sh": SETUP.replace("CUR_DIR=$PWD\n", f"CUR_DIR=$PWD\n{asks}")})


def test_submodules_are_fetched(builder, tmp_path, monkeypatch):
    """mOS's DPDK is one."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    files = dict(FILES)
    module = {"Makefile": files.pop("dpdk/Makefile")}
    commit(tmp_path / "dpdk", module)
    source = tmp_path / "made"
    commit(source, files)
    git(source, "-c", "protocol.file.allow=always", "submodule", "add", tmp_path / "dpdk", "dpdk")
    git(source, "commit", "--quiet", "-m", "with DPDK")
    found = git(source, "rev-parse", "HEAD")
    settings = {"url": str(source), "commit": found}
    prefix, _ = builder.build(FILES, **settings)
    assert (prefix / "kmod/igb_uio.ko").is_file()


FAILS = "all: ; @echo 'core.c:7:1: error: unknown type name u8' >&2; false\nclean:\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"core/src/Makefile": FAILS}, "makes no core/lib/libmtcp.a"),
        ({"core/src/Makefile": FAILS}, "core.c:7:1: error: unknown type name u8"),
        ({"samples/nat/Makefile.in": FAILS}, "mos: make samples/nat fails: core.c:7:1: error"),
        ({"samples/nat/Makefile.in": "all: ;\n"}, "make samples/nat makes no nat"),
        ({"dpdk/Makefile": "all: ;\n"}, "no igb_uio.ko for kernel"),
        ({"setup.sh": "echo 'set up: not found' >&2; exit 3\n"}, "setup.sh --compile-dpdk fails"),
    ],
)
def test_a_build_that_fails_is_one_line(builder, changes, said):
    """setup.sh ends with 0 whatever happens: what it had to make is looked for."""
    line = builder.fault(FILES | changes)
    assert said in line
    assert str(builder.log) in line


def test_a_repository_without_a_sample_is_one_line(builder):
    """Another project, or another time."""
    files = {name: text for name, text in FILES.items() if "simple_firewall" not in name}
    assert "makes no samples/simple_firewall/Makefile" in builder.fault(files)


def test_a_commit_that_is_not_there_is_one_line(builder):
    """By git's own word."""
    line = builder.fault(FILES, commit="0" * 40)
    assert "git checkout fails: fatal: " in line


def test_an_unreachable_repository_is_one_line(builder, tmp_path):
    """The url is named."""
    line = builder.fault(FILES, url=str(tmp_path / "nowhere"))
    assert "nowhere: git fetch fails: fatal: " in line


def test_a_missing_compiler_is_named(builder):
    """mOS is of the time of gcc 4.8 to 6."""
    assert builder.fault(FILES, compiler="gcc-4.8x") == "gcc-4.8x is missing: install gcc-4.8x"


@pytest.mark.parametrize(("variant", "package"), [("dpdk", "libnuma-dev"), ("pcap", "libpcap-dev")])
def test_missing_headers_are_named(builder, monkeypatch, variant, package):
    """Before anything is fetched."""
    monkeypatch.setattr(mos_build, "HEADERS", {variant: {"/nonexistent/x.h": package}})
    line = builder.fault(FILES, variant)
    assert line == f"/nonexistent/x.h is missing: install {package}, for mOS with {variant}"


def test_git_that_is_missing_is_named(builder, monkeypatch):
    """Tools are looked for first."""
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "git" else which(name))
    with pytest.raises(BuildError, match="git is missing: install git"):
        builder.build(FILES)
