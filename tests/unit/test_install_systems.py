"""envs/install.sh on systems that were not tried, and on one that was upgraded below its .venv."""

import pytest

from installing import DEBIAN, TRIXIE, UBUNTU, Machine, assert_one_line
from workspace import REPOSITORY

FORKY = 'ID=debian\nPRETTY_NAME="Debian GNU/Linux forky/sid"\n'
BULLSEYE = 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n'
RESOLUTE = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="26.04"\nPRETTY_NAME="Ubuntu 26.04 LTS"\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="23"\nPRETTY_NAME="Linux Mint 23"\n'
FEDORA = 'ID=fedora\nVERSION_ID=40\nPRETTY_NAME="Fedora Linux 40"\n'

APT_CACHE = """#!/bin/bash
echo "apt-cache $*" >>"$CALLS"
printf '%s:\\n  Installed: (none)\\n  Candidate: %s\\n' "$2" "$(sed -n "s/^$2 //p" "$CANDIDATES")"
"""


@pytest.fixture
def untried(tmp_path) -> Machine:
    """A machine without packages whose apt has some; which system it is, a test says."""
    machine = Machine(tmp_path)
    (tmp_path / "installed").write_text("")
    machine.program("apt-cache", APT_CACHE)
    machine.environment["CANDIDATES"] = str(tmp_path / "candidates")
    return machine


def offers(machine, **versions):
    """What apt has: of everything 9.0, but for some."""
    names = [
        line.split()[0]
        for name in ("apt.txt", "apt-extra.txt")
        for line in (REPOSITORY / "envs" / name).read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    given = {name.replace("_", "-"): version for name, version in versions.items()}
    (machine.folder / "candidates").write_text(
        "".join(f"{name} {given.get(name, '9.0')}\n" for name in names)
        .replace("python3-venv 9.0", "python3-venv 3.14.1-2")
        .replace("dpdk 9.0", "dpdk 25.11-1")
        .replace("dpdk-dev 9.0", "dpdk-dev 25.11-1"),
        encoding="utf-8",
    )


@pytest.mark.parametrize("system", [FORKY, RESOLUTE, MINT])
def test_an_untried_system_is_given_what_it_has(untried, system):
    """A warning that names it, and no version is asked for."""
    untried.system(system)
    offers(untried)
    run = untried.install()
    assert run.returncode == 0, run.stderr
    name = system.split('"')[-2]
    assert run.stderr == f"middlebench: setup: {name} is untried: going on with what it has\n"
    (asked,) = untried.called("apt-get -q install")
    assert "openvswitch-switch-dpdk dpdk dpdk-dev libdpdk-dev gcc" in asked
    assert "=" not in asked
    assert list(untried.venv.glob("requirements-*"))


def test_an_untried_system_with_everything_is_silent(untried):
    """Packages that are new enough are not asked for again; one that is too old is."""
    untried.system(FORKY)
    offers(untried)
    (untried.folder / "installed").write_text((untried.folder / "candidates").read_text())
    run = untried.install("extra")
    assert (run.returncode, run.stderr) == (0, "")
    assert untried.called("apt-") == []
    text = (untried.folder / "installed").read_text().replace("libdpdk-dev 25", "libdpdk-dev 20")
    (untried.folder / "installed").write_text(text)
    assert untried.install().returncode == 0
    assert untried.called("apt-get -q install")[0].endswith("--no-install-recommends libdpdk-dev")


@pytest.mark.tried("words")
def test_what_an_untried_system_lacks_is_named_at_once(untried):
    """Open vSwitch, DPDK and Python, too old or not there: all in one line, before apt installs."""
    untried.system(BULLSEYE)
    offers(untried, openvswitch_switch_dpdk="2.15.0-1", dpdk="(none)", python3_venv="3.9.2-3")
    run = untried.install()
    assert run.returncode == 1
    assert run.stderr.splitlines()[1:] == [
        "middlebench: setup: Debian GNU/Linux 11 (bullseye) lacks openvswitch-switch-dpdk 3.1.0 or "
        "newer (it has 2.15.0-1), dpdk, python3-venv 3.11 or newer (it has 3.9.2-3)"
    ]
    assert untried.called("apt-get -q install") == []
    assert not untried.venv.exists()


def test_an_untried_system_is_asked_for_what_others_need_not(untried):
    """What builds a Python package without a wheel; no browser, which is a snap on every Ubuntu."""
    offers(untried)
    for system, dev in (RESOLUTE, True), (FORKY, True), (TRIXIE, False), (UBUNTU, False):
        untried.system(system)
        assert untried.install("extra").returncode == 0
        asked = untried.called("apt-get -q install")[-1]
        assert ("python3-dev" in asked) == dev
        assert ("chromium" in asked) == (system == TRIXIE)


def test_a_known_system_is_asked_for_no_candidates(untried):
    """Its pins say what is needed."""
    for system in (DEBIAN, TRIXIE, UBUNTU):
        untried.system(system)
        assert untried.install().stderr == ""
    assert untried.called("apt-cache") == []
    assert "openvswitch-switch-dpdk=3.5.0*" in untried.called("apt-get -q install")[1]


def test_another_distribution_is_refused(untried):
    """The line names it and what is allowed; nothing is asked of apt."""
    untried.system(FEDORA)
    run = untried.install()
    assert_one_line(run, "Fedora Linux 40 is not supported; allowed: Debian, Ubuntu and ")
    assert untried.called("apt-get") == []
    (untried.folder / "os-release").unlink()
    assert_one_line(untried.install(), "unknown system; allowed: Debian, Ubuntu and ")


@pytest.fixture
def made(tmp_path) -> Machine:
    """A machine with all packages and a .venv, called as make calls it: with .venv/bin in front."""
    machine = Machine(tmp_path)
    machine.environment["PATH"] = f"{machine.venv}/bin:{machine.environment['PATH']}"
    assert machine.install().returncode == 0
    machine.calls.unlink()
    return machine


def remade(machine):
    """Is .venv made anew, and whole?"""
    (machine.venv / "old").touch()
    run = machine.install()
    assert run.returncode == 0, run.stderr
    assert list(machine.venv.glob("requirements-*"))
    return not (machine.venv / "old").exists()


def test_an_environment_in_front_is_made_anew_by_the_python_behind_it(made):
    """The python3 of .venv is gone when it is asked for a new one."""
    assert not remade(made)
    with (made.folder / "envs/requirements.txt").open("a", encoding="utf-8") as lock:
        lock.write("\n")
    assert remade(made)


@pytest.mark.tried("starts")
@pytest.mark.parametrize("left", ["nothing", "a dangling link"])
def test_an_environment_whose_python_is_gone_is_made_anew(made, left):
    """The system was upgraded, and what .venv pointed to was removed."""
    for name in ("python", "python3"):
        (made.venv / "bin" / name).unlink()
        if left != "nothing":
            (made.venv / "bin" / name).symlink_to("/usr/bin/python3.0")
    assert remade(made)
    assert not remade(made)


@pytest.mark.tried("starts")
def test_an_environment_of_another_python_is_made_anew(made):
    """After an upgrade /usr/bin/python3 is 3.13, and finds none of what was installed for 3.11."""
    made.environment["VENV_VERSION"] = "3 13"
    assert remade(made)
    assert not remade(made)
