"""The league through Snakemake: trials are a stand-in's, tables and figures the real ones."""

import csv
import shutil

import pytest

from changes import configured, deleted, edited
from reruns import LIBRARY, RULES
from stand_ins import put_stand_ins
from workspace import (
    REPOSITORY,
    TINY_FIGURES,
    calibrate_briefly,
    copy_workflow,
    edit_config,
    job_counts,
    snakemake,
)

pytestmark = pytest.mark.slow  # most of a minute

HEAD = '''"""Write what the test wants in place of a measurement."""

import json
import sys
from pathlib import Path

sys.path.insert(0, {tests!r})
from league_trials import measured, tried

from middlebench.frame_mix import size_of_path
from middlebench.records.record import write

cell = snakemake.wildcards
told = {{key: json.loads(snakemake.params[key]) for key in ("settings", "made_from")}}
about = {{key: getattr(cell, key) for key in ("testbed", "dut", "function")}}
'''
MEASURE = (
    HEAD
    + """
capacity = {{"ovs-dpdk": 700, "linux": 250, "iptables": 245, "bridge": 120}}[cell.dut]
capacity -= 60 * (cell.flows == "10000")
numbers = {{"frame_size": size_of_path(cell.frame_size), "flows": int(cell.flows)}}
content = measured(capacity, settings=told["settings"], **about, **numbers)
write(content | {{"made_from": told["made_from"]}}, Path(snakemake.output[0]))
"""
)
TRY = (
    HEAD
    + """
failed = ("unsolicited_dropped",) if cell.dut == "bridge" else ()
write(tried(failed, **about) | {{"made_from": told["made_from"]}}, Path(snakemake.output[0]))
"""
)
TABLE = "results/sandbox/league.csv"
DRAWN = {"tabulate_league": 1, "plot_league": 1, "plot_dut_comparison": 1, "league": 1}


def change(config):
    """One function at one size, two numbers of flows, one of rules."""
    config["figures"] = {"nat_64b": TINY_FIGURES["nat_64b"]}
    config["cost"] = config["cost_linux"] = config["throughput"] = None
    section = config["league"]
    section |= {
        "functions": ["firewall"],
        "without": ["iptables", "ovs-userspace"],
        "sizes": [{"frame_size": 64, "flows": [100]}],
    }
    section["scaling"]["flows"] |= {"function": "firewall", "flows": [100, 10000]}
    section["scaling"]["rules"]["counts"] = [10]
    calibrate_briefly(config)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A folder in which everything of the league was made."""
    folder = copy_workflow(tmp_path_factory.mktemp("played") / "workflow")
    tests = str(REPOSITORY / "tests")
    texts = {"measure_league": MEASURE.format(tests=tests), "try_dut": TRY.format(tests=tests)}
    put_stand_ins(folder, **texts)
    edit_config(folder, change)
    run = snakemake(folder, "--cores", "2", "league", "flows", "rules")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "middlebench: league of 3 DUTs, " in run.stderr
    return folder


def rows(folder, name="league"):
    """Those of a table."""
    with (folder / TABLE).with_name(f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_one_command_makes_tables_and_figures(played):
    """A DUT that fails its check is behind the others, with what it fails."""
    firewall = rows(played)
    assert [row["dut"] for row in firewall] == ["ovs-dpdk", "linux", "bridge"]
    assert [row["correct"] for row in firewall] == ["True"] * 2 + ["False"]
    assert firewall[-1]["failed_checks"] == "unsolicited_dropped"
    assert (firewall[0]["rank"], firewall[0]["group"]) == ("1", "a")
    assert firewall[0]["latency_50_p50_ns"]
    assert len(rows(played, "hardware")) == len(firewall) == 3
    for name in ("league", "dut_comparison", "flows", "rules"):
        assert (played / f"figures/{name}.pdf").read_bytes().startswith(b"%PDF"), name


def test_scaling_has_a_row_a_size(played):
    """The larger number of flows carries less, and that is named; lists of rules are made."""
    ours = [row for row in rows(played, "flows") if row["dut"] == "ovs-dpdk"]
    assert [row["flows"] for row in ours] == ["100", "10000"]
    assert {row["dut"] for row in rows(played, "rules")} == {"ovs-dpdk", "linux"}
    text = (played / "results/rules/linux/rules_10.nft").read_text("utf-8")
    assert text.count(" drop\n") == 10


def test_what_was_made_is_in_the_report_and_is_not_made_again(played):
    """Each with its page."""
    assert job_counts(played, "league", "flows", "rules") == {}
    run = snakemake(played, "-n", "report.html", "--quiet", "progress")
    said = run.stdout + run.stderr
    for table in ("league", "hardware", "flows", "rules"):
        assert f"page of the table {table} (sandbox)" in said


CASES = {
    "a DUT less": (configured("league", without=["bridge", "iptables", "ovs-userspace"]), DRAWN),
    "rules of a firewall": (
        edited(f"{RULES}/firewall.flows", line="# more"),
        {"try_dut": 1, "measure_league": 1, **DRAWN},
    ),
    "library: ranks": (edited(f"{LIBRARY}/analysis/ranking.py"), DRAWN),
    "one series": (
        deleted("results/sandbox/league/linux/firewall/64b_100flows.json"),
        {"measure_league": 1, **DRAWN},
    ),
}


@pytest.mark.parametrize(("alter", "jobs"), CASES.values(), ids=CASES)
def test_a_change_plays_again_what_depends_on_it_only(played, tmp_path, alter, jobs):
    """By content, as everything else."""
    folder = tmp_path / "run"
    shutil.copytree(played, folder, symlinks=True)
    alter(folder)
    assert job_counts(folder, "league") == jobs
