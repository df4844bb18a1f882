"""Whatever of results/ and figures/ is gone: one run is enough, and nothing is left of it."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from quick_jobs import faults, made, quick_workflow
from workspace import counted, job_counts, make_tiny, snakemake

ROUNDS = (1, 3)
NAT = "results/sandbox/points/ovs-dpdk/nat"

PATIENTLY = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
    "phases": [Phase.explicit, Phase.generate],
}
"""An example takes seconds: to look for a simpler one would take minutes."""


def change(config):
    """Two series of one rate, which may be repeated."""
    make_tiny(config)
    config["figures"]["nat_64b"]["rates_mbit"]["to"] = 100
    config["defaults"]["repetitions"] |= {"min": 1, "max": 6, "retries": 0}


def run(folder: Path, *arguments: str):
    """One run of Snakemake, which must end well."""
    done = snakemake(folder, "--cores", "1", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> dict[int, Path]:
    """Rounds of its sweeps -> a workflow after a complete run."""
    folders = {}
    for rounds in ROUNDS:
        folder = tmp_path_factory.mktemp("quick") / "workflow"
        folders[rounds] = quick_workflow(folder, change)
        (folder / "rounds").write_text(str(rounds), "utf-8")
        run(folder)
    return folders


@pytest.fixture
def copied(finished, tmp_path):
    """A function of rounds before, and of those that are measured from now on: a workflow."""

    def copy(before: int, now: int) -> Path:
        folder = tmp_path / "workflow"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(finished[before], folder)
        (folder / "rounds").write_text(str(now), "utf-8")
        return folder

    return copy


def once_is_enough(folder: Path) -> None:
    """After one run all is made from what is there, and nothing is left to do."""
    run(folder)
    assert faults(folder) == []
    assert job_counts(folder) == {}


def check_without(folder: Path, gone) -> None:
    """Delete the files for which `gone` holds, and run."""
    for file in made(folder):
        if gone(file):
            (folder / file).unlink()
    once_is_enough(folder)


def test_the_whole_runs_are_whole(finished):
    """What the other tests begin with."""
    for rounds, folder in finished.items():
        assert faults(folder) == []
        assert len(list((folder / NAT).rglob("*.json"))) == rounds
        assert job_counts(folder) == {}


@pytest.mark.tried("lies")
@pytest.mark.parametrize(("before", "now"), [(3, 1), pytest.param(1, 3, marks=pytest.mark.slow)])
def test_records_deleted_with_tables_and_figures(copied, before, now):
    """The plans of the records that are gone do not steer those that are measured."""
    check_without(copied(before, now), lambda file: file.parent.name != "plan")


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("gone", "target"),
    [
        ("results/sandbox/points", "figures/nat_64b.pdf"),
        ("results", "figures/nat_64b.pdf"),
        pytest.param(
            "results/sandbox/points", "results/sandbox/points.csv", marks=pytest.mark.slow
        ),
    ],
)
def test_a_figure_whose_records_are_deleted(copied, gone, target):
    """It is measured when it is asked for again, though it is there; a line says why."""
    folder = copied(3, 1)
    shutil.rmtree(folder / gone)
    done = snakemake(folder, "-n", target)
    assert counted(done)["measure_point"] >= 1
    if gone != "results":
        first = f"({NAT}/64b_10flows/100mbit_1.json is the first)"
        assert f"middlebench: made again: not all of a sweep is there {first}" in done.stderr
    run(folder, target)
    assert job_counts(folder, target) == {}
    assert len(list((folder / NAT).rglob("*.json"))) == 1


@pytest.mark.slow
def test_delete_all_output_deletes_every_plan(copied):
    """Nothing but the configuration and logs is left, and one run makes it all."""
    folder = copied(3, 1)
    run(folder, "--delete-all-output")
    assert made(folder) == []
    once_is_enough(folder)


@pytest.mark.tried("lies")
@given(st.sampled_from(ROUNDS), st.sampled_from(ROUNDS), st.floats(0, 1), st.randoms())
@settings(max_examples=3, **PATIENTLY)
def test_some_files_deleted(copied, before, now, share, chosen):
    """Any of them."""
    check_without(copied(before, now), lambda _: chosen.random() < share)


@pytest.mark.slow
@given(st.data(), st.sampled_from(ROUNDS), st.sampled_from(ROUNDS))
@settings(max_examples=40, **PATIENTLY)
def test_some_kinds_of_files_deleted(copied, data, before, now):
    """All or some of what lies in a folder, as people delete."""
    folder = copied(before, now)
    folders = sorted({file.parent for file in made(folder)})
    gone = data.draw(st.sets(st.sampled_from(folders), min_size=1))
    kept = data.draw(st.sets(st.integers(1, 6)))
    check_without(folder, lambda file: file.parent in gone and file.stem[-1] not in map(str, kept))
