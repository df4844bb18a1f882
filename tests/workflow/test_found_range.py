"""A series that finds its own range, through Snakemake: plans, rounds and tables are the real ones.

Points are written by a script of the test's own, of a DUT that carries 430 Mbit/s.
"""

import csv
import re

import pytest

from stand_ins import put_stand_ins
from workspace import REPOSITORY, copy_workflow, edit_config, snakemake

pytestmark = pytest.mark.slow  # half a minute

MEASURE = '''"""Write the record of a DUT that carries 430 Mbit/s, or nearly."""

import json
import sys
from pathlib import Path

sys.path.insert(0, {tests!r})
from records import make_record

from middlebench.records.record import write

numbers = {{key: int(snakemake.wildcards[key]) for key in ("flows", "rate_mbit", "repetition")}}
carried = 430 + numbers["repetition"] % 5 - 2
loss = max(0.0, 1 - carried / numbers["rate_mbit"])
about = {{"verdict": "overloaded", "loss_ratio": loss}} if loss > 0.005 else {{}}
told = {{key: json.loads(snakemake.params[key]) for key in ("settings", "made_from")}}
write(make_record(**numbers, **about, **told), Path(snakemake.output[0]))
'''
FIND = {"start": 200, "from": 50, "to": 3000, "half_width": 0.01, "budget_s": 60, "max_trials": 50}
SERIES = "results/sandbox/figures/nat_64b/series.csv"


def change(config):
    """One series that looks for its capacity, beside the list that it does not use."""
    figure = config["figures"]["nat_64b"] | {"flows": [10]}
    figure["rates_mbit"] = figure["rates_mbit"] | {"find": FIND}
    config["figures"] = {"nat_64b": figure}
    config["cost"] = config["cost_linux"] = config["throughput"] = config["compare"] = None


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """(Folder, what a dry run said, what the whole run said)."""
    folder = copy_workflow(tmp_path_factory.mktemp("found") / "workflow")
    put_stand_ins(folder, measure_point=MEASURE.format(tests=str(REPOSITORY / "tests")))
    edit_config(folder, change)
    said = []
    for options in (["-n"], ["--cores", "1"]):
        run = snakemake(folder, *options, SERIES)
        assert run.returncode == 0, run.stdout + run.stderr
        said.append(run.stdout + run.stderr)
    return folder, *said


def rows(folder, name):
    """The rows of a table of the figure."""
    with (folder / SERIES).with_name(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_dry_run_lists_the_first_rate_and_says_that_more_follow(found):
    """Nothing else is known before there are records."""
    _, planned, _ = found
    assert set(re.findall(r"10 flows, (\d+) Mbit/s, repetition", planned)) == {"200"}
    line = next(line for line in planned.splitlines() if line.startswith("middlebench: "))
    assert line.startswith("middlebench: 3 points (nat_64b 3); more until each capacity is known")
    assert "to 1.00%, or the budget is spent; " in line


def test_the_capacity_is_found_and_the_end_is_told(found):
    """Upwards to 800, then 1.2 times of it; the last plan and sweep.csv say why it ended."""
    folder, _, said = found
    assert re.search(r"nat_64b: 10 flows: capacity known to 0\.\d%", said)
    assert re.search(r"nat_64b: 3 measurements follow \(points 1: in search of the capacity", said)
    sweep = rows(folder, "sweep.csv")
    assert {row["state"] for row in sweep} == {"measured"}
    assert [row["why"][:17] for row in sweep] == ["capacity known to"] * len(sweep)
    assert {200, 400, 800} < {int(row["rate_mbit"]) for row in sweep} <= set(range(50, 3001))
    (series,) = rows(folder, "series.csv")
    assert float(series["capacity_mbit"]) == pytest.approx(430, rel=0.01)
    assert (series["capacity_level"], int(series["points"]) <= 40) == ("0.95", True)


def test_it_is_not_measured_again(found):
    """The same plans come out of the same records."""
    folder, _, _ = found
    run = snakemake(folder, "-n", SERIES)
    assert "Nothing to be done" in run.stdout + run.stderr
