"""build_mos against small repositories with mOS's entry points, as they were in three times.

mOS itself is built by test_mos_real.py, where a source of it is named.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from middlebench.duts.mos import build as mos_build
from middlebench.duts.mos.build import SAMPLES, TARGET, build_mos, dpdk_of
from middlebench.errors import BuildError
from middlebench.software.builds import workshop
from mos_repository import FILES, SDK, SETUP, of_2017, of_2019


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


OF_2019 = {"kmod/igb_uio.ko", "kmod/dpdk_iface.ko", "bin/dpdk_iface_main"}


@pytest.mark.parametrize(
    ("files", "variant", "modules"),
    [
        (FILES, "dpdk", {"kmod/igb_uio.ko"}),
        (of_2017(), "dpdk", {"kmod/igb_uio.ko"}),
        (of_2019(), "dpdk", OF_2019),
        (of_2019(), "pcap", set()),
    ],
    ids=["17.08", "16.11", "submodule", "pcap"],
)
def test_the_samples_are_installed_with_a_manifest(builder, files, variant, modules):
    """Without a terminal; setup.sh gets its Enters, the log is kept, DPDK's module comes along."""
    prefix, manifest = builder.build(files, variant)
    for sample in SAMPLES:
        said = subprocess.run([prefix / "bin" / sample], capture_output=True, check=True).stdout
        assert said.decode().strip() == sample
    assert set(manifest["sha256"]) == {f"bin/{sample}" for sample in SAMPLES} | modules
    assert all((prefix / module).is_file() for module in modules)
    assert manifest["warnings_allowed"] == []
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


@pytest.mark.parametrize("files", [of_2017(), FILES, of_2019()])
def test_the_place_of_dpdk_follows_the_commit(tmp_path, files):
    """It is where setup.sh says, and where that says nothing, the environment does."""
    (tmp_path / "setup.sh").write_text(files["setup.sh"], encoding="utf-8")
    found = dpdk_of(tmp_path)
    assert f"{found.folder.relative_to(tmp_path)}/Makefile" in files
    told = {"RTE_SDK": str(tmp_path / "drivers/dpdk"), "RTE_TARGET": TARGET}
    assert found.environment == (told if "dpdk-iface-kmod/Makefile" in files else {})


WARNS = """NAME: ../../core/lib/libmtcp.a
\t$(CC) -Wall -Werror $(DBG_OPT) -o NAME NAME.c
"""
UNUSED = "int tentative; int main(void) { int unused; return 0; }\n"
TWICE = {"samples/nat/other.c": "int tentative;\n"}


@pytest.mark.tried("starts")
def test_a_compiler_has_options_and_warnings_end_no_build(builder):
    """As gcc 10 and newer need them, and mOS's samples: the manifest says which had warnings."""
    warns = {"samples/nat/Makefile.in": WARNS.replace("NAME", "nat").replace("nat.c", "*.c")}
    files = FILES | warns | TWICE | {"samples/nat/nat.c": UNUSED}
    prefix, manifest = builder.build(files, "pcap", compiler="gcc -fcommon")
    assert manifest["warnings_allowed"] == ["nat"]
    assert manifest["settings"]["compiler"] == "gcc -fcommon"
    assert manifest["compiler"].startswith("gcc (")
    assert (prefix / "bin/nat").is_file()


def test_an_error_beside_warnings_is_the_error(builder):
    """What no option allows is told; here what is there twice, without -fcommon."""
    warns = {"samples/nat/Makefile.in": WARNS.replace("NAME", "nat").replace("nat.c", "*.c")}
    line = builder.fault(FILES | warns | TWICE | {"samples/nat/nat.c": UNUSED}, "pcap")
    assert "make samples/nat fails" in line
    assert "multiple definition of `tentative'" in builder.log.read_text(encoding="utf-8")


def test_a_tarball_is_as_good(builder, tmp_path):
    """A release, or what a colleague sent."""
    for name, text in FILES.items():
        path = tmp_path / "mos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tarball = tmp_path / "mos.tar.gz"
    subprocess.run(["tar", "-C", tmp_path, "-czf", tarball, "mos"], check=True)
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    chosen = {"from": "tarball", "version": "0.4", "sha256": digest, "path": str(tarball)}
    settings = {"variant": "pcap", "compiler": "gcc"} | chosen
    with workshop(builder.software / "0.4-00000000", builder.log) as at:
        build_mos(chosen, settings, at)
    assert (builder.software / "0.4-00000000/bin/nat").is_file()


def test_submodules_are_fetched_for_dpdk_alone(builder, tmp_path, monkeypatch):
    """mOS's DPDK is one, and pcap needs none."""
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "file")
    files = of_2019()
    module = {"Makefile": files.pop("drivers/dpdk/Makefile")}
    commit(tmp_path / "dpdk", module)
    source = tmp_path / "made"
    commit(source, files)
    add = ("submodule", "add", tmp_path / "dpdk", "drivers/dpdk")
    git(source, "-c", "protocol.file.allow=always", *add)
    git(source, "commit", "--quiet", "-m", "with DPDK")
    found = git(source, "rev-parse", "HEAD")
    settings = {"url": str(source), "commit": found}
    prefix, _ = builder.build(FILES, **settings)
    assert (prefix / "kmod/igb_uio.ko").is_file()
    shutil.rmtree(tmp_path / "dpdk")
    shutil.rmtree(builder.folder / "upstream")
    builder.build(FILES, "pcap", **settings)


FAILS = "all: ; @echo 'core.c:7:1: error: unknown type name u8' >&2; false\nclean:\n"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"core/src/Makefile": FAILS}, "makes no core/lib/libmtcp.a"),
        ({"core/src/Makefile": FAILS}, "core.c:7:1: error: unknown type name u8"),
        ({"samples/nat/Makefile.in": FAILS}, "mos: make samples/nat fails: core.c:7:1: error"),
        ({"samples/nat/Makefile.in": "all: ;\n"}, "make samples/nat makes no nat"),
        ({f"{SDK}/Makefile": "install: ;\n"}, "no igb_uio.ko for kernel"),
        ({"dpdk-iface-kmod/Makefile": "all: ;\n"}, "no dpdk_iface.ko for kernel"),
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
    """mOS is of the time of gcc 4.8 to 6.  Its options are none of its name."""
    for compiler in ("gcc-4.8x", "gcc-4.8x -fcommon -O1"):
        said = builder.fault(FILES, compiler=compiler)
        assert said == "gcc-4.8x is missing: install gcc-4.8x"
        shutil.rmtree(builder.folder / "upstream")


def test_each_variant_needs_what_its_samples_are_linked_with():
    """samples/*/Makefile.in, LIBS: -lmtcp -lssl -lcrypto -lnuma, whatever the variant."""
    for variant, own in (("dpdk", "linux-headers-"), ("pcap", "libpcap-dev")):
        packages = " ".join(mos_build.HEADERS[variant].values())
        assert all(package in packages for package in ("libssl-dev", "libnuma-dev", own))


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
