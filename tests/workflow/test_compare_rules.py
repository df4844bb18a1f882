"""`snakemake compare`: what is made for it, what is kept, and what is made again."""

import copy

import pytest

from quick_jobs import quick_workflow
from workspace import counted, edit_config, job_counts, make_tiny, snakemake

MINE = {
    "frame_size": 64,
    "flows": 10,
    "variants": {"one": {"function": "firewall"}, "other": {"function": "nat"}},
}
TABLES = {"tabulate_comparisons": 1, "plot_compare": 1}
ALL = {"compare_variants": 1, **TABLES, "compare": 1}
GIT = {"from": "git", "url": "file:///srv/ovs", "commit": "1" * 40}


def with_comparison(config):
    """Of two functions, and nothing of the shipped one."""
    make_tiny(config)
    config["compare"] = {"mine": copy.deepcopy(MINE)}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A workflow after `snakemake compare`, in which nothing was measured."""
    folder = quick_workflow(tmp_path_factory.mktemp("compared") / "workflow", with_comparison)
    first = snakemake(folder, "-n", "compare")
    assert "middlebench: 1 comparison of variants in turns (mine 2), 2 min at most" in first.stderr
    needed = {"build_program": 1, "calibrate": 1, "check_function": 2}
    assert counted(first) == {**needed, **ALL}
    made = snakemake(folder, "--cores", "1", "compare")
    assert made.returncode == 0, made.stderr
    for path in ("results/sandbox/compare/mine.json", "results/sandbox/compare.md"):
        assert (folder / path).exists()
    return folder


def again(folder, change):
    """Which jobs `snakemake -n compare` has with a change of the configuration, of this alone."""
    before = (folder / "config.yaml").read_text("utf-8")
    try:
        edit_config(folder, change)
        return job_counts(folder, "compare")
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
