"""A disk that is full or read-only, a broken plan, a killed run: one line, and nothing left."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from marked import send_to_all, wait_for
from workspace import begun, copy_workflow, edit_config, make_tiny, snakemake

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
TARGET = "figures/testbed.pdf"


@pytest.fixture
def tiny(tmp_path):
    """A workflow of three points, with folders for what it makes."""
    folder = copy_workflow(tmp_path / "workflow")
    edit_config(folder, make_tiny)
    for name in ("results", "figures", ".snakemake"):
        (folder / name).mkdir()
    return folder


def mounted(folder, mount, target=TARGET):
    """A run of Snakemake with something mounted, for it alone; what it said on stderr."""
    script = f'{mount} && cd . && "$@"; status=$?; find results figures; exit $status'
    words = [sys.executable, "-m", "snakemake", "--cores", "1", target]
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *words],
        cwd=folder,
        env=os.environ | {"XDG_CACHE_HOME": str(folder.parent / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


FULL = "mount -t tmpfs -o size=16k none {0} && ! head -c 20k /dev/zero 2> /dev/null > {0}/other"
READ_ONLY = "mount -t tmpfs -o ro none {0}"


SLOW = pytest.mark.slow


@root
@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("mount", "place", "said"),
    [
        (FULL, "results", "results: No space left on device"),
        pytest.param(FULL, "figures", "figures: No space left on device", marks=SLOW),
        (READ_ONLY, "results", "results: cannot be written into: a read-only file system"),
        pytest.param(
            READ_ONLY,
            "figures",
            "figures: cannot be written into: a read-only file system",
            marks=SLOW,
        ),
        (READ_ONLY, ".snakemake", ".snakemake: cannot be written into: a read-only file system"),
    ],
    ids=["results_full", "figures_full", "results_read_only", "figures_read_only", "own_read_only"],
)
def test_a_folder_that_takes_nothing_is_one_line(tiny, mount, place, said):
    """It says which folder and why; no half-written file is left."""
    run = mounted(tiny, mount.format(place))
    assert run.returncode == 1
    lines = [line for line in run.stderr.splitlines() if line.startswith("middlebench: ")]
    assert said in lines[-1]
    assert "Traceback" not in run.stderr
    left = {line.rpartition("/")[2] for line in run.stdout.splitlines()}
    assert not {name for name in left if name.startswith((".", "testbed.")) or "new" in name}


@pytest.mark.tried("words")
def test_a_plan_that_is_cut_is_one_line(tiny):
    """It is read while a run goes on: the line names it, says what to do, and the run ends."""
    names = ["checks/ovs-dpdk/nat.json", "calibration/vhost-user/64b_10flows.json"]
    names += [f"points/ovs-dpdk/nat/64b_10flows/{rate}mbit_1.json" for rate in (100, 200)]
    names += ["figures/nat_64b/plan/2.json"]
    made = [tiny / "results/sandbox" / name for name in names]
    for path in (tiny / "results/software/softgen/softgen", *made):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"more": [', encoding="utf-8")
    run = snakemake(tiny, "--touch", "--cores", "1", "results/sandbox/figures/nat_64b/points.csv")
    assert run.returncode == 1
    said = f"middlebench: results/sandbox/{names[-1]}: truncated or not JSON"
    (line,) = [line for line in run.stderr.splitlines() if line.startswith(said)]
    assert line.endswith("delete the file to plan again")
    assert "Traceback" not in run.stderr


def building(folder, target):
    """A run of Snakemake that builds `target`, in a process group of its own."""
    started = begun(folder, target, stderr=subprocess.PIPE)
    wait_for((folder / "results/logs/build_program").exists, 60, "a build")
    return started


@pytest.mark.tried("words")
def test_a_second_interrupt_does_not_break_off_the_end_that_the_first_began(tiny):
    """Ctrl-C twice: Snakemake ends its jobs and then itself, without a traceback."""
    with building(tiny, "results/software/softgen/softgen") as started:
        wait_for(lambda: len(psutil.Process(started.pid).children(recursive=True)) > 2, 20, "make")
        started.send_signal(signal.SIGINT)
        for line in started.stderr:
            if line.startswith("Terminating processes on user request"):
                break
        started.send_signal(signal.SIGINT)
        # Snakemake waits for its jobs, which a terminal would have told.
        send_to_all(psutil.Process(started.pid).children(recursive=True), signal.SIGTERM)
        said = started.stderr.read()
    assert "middlebench: the jobs are being ended" in said
    assert "RuntimeError" not in said
    assert started.returncode == 1


@pytest.mark.slow
@pytest.mark.tried("words")
def test_a_killed_run_does_not_lock_the_folder(tiny):
    """The next run takes over, without --unlock; while a run lives, Snakemake refuses another."""
    target = "results/software/softgen/softgen"
    started = building(tiny, target)
    refused = snakemake(tiny, "--cores", "1", target)
    assert "Directory cannot be locked" in refused.stderr
    below = psutil.Process(started.pid).children(recursive=True)
    send_to_all((started, *below), signal.SIGKILL)
    started.communicate()
    assert list((tiny / ".snakemake/locks").glob("*.lock"))
    assert snakemake(tiny, "--cores", "1", TARGET, target).returncode == 0
