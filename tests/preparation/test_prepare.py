"""Preparing and releasing a host: in order, once, and back again."""

import json

import pytest
from machine_tree import DEVICES, DRIVERS, HUGEPAGES, JOURNAL, PORTS
from preparing import BIND, FIRST, INSTALL, SECOND, UNDO, prepared

from middlebench.errors import HostError
from middlebench.preparation.prepare import release


def test_a_host_is_prepared_in_order(either, tree):
    """Packages first, as others come with them; ports last, once their driver is there."""
    done = prepared(either, tree)
    assert tree.calls() == [*INSTALL, "modprobe vfio-pci", *BIND]
    state = tree.state()
    assert state[HUGEPAGES] == "1024"
    assert {
        state[f"sys/devices/system/cpu/cpu{cpu}/cpufreq/scaling_governor"] for cpu in (0, 1, 2)
    } == {"performance"}
    for pci in PORTS:
        assert state[f"{DEVICES}/{pci}/driver"].endswith("/vfio-pci")
    assert [(entry["kind"], entry["subject"]) for entry in done.changed] == [
        ("packages", ""),
        ("hugepages", ""),
        ("module", "vfio-pci"),
        ("governor", ""),
        ("driver", FIRST),
        ("driver", SECOND),
    ]
    assert done.said[-1] == f"changed driver {SECOND}: ixgbe (eth3) -> vfio-pci"
    assert done.would_change == []


def test_a_second_preparation_changes_nothing_and_says_so(either, tree):
    """What the facts file says is the same, byte by byte."""
    first = prepared(either, tree)
    state = tree.state()
    tree.calls()
    second = prepared(either, tree)
    assert second.said == ["nothing to be changed"]
    assert second.changed == first.changed
    assert tree.calls() == []
    assert tree.state() == state


def test_a_release_undoes_all_in_reverse_order(either, tree):
    """Every file of /sys is as before; packages stay, and it says so; a second one does nothing."""
    before = tree.state()
    prepared(either, tree)
    tree.calls()
    said = release(either, str(tree.root))
    assert tree.calls() == UNDO
    assert said[0] == f"driver {SECOND}: ixgbe (eth3) again"
    assert said[-1] == "packages: dpdk stay installed"
    after = tree.state()
    assert list(json.loads(after.pop(JOURNAL))[0]) == ["kind", "subject", "before", "after", "boot"]
    assert after == before
    assert release(either, str(tree.root)) == [
        "nothing to be undone",
        "packages: dpdk stay installed",
    ]
    assert tree.calls() == []


NOT_BOUND = f"{SECOND} cannot be bound to vfio-pci: Error: bind failed for {SECOND}"


def test_nothing_is_left_of_a_release_without_packages(host, tree):
    """Not even the journal, nor its folder."""
    before = tree.state()
    prepared(host, tree, packages=["libc6"])
    assert release(host, str(tree.root))[-1] == "hugepages: 2 again"
    assert tree.state() == before
    assert not (tree.root / JOURNAL).parent.exists()
    assert release(host, str(tree.root)) == ["nothing to be undone"]


def test_prepared_after_a_release_it_says_the_same(host, tree):
    """Nothing need be measured again."""
    first = prepared(host, tree)
    release(host, str(tree.root))
    assert prepared(host, tree).changed == first.changed


@pytest.mark.parametrize(
    ("program", "call", "line", "undone", "refuses_all"),
    [
        ("apt-get", "-y", "packages dpdk cannot be installed: E: Unable to locate", [], False),
        (
            "modprobe",
            "vfio-pci",
            "prepare.driver: vfio-pci cannot be loaded: modprobe: FATAL",
            [],
            False,
        ),
        ("dpdk-devbind.py", f"-b vfio-pci {SECOND}", NOT_BOUND, UNDO[1:], False),
        ("dpdk-devbind.py", f"-b vfio-pci {SECOND}", NOT_BOUND, UNDO, True),
    ],
)
def test_a_preparation_that_failed_half_way_is_released_or_gone_on_with(
    host, tree, program, call, line, undone, refuses_all
):
    """Each change was written down before it was made; a port may be left without a driver."""
    if refuses_all:
        tree.write("refuses-all", "")
    before = tree.state()
    tree.fail(program, call)
    for way in ("release", "prepare"):
        with pytest.raises(HostError, match="local: ") as caught:
            prepared(host, tree)
        assert line in str(caught.value)
        tree.calls()
        if way == "release":
            release(host, str(tree.root))
            assert tree.calls() == undone
            after = tree.state()
            after.pop(JOURNAL, None)
            assert after == before
    tree.fail(program, "")
    whole = prepared(host, tree)
    assert [entry["before"] for entry in whole.changed[:2]] == [["libc6"], 2]
    release(host, str(tree.root))
    after = tree.state()
    after.pop(JOURNAL)
    assert after == before


def test_hugepages_that_the_kernel_cannot_find_are_named(host, tree):
    """As with fragmented memory."""
    (tree.root / HUGEPAGES).unlink()
    (tree.root / HUGEPAGES).symlink_to("/dev/null")
    with pytest.raises(HostError, match=r"hugepages: only 0 of 1024 .* kernel's command line"):
        prepared(host, tree)


def test_what_cannot_be_undone_is_named_and_the_rest_is_undone(host, tree):
    """The module still drives a port that somebody else gave it."""
    prepared(host, tree)
    other = tree.root / DRIVERS / "vfio-pci/0000:09:00.0"
    other.symlink_to("../../devices/0000:09:00.0")
    with pytest.raises(HostError, match=r"^local: vfio-pci stays, as it drives 0000:09:00.0$"):
        release(host, str(tree.root))
    assert tree.state()[HUGEPAGES] == "2"
    other.unlink()
    assert release(host, str(tree.root))[0] == "module vfio-pci: not loaded again"


def test_after_a_reboot_what_was_changed_counts_anew(host, tree):
    """What a reboot undid is not undone again; packages are still known."""
    before = tree.state()
    first = prepared(host, tree)
    journal = tree.state()[JOURNAL]
    tree.fresh().reboot("second")
    tree.write("packages", "libc6\ndpdk\n")
    tree.write(HUGEPAGES, "7\n")
    tree.write(JOURNAL, journal)
    assert release(host, str(tree.root)) == [
        "nothing to be undone",
        "packages: dpdk stay installed",
    ]
    again = prepared(host, tree)
    assert [entry["kind"] for entry in again.changed] == [entry["kind"] for entry in first.changed]
    assert again.changed[1]["before"] == 7
    release(host, str(tree.root))
    after = tree.state()
    after.pop(JOURNAL)
    assert after == before | {HUGEPAGES: "7"}


def test_dry_mode_changes_nothing_and_says_what_it_would(either, tree):
    """The same changes as the real one makes."""
    before = tree.state()
    dry = prepared(either, tree, dry=True)
    assert tree.state() == before
    assert tree.calls() == []
    assert dry.changed == []
    assert f"would change driver {FIRST}: ixgbe (eth2) -> vfio-pci" in dry.said
    assert dry.would_change == prepared(either, tree).changed
    assert prepared(either, tree, dry=True).said == ["nothing to be changed"]
