"""A sweep through Snakemake: which points are made, in which order, when it ends.

Points are written by a script of the test's own, so that their loss and verdicts are known; the
plans and tables are the real ones.
"""

import csv
import re

import pytest

from stand_ins import put_stand_ins
from workspace import REPOSITORY, copy_workflow, edit_config, job_counts, snakemake

pytestmark = pytest.mark.slow  # most of a minute

MEASURE = '''"""Write the record that the test wants for this point."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, {tests!r})
from records import make_record

from middlebench.hosts.lock import OWNER_VARIABLE
from middlebench.records.record import write

with open("threads", "a") as file:
    print(len(os.listdir(f"/proc/{{os.environ[OWNER_VARIABLE]}}/task")), file=file)

cell = snakemake.wildcards
numbers = {{key: int(getattr(cell, key)) for key in ("flows", "rate_mbit", "repetition")}}
rate, repetition = numbers["rate_mbit"], numbers["repetition"]
about = {{}}
if rate == 200:  # never tight
    about = {{"median_ns": 1000.0 * 4**repetition}}
if rate == 300 and repetition == 2:
    about = {{"verdict": "disturbed"}}
if rate == 400:
    about = {{"verdict": "disturbed"}}
if rate > 400:
    about = {{"verdict": "overloaded", "loss_ratio": 1 - 400 / rate}}
told = {{key: json.loads(snakemake.params[key]) for key in ("settings", "made_from")}}
write(make_record(**numbers, **about, **told), Path(snakemake.output[0]))
'''

MADE = {100: 3, 200: 5, 300: 4, 400: 5, 500: 3, 600: 3, 350: 3, 450: 3}
"""Rate [Mbit/s] -> records: tight; to the maximum; one made up for; given up after two more; two
that are overloaded; two fine ones between the last that holds and those."""

SWEEP = ["measured"] * 8 + ["skipped"] * 6
"""State of each rate in its order: nothing above 600 was measured."""


def change(config):
    """One series of twelve rates, of which those at the top are not measured."""
    rates = {"from": 100, "to": 1200, "step": 100, "skip_after": 2}
    rates["refine"] = {"step": 50, "max_points": 4}
    config["figures"] = {"nat_64b": config["figures"]["nat_64b"] | {"rates_mbit": rates}}
    config["figures"]["nat_64b"]["flows"] = [10]
    config["defaults"]["repetitions"] |= {"min": 3, "max": 5, "retries": 2}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """(Folder, what was said) of a whole run."""
    folder = copy_workflow(tmp_path_factory.mktemp("repetition") / "workflow")
    put_stand_ins(folder, measure_point=MEASURE.format(tests=str(REPOSITORY / "tests")))
    edit_config(folder, change)
    run = snakemake(folder, "--cores", "1", "results/sandbox/figures/nat_64b/series.csv")
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, run.stdout + run.stderr


def records(folder):
    """The records in the order in which they were made."""
    return sorted((folder / "results").rglob("*mbit_*.json"), key=lambda path: path.stat().st_mtime)


def test_points_are_repeated_until_they_are_tight(finished):
    """Each repetition is a file of its own."""
    folder, _ = finished
    made = dict.fromkeys(MADE, 0)
    for path in records(folder):
        made[int(path.stem.partition("mbit")[0])] += 1
    assert made == MADE


def test_repetitions_come_later_in_the_order(finished):
    """First the first repetitions of a part of the sweep, shuffled; what is added comes after."""
    folder, _ = finished
    made = [path.stem.split("mbit_") for path in records(folder)]
    for rates in ((100, 200, 300), (400, 500, 600), (350, 450)):
        repetitions = [int(number) for rate, number in made if int(rate) in rates]
        assert repetitions == sorted(repetitions)


def test_a_record_says_which_stage_made_it(finished):
    """Coarse or fine."""
    folder, _ = finished
    with (folder / "results/sandbox/figures/nat_64b/points.csv").open(encoding="utf-8") as file:
        stages = {int(row["rate_mbit"]): row["stage"] for row in csv.DictReader(file)}
    assert {rate for rate, stage in stages.items() if stage == "fine"} == {350, 450}


def test_the_tables_hold_every_repetition(finished):
    """One row a record, and for each rate how many of them were valid."""
    folder, _ = finished
    tables = folder / "results/sandbox/figures/nat_64b"
    with (tables / "rates.csv").open(encoding="utf-8") as file:
        rows = {int(row["rate_mbit"]): row for row in csv.DictReader(file)}
    assert {rate: int(row["repetitions"]) for rate, row in rows.items()} == MADE
    assert {rate: int(row["valid"]) for rate, row in rows.items()} == {
        **MADE,
        300: 3,
        400: 0,
    }
    with (tables / "sweep.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == SWEEP
    assert [row["rate_mbit"] for row in rows if row["stage"] == "fine"] == ["350", "450"]


def test_progress_says_why_points_are_repeated(finished):
    """A line for each round, and at the end how many points hold and why others do not."""
    _, said = finished
    assert "nat_64b: 9 measurements follow (points 3: next in the sweep)" in said
    assert re.search(r"nat_64b: \d measurements follow \(points \d: interval of the latency", said)
    assert "nat_64b: 6 measurements follow (points 2: fine, where the knee may lie)" in said
    assert "nat_64b: every point is measured; 6 rates far above the knee are skipped" in said
    assert re.search(r"nat_64b: 23 of 29 points hold \(14 ok, 9 overloaded\)", said)
    doubt = r"6 disturbed: 0\.0\d\d s of clean time .* needed \(first: results/sandbox/points/"
    assert re.search(doubt, said)


def test_snakemake_waits_quietly_while_points_are_measured(finished):
    """No timer is added for a job that has ended: together they would take a core."""
    folder, _ = finished
    threads = list(map(int, (folder / "threads").read_text(encoding="utf-8").split()))
    assert len(threads) == sum(MADE.values())
    assert max(threads) <= threads[0] + 3


def test_a_second_run_does_nothing(finished):
    """The plans are kept: what they asked for is there."""
    folder, _ = finished
    assert job_counts(folder, "results/sandbox/figures/nat_64b/series.csv") == {}


def test_a_higher_maximum_adds_only_what_is_missing(finished):
    """The plans are made anew, and one point is measured once more; the others are kept."""
    folder, _ = finished
    before = records(folder)
    edit_config(folder, lambda config: config["defaults"]["repetitions"].update(max=6))
    target = "results/sandbox/figures/nat_64b/series.csv"
    assert snakemake(folder, "--cores", "1", target).returncode == 0
    assert [path.stem for path in records(folder)[len(before) :]] == ["200mbit_6"]
    assert records(folder)[: len(before)] == before
    assert job_counts(folder, target) == {}
