"""Imported points in the workflow: the overlay of docs/importing.md, and what is made again."""

import csv
import json

import pytest

from changes import configured
from extending import follow
from other_generators import FRAMELOSS, HISTOGRAM, RUN, THROUGHPUT, trex_ndr
from workspace import REPOSITORY, copy_workflow, job_counts, snakemake

PAGE = REPOSITORY / "docs/importing.md"
LAB = {
    "run500.txt": RUN,
    "run500.csv": HISTOGRAM,
    "run700.txt": RUN,
    "ndr.json": json.dumps(trex_ndr()),
}
ABOUT = {"testbed": "lab", "dut": "VPP", "function": "nat", "protocol": "udp"}
ABOUT |= {"frame_size": 64, "flows": 100}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A clone with the overlay, and files in a folder of their own."""
    clone = copy_workflow(tmp_path_factory.mktemp("importing") / "workflow")
    assert follow(clone, "An example", PAGE) == {"elsewhere.yaml"}
    (clone / "lab").mkdir()
    for name, text in LAB.items():
        (clone / "lab" / name).write_text(text, encoding="utf-8")
    return clone


def test_the_overlay_of_the_page_is_drawn_without_a_measurement(folder):
    """Three tables, a page of the report and a figure; nothing is built, checked or measured."""
    page = "results/imported/report/tables/imported.html"
    words = ["figures/imported/elsewhere.pdf", page, "--configfile", "elsewhere.yaml"]
    jobs = {"import_points": 2, "plot_imported": 1, "tabulate_imported": 1, "make_table_page": 1}
    assert job_counts(folder, *words) == jobs
    run = snakemake(folder, "--cores", "1", *words)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (folder / "figures/imported/elsewhere.pdf").read_bytes().startswith(b"%PDF")
    with (folder / "results/imported/series/lab_nat.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["origin"], row["file"], row["latency_count"]) for row in rows] == [
        ("imported", "lab/run500.txt", "10"),
        ("imported", "lab/run700.txt", ""),
    ]
    assert "lab/run700.txt" in (folder / page).read_text(encoding="utf-8")


@pytest.mark.tried("words")
def test_a_file_that_is_bad_or_gone_ends_with_one_line(folder):
    """Gone: before anything runs; bad: the job says file and line."""
    words = ["results/imported/series/lab_nat.csv", "--configfile", "elsewhere.yaml"]
    file = folder / "lab/run500.csv"
    file.write_text(HISTOGRAM[:-1], encoding="utf-8")
    run = snakemake(folder, "--cores", "1", *words)
    assert run.returncode == 1
    assert (
        "middlebench: lab/run500.csv:3: the last line does not end, the file was cut" in run.stderr
    )
    assert "Traceback" not in run.stderr
    file.unlink()
    run = snakemake(folder, "-n", *words)
    assert run.returncode == 1
    line = "middlebench: imported.series.lab_nat.files[0].histogram: lab/run500.csv is no file; "
    assert line in run.stderr


@pytest.mark.slow
def test_a_changed_file_redraws_its_figure_alone(workflow):
    """Nothing is measured again, whatever is imported; other imported figures stay."""
    for name, text in {"a.csv": FRAMELOSS, "b.csv": THROUGHPUT}.items():
        (workflow / name).write_text(text, encoding="utf-8")
    series = {
        name: {"format": "moongen-rfc2544", "files": [{"path": f"{name}.csv"}], **ABOUT}
        for name in "ab"
    }
    figures = {"one": {"series": ["a"], "beside": ["nat_64b"]}, "two": {"series": ["b"]}}
    configured("imported", series=series, figures=figures)(workflow)
    table = {"tabulate_imported": 1}
    assert job_counts(workflow) == {"import_points": 2, "plot_imported": 2, **table}
    run = snakemake(workflow, "--cores", "1", "--quiet")
    assert run.returncode == 0, run.stdout + run.stderr
    assert job_counts(workflow) == {}
    (workflow / "a.csv").write_text(FRAMELOSS.replace("0.95", "0.9"), encoding="utf-8")
    once = {"import_points": 1, "plot_imported": 1, **table}
    assert job_counts(workflow) == once
    assert job_counts(workflow, "figures/imported/two.pdf") == {}
    (workflow / "a.csv").write_text(FRAMELOSS, encoding="utf-8")
    configured("imported/series/b", note="X710")(workflow)
    run = snakemake(workflow, "-n", "figures/imported/one.pdf")
    assert run.returncode == 0, run.stderr
    assert job_counts(workflow, "figures/imported/two.pdf") == {
        "import_points": 1,
        "plot_imported": 1,
    }
