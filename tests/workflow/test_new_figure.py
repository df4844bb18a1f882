"""A figure of one's own that is no series: four new files, and no other is changed."""

from pathlib import Path

import pytest

from changes import edited
from workspace import edit_config, job_counts, snakemake

MODULE = '''"""How many flows each figure has."""

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.figure import Figure

from middlebench.figures.drawing.style import Style, rc_params


def toy_figure(flows: Mapping[str, int], style: Style) -> Figure:
    """A bar a figure."""
    with mpl.rc_context(rc_params(style)):
        figure = Figure()
        figure.subplots().bar(list(flows), list(flows.values()))
    return figure
'''
SCRIPT = '''"""Draw how many flows each figure has, PDF and PNG."""

import json

from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.toy import toy_figure

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    figure = toy_figure(json.loads(snakemake.params.flows), style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
'''
RULES = '''"""How many flows each figure has.

Needs: nothing but the configuration. Makes: figures/toy.pdf and .png.
"""


rule plot_toy:
    input:
        known=known,
    output:
        pdf="figures/toy.pdf",
        png=report(
            "figures/toy.png",
            caption="../../report/plot_toy.rst",
            category="Figures",
            labels={"figure": "Toy"},
        ),
    log:
        "results/logs/plot_toy.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_toy"),
        style=grid.as_param(config["style"]),
        flows=grid.as_param({name: len(of["flows"]) for name, of in config["figures"].items()}),
    message:
        "drawing figures/toy.pdf"
    script:
        "../../scripts/plot_toy.py"


PICTURES += rules.plot_toy.output
'''
FILES = {
    "workflow/scripts/middlebench/figures/toy.py": MODULE,
    "workflow/scripts/plot_toy.py": SCRIPT,
    "workflow/rules/pictures/toy.smk": RULES,
    "workflow/report/plot_toy.rst": "Toys and their flows.\n",
}


@pytest.fixture
def extended(workflow) -> Path:
    """A workflow after a complete run, and then the figure."""
    for path, text in FILES.items():
        assert not (workflow / path).exists()
        (workflow / path).write_text(text, encoding="utf-8")
    return workflow


def test_four_files_make_a_figure(extended):
    """It alone is drawn, again when its module changes, and it is in the report."""
    assert job_counts(extended) == {"plot_toy": 1}
    made = snakemake(extended, "--cores", "1", "figures/toy.pdf")
    assert made.returncode == 0, made.stdout + made.stderr
    assert (extended / "figures/toy.pdf").read_bytes().startswith(b"%PDF")
    assert job_counts(extended) == {}
    edited("workflow/scripts/middlebench/figures/toy.py")(extended)
    assert job_counts(extended) == {"plot_toy": 1}
    front_page = extended / "results/sandbox/report/overview.rst"
    front_page.parent.mkdir()
    front_page.touch()
    shown = snakemake(extended, "--report", "toy.html", "--", "figures/toy.png")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "Toys and their flows." in (extended / "toy.html").read_text(encoding="utf-8")


def test_its_name_is_taken(extended):
    """A series of that name would never be drawn."""

    def rename(config):
        config["figures"]["toy"] = config["figures"].pop("nat_64b")

    edit_config(extended, rename)
    run = snakemake(extended, "-n")
    *_, last = run.stderr.splitlines()
    assert run.returncode == 1
    assert last.startswith("middlebench: figures.toy: the name is taken; allowed: any but ")
