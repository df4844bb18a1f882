"""What is made again: nothing without a change, what is missing, and only what a target needs.

Jobs are counted by `snakemake -n` after one real Snakemake run, so that its own record of inputs
and parameters is real; the scripts of that run only write their output files: nothing is measured.
The tables of changes by what was changed are in test_reruns_*.py.
"""

import shutil

import pytest

from changes import configured, deleted, edited, touched
from middlebench.experiment.config import load
from middlebench.experiment.grid import grid_points, order
from reruns import LIBRARY, ONE_NAT_FIGURE, PICTURES, POINTS, rows
from workspace import TINY_FIGURES, edit_config, job_counts, snakemake

ANOTHER_PROCESSOR = edited(
    f"{LIBRARY}/software/processors.py", line='CPUINFO = Path("config.yaml")'
)
"""What is said of it is another text, as after a copy to another machine."""

CASES = {
    "nothing changed": (lambda folder: None, {}),
    "sources newer, same content": (touched, {}),
    "a calibration deleted": (
        deleted("results/sandbox/calibration/vhost-user/64b_10flows.json"),
        {},
    ),
    "points deleted": (deleted("results/sandbox/points"), POINTS),
    "points and tables deleted": (deleted("results/sandbox/points", "figures"), POINTS | PICTURES),
    "another processor": (ANOTHER_PROCESSOR, {}),
    "another processor, and points deleted": (
        lambda folder: (
            ANOTHER_PROCESSOR(folder),
            deleted("results/sandbox/points")(folder),
        ),
        {"build_program": 1, **POINTS},
    ),
}


@pytest.mark.parametrize(("change", "jobs"), rows(CASES))
def test_a_change_reruns_what_depends_on_it_only(workflow, change, jobs):
    """After each change exactly these jobs would run."""
    change(workflow)
    assert job_counts(workflow) == jobs


def test_an_added_figure_measures_only_its_own_points(workflow):
    """A new figure that shares points with an old one measures only what is missing."""
    added = TINY_FIGURES["nat_64b"] | {"rates_mbit": {"from": 100, "to": 400, "step": 100}}
    edit_config(workflow, lambda config: config["figures"].update(nat_wide=added))
    assert job_counts(workflow) == ONE_NAT_FIGURE | {"measure_point": 2}


def test_a_capture_is_counted_once(workflow):
    """Its figure is drawn anew for other classes; it is counted anew when it changes."""
    (workflow / "x.pcap").write_bytes(b"one")
    configured("packet_sizes", pcap="x.pcap")(workflow)
    both = {"count_packet_sizes": 1, "plot_packet_sizes": 1}
    assert job_counts(workflow) == both
    run = snakemake(workflow, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    configured("packet_sizes", small_max=64)(workflow)
    assert job_counts(workflow) == {"plot_packet_sizes": 1}
    (workflow / "x.pcap").write_bytes(b"another")
    assert job_counts(workflow) == both


def test_one_figure_leaves_the_others_alone(workflow):
    """With all results gone, one figure's target measures this figure's points and no others."""
    for made in ("results", "figures", ".snakemake"):
        shutil.rmtree(workflow / made)
    counts = job_counts(workflow, "figures/fw_64b.pdf")
    assert counts == {
        "build_program": 1,
        "calibrate": 1,
        "check_function": 1,
        "measure_point": 1,
        "plan_points": 1,
        "aggregate_figure": 1,
        "plot_series": 1,
    }


def test_points_run_in_the_order_that_the_seed_gives(finished):
    """Records are made in the shuffled order of the grid, across series."""
    config = load(finished / "config.yaml")
    points = sorted(grid_points(config), key=lambda p: order(p, config["defaults"]["seed"]))
    made = sorted((finished / "results").rglob("*mbit_*.json"), key=lambda p: p.stat().st_mtime)
    assert [str(path.relative_to(finished)) for path in made] == [point.path for point in points]


def test_the_merged_configuration_lies_beside_the_results(finished):
    """results/<testbed>/config.yaml holds what the run was told, and validates as it stands."""
    assert load(finished / "results/sandbox/config.yaml") == load(finished / "config.yaml")
