"""`snakemake compare` and rungs of the ladder in turns: what is made, kept, and made again."""

import copy
import json
from pathlib import Path

import pytest

from changes import edited
from quick_jobs import quick_workflow
from workspace import counted, edit_config, job_counts, make_tiny, snakemake

MINE = {
    "frame_size": 64,
    "flows": 10,
    "variants": {"one": {"function": "firewall"}, "other": {"function": "nat"}},
}
TABLES = {"tabulate_comparisons": 1, "plot_compare": 1}
ALL = {"compare_variants": 1, **TABLES, "compare": 1}
COST = {
    "functions": ["stateless_firewall", "firewall", "nat"],
    "flows": [20],
    "sizes": [{"frame_size": 64, "rates_mbit": 100, "in_turns": True}],
}
OF_COST = {"compute_cost": 1, "plot_cost": 1}
GIT = {"from": "git", "url": "file:///srv/ovs", "commit": "1" * 40}


def with_comparison(config):
    """Of two functions, and nothing of the shipped one; a ladder of three."""
    make_tiny(config)
    config["compare"] = {"mine": copy.deepcopy(MINE)}
    config["cost"] = copy.deepcopy(COST)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A workflow after `snakemake compare figures/nat_cost.pdf`, in which nothing was measured."""
    folder = quick_workflow(tmp_path_factory.mktemp("compared") / "workflow", with_comparison)
    first = snakemake(folder, "-n", "compare")
    assert "middlebench: 1 comparison of variants in turns (mine 2), 2 min at most" in first.stderr
    needed = {"build_program": 1, "calibrate": 1, "check_function": 2}
    assert counted(first) == {**needed, **ALL}
    (folder / "rounds").write_text("1", "utf-8")
    made = snakemake(folder, "--cores", "1", "compare", "figures/nat_cost.pdf")
    turns = "3 comparisons of variants in turns (mine 2, 2 of neighbouring rungs of cost), 6 min"
    assert turns in made.stderr
    assert made.returncode == 0, made.stderr
    for path in ("results/sandbox/compare/mine.json", "results/sandbox/compare.md"):
        assert (folder / path).exists()
    return folder


def again(folder, change, target="compare"):
    """Which jobs `snakemake -n compare` has with a change of the configuration, of this alone."""
    before = (folder / "config.yaml").read_text("utf-8")
    try:
        edit_config(folder, change)
        return job_counts(folder, target)
    finally:
        (folder / "config.yaml").write_text(before, "utf-8")


def variant(**changes):
    """A change of the second variant."""
    return lambda config: config["compare"]["mine"]["variants"]["other"].update(changes)


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (lambda config: None, {}),
        (lambda config: config["comparing"].update(margin=0.01), ALL),
        (lambda config: config["style"].update(dpi=80), {"plot_compare": 1, "compare": 1}),
        (variant(settings={"memory_mb": 700}), ALL),
        (variant(flows=20), ALL),
        (variant(software={"ovs": GIT}), ALL | {"build_ovs": 1}),
    ],
)
def test_a_comparison_is_made_again_for_what_decides_it(compared, change, jobs):
    """And for nothing else; a build is made for the variant that asks for it."""
    assert again(compared, change) == jobs


def test_two_commits_are_built_for_one_comparison(compared):
    """Each in its own folder."""

    def commits(config):
        for digit, of in zip("12", config["compare"]["mine"]["variants"].values(), strict=True):
            of["software"] = {"ovs": GIT | {"commit": digit * 40}}

    assert again(compared, commits) == ALL | {"build_ovs": 2}


def test_without_comparisons_there_is_nothing_to_compare(compared):
    """`compare: null` and one that is taken away."""
    for gone in (None, {}):
        assert again(compared, lambda config, gone=gone: config.update(compare=gone)) == {
            "compare": 1
        }
    one = again(compared, lambda config: config["compare"].update(more=copy.deepcopy(MINE)))
    assert one == ALL


def test_rungs_are_compared_for_the_costs_alone(compared):
    """Each with the one below; `compare` has no row of them, and costs no column of its own."""
    names = {path.name for path in (compared / "results/sandbox/compare").iterdir()}
    rungs = {f"cost_{of}_64b_20flows.json" for of in ("firewall", "nat")}
    assert names == {"mine.json"} | rungs
    for table, of in (("cost.csv", rungs), ("compare.csv", {"mine.json"})):
        used = json.loads((compared / "results/sandbox" / table).read_text("utf-8"))["of"]
        assert {Path(path).name for path in used if "/compare/" in path} == of


@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (lambda config: None, {}),
        (lambda config: config["comparing"].update(margin=0.01), {"compare_variants": 2} | OF_COST),
        (lambda config: config["compare"].clear(), {}),
        (lambda config: config["cost"]["sizes"][0].update(in_turns=False), OF_COST),
    ],
)
def test_costs_are_made_again_for_what_decides_them(compared, change, jobs):
    """Settings of turns leave the sweeps as they are."""
    assert again(compared, change, "figures/nat_cost.pdf") == jobs


def test_rules_that_are_edited_are_compared_again(compared):
    """Those of the lowest rung: its sweep and the comparison with the next, and no other."""
    rules = "workflow/middleboxes/open_vswitch/stateless_firewall.flows"
    before = (compared / rules).read_text("utf-8")
    try:
        edited(rules, line="table=9,actions=drop")(compared)
        jobs = snakemake(compared, "-n", "figures/nat_cost.pdf")
        remade = counted(jobs)
    finally:
        (compared / rules).write_text(before, "utf-8")
    assert remade["compare_variants"] == remade["check_function"] == remade["measure_point"] == 1
    assert "comparing the variants of cost_firewall_64b_20flows in turns" in jobs.stdout
