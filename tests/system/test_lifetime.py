"""Nothing outlives a run, whatever ends Snakemake."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from marked import CLEAN_WITHIN_S, alive, descendants, running, wait_for
from workspace import TINY_FIGURES, copy_workflow, edit_config


@pytest.fixture
def workflow(tmp_path):
    """A copy whose single point runs long enough to be interrupted."""
    folder = copy_workflow(tmp_path / "run")

    def change(config):
        config["figures"] = {"nat_64b": TINY_FIGURES["nat_64b"]}
        config["cost"] = None
        config["defaults"]["durations"] |= {"window_ms": 600, "max_windows": 2}

    edit_config(folder, change)
    return folder


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_after_snakemake_was_ended(workflow, ending):
    """Snakemake is signalled while softgen sends: 5 s after its end nothing of it runs."""
    started = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", "results/sandbox/points.csv"],
        cwd=workflow,
        env=os.environ | {"XDG_CACHE_HOME": str(workflow / ".cache")},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    snakemake = psutil.Process(started.pid)
    point = workflow / "results/sandbox/logs/points"

    def measuring():
        found = descendants(snakemake)
        both = running(found, "softgen") and running(found, "ovs-vswitchd")
        return point.exists() and both and found

    seen = wait_for(measuring, 120, "first point")
    started.send_signal(ending)
    started.wait(60)
    wait_for(lambda: not alive(seen), CLEAN_WITHIN_S, "end of all processes")
    records = workflow / "results/sandbox/points"
    assert not [path for path in records.rglob(".*") if path.is_file()]
