"""Nothing outlives a run, whatever ends Snakemake."""

import signal

import psutil
import pytest

from marked import CLEAN_WITHIN_S, alive, descendants, running, wait_for
from workspace import begun, bring_results, copy_workflow, edit_config, make_quick


@pytest.fixture
def workflow(pipeline, tmp_path):
    """A copy whose single point is next, and runs long enough to be interrupted."""
    folder = copy_workflow(tmp_path / "run")
    bring_results(pipeline[0], folder, "software", "sandbox/checks", "sandbox/calibration")

    def change(config):
        make_quick(config)
        config["figures"]["nat_64b"]["durations"] = {"window_ms": 1000, "max_windows": 4}

    edit_config(folder, change)
    return folder


@pytest.mark.parametrize(
    "ending",
    [
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in (signal.SIGINT, signal.SIGTERM)),
        signal.SIGKILL,
    ],
)
def test_no_process_is_left_after_snakemake_was_ended(workflow, ending):
    """Snakemake is signalled while softgen sends: 5 s after its end nothing of it runs."""
    started = begun(workflow, "results/sandbox/points.csv")
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
