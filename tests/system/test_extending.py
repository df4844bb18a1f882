"""docs/extending.md, followed to the letter: what is added there measures and draws.

Its sections are followed in one copy of the workflow, and one run measures all that they add.
"""

import csv
import json

import pytest

from extending import contents, follow
from workspace import bring_results, copy_workflow, edit_config, snakemake

pytestmark = pytest.mark.slow  # a minute: three kinds of DUTs and their calibrations

ADDED = ("A function of one's own", "A DUT", "A figure", "A kind of measurement")
MOST_FILES = 4

RECORDS = {
    "my_nat": "results/sandbox/points/ovs-dpdk/my_nat/64b_10flows/20mbit_1.json",
    "toy": "results/sandbox/points/toy/forward/64b_10flows/20mbit_1.json",
}
START = "results/sandbox/starts/toy/forward.json"


def make_short(config: dict) -> None:
    """Few and short trials, as they come: a change for `edit_config`.

    Without gating, as a machine that is too disturbed to calibrate says nothing about the text.
    """
    config["testbeds"]["sandbox"]["gate"] = False
    config["defaults"]["repetitions"]["retries"] = 0
    config["defaults"]["durations"]["window_ms"] = 100
    config["calibration"]["repetitions"] = 1


@pytest.fixture(scope="module")
def extended(built, tmp_path_factory):
    """The copy after the run, and what the run said; each section changes the files it names."""
    folder = copy_workflow(tmp_path_factory.mktemp("extending") / "run")
    for section in ADDED:
        before = contents(folder)
        named = follow(folder, section)
        after = contents(folder)
        changed = {path for path in before | after if before.get(path) != after.get(path)}
        assert changed == named, section
        assert len(changed) <= MOST_FILES, section
    bring_results(built, folder, "software")
    edit_config(folder, make_short)
    wanted = ("figures/received.pdf", START, RECORDS["toy"])
    run = snakemake(folder, "--cores", "1", *wanted)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder, run.stdout + run.stderr


@pytest.mark.parametrize("name", RECORDS)
def test_what_was_added_is_measured(extended, name):
    """Its frames come back, none of them wrong; a busy machine may send and lose what it can."""
    folder, said = extended
    record = json.loads((folder / RECORDS[name]).read_text(encoding="utf-8"))
    assert record["verdict"]["name"] in ("ok", "overloaded", "generator_limited")
    assert record["raw"]["received"] > 0
    assert record["load_check"]["checked"] > 0
    assert record["load_check"]["wrong"] == 0
    assert " 64 B 10 flows 20 Mbit/s: " in said


@pytest.mark.parametrize(
    ("path", "items"),
    [
        ("ovs-dpdk/my_nat", {"reply_translated", "hosts_told_apart", "unsolicited_dropped"}),
        ("toy/forward", {"reply_passed", "inbound_passed"}),
    ],
)
def test_what_was_added_is_checked(extended, path, items):
    """By all that was said of the function: a NAT's items for what is like a NAT."""
    check = json.loads((extended[0] / f"results/sandbox/checks/{path}.json").read_text("utf-8"))
    assert check["passed"]
    assert items <= {item["name"] for item in check["items"] if item["passed"]}


def test_the_dut_says_what_it_is(extended):
    """Its setting is in the text of its file, and the record says so."""
    record = json.loads((extended[0] / RECORDS["toy"]).read_text(encoding="utf-8"))
    assert record["software"]["dut"]["name"] == "toy"
    assert record["software"]["dut"]["options"].endswith("--forward-mode=io --burst=32")
    assert record["settings"]["dut"] == {"burst": 32}


def test_the_figure_is_drawn_from_the_points(extended):
    """A PDF and a PNG, from the table that has the point."""
    folder, said = extended
    assert "drawing figures/received.pdf" in said
    assert (folder / "figures/received.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "figures/received.png").stat().st_size > 1000
    with (folder / "results/sandbox/figures/my_nat_64b/points.csv").open(encoding="utf-8") as file:
        assert [row["record"] for row in csv.DictReader(file)] == [RECORDS["my_nat"]]


def test_the_new_measurement_is_there_and_kept(extended):
    """It is measured once; another file of the DUT measures it again, in words."""
    folder, said = extended
    start = json.loads((folder / START).read_text(encoding="utf-8"))
    assert start["software"]["name"] == "toy"
    assert f"toy, forward: started in {start['start_s']} s" in said
    again = snakemake(folder, "-n", START)
    assert "Nothing to be done" in again.stdout + again.stderr
    options = folder / "workflow/middleboxes/toy/forward.options"
    text = options.read_text(encoding="utf-8")
    options.write_text(text.replace("=io", "=mac"), encoding="utf-8")
    again = snakemake(folder, "-n", START)
    options.write_text(text, encoding="utf-8")
    assert "made again: forward.options changed" in again.stderr
