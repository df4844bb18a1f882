"""A figure of one's own that is no series, as docs/extending.md adds it."""

from pathlib import Path

import pytest

from changes import edited
from extending import follow
from workspace import edit_config, job_counts, snakemake

TABLE = "results/sandbox/figures/nat_64b/points.csv"


@pytest.fixture
def extended(workflow) -> Path:
    """A workflow after a complete run, and then the figure, of points that are there."""
    assert len(follow(workflow, "A figure")) == 4
    rules = workflow / "workflow/rules/pictures/received.smk"
    rules.write_text(rules.read_text("utf-8").replace("my_nat_64b", "nat_64b"), encoding="utf-8")
    return workflow


def test_four_files_make_a_figure(extended):
    """It alone is drawn, again when its module changes, and it is in the report."""
    assert job_counts(extended) == {"plot_received": 1}
    (extended / TABLE).write_text("asked_pps,received_pps\n1000,999\n1000,\n", encoding="utf-8")
    made = snakemake(extended, "--cores", "1", "figures/received.pdf")
    assert made.returncode == 0, made.stdout + made.stderr
    assert (extended / "figures/received.pdf").read_bytes().startswith(b"%PDF")
    assert job_counts(extended, "figures/received.pdf") == {}
    edited("workflow/scripts/middlebench/figures/received.py")(extended)
    assert job_counts(extended, "figures/received.pdf") == {"plot_received": 1}
    front_page = extended / "results/sandbox/report/overview.rst"
    front_page.parent.mkdir(exist_ok=True)
    front_page.touch()
    shown = snakemake(extended, "--report", "own.html", "--", "figures/received.png")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "Packets/s that came back" in (extended / "own.html").read_text(encoding="utf-8")


def test_its_name_is_taken(extended):
    """A series of that name would never be drawn."""

    def rename(config):
        config["figures"]["received"] = config["figures"].pop("nat_64b")

    edit_config(extended, rename)
    run = snakemake(extended, "-n")
    *_, last = run.stderr.splitlines()
    assert run.returncode == 1
    assert last.startswith("middlebench: figures.received: the name is taken; allowed: any but ")
