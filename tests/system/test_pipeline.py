"""The whole way from a configuration to a figure, with real packets."""

import csv
import json

import pytest
from PIL import Image

from workspace import bring_results, copy_workflow, edit_config, make_quick, snakemake


def test_the_figure_is_there_as_pdf_and_png(pipeline):
    """Both from the same rule, the PDF with vectors."""
    folder, _ = pipeline
    assert (folder / "figures/nat_64b.pdf").read_bytes().startswith(b"%PDF-")
    with Image.open(folder / "figures/nat_64b.png") as picture:
        assert picture.width > 500


def test_progress_says_how_each_point_went(pipeline):
    """What is measured, and its verdict in words."""
    _, said = pipeline
    assert "nat: all 9 functional checks pass" in said
    for rate in (20, 40):
        assert f"nat 64 B 10 flows {rate} Mbit/s: " in said


def test_the_tables_hold_what_the_records_hold(pipeline):
    """One row a point."""
    folder, _ = pipeline
    with (folder / "results/sandbox/points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2
    for row in rows:
        record = json.loads((folder / row["record"]).read_text(encoding="utf-8"))
        assert row["verdict"] == record["verdict"]["name"]
        assert int(row["raw_sent"]) == record["raw"]["sent"]


def test_a_second_run_does_nothing(pipeline):
    """Everything is up to date."""
    folder, _ = pipeline
    run = snakemake(folder, "-n", "figures/nat_64b.pdf")
    assert "Nothing to be done" in run.stdout + run.stderr


@pytest.mark.slow
def test_a_figure_made_again_from_the_same_records_is_the_same(pipeline):
    """Byte for byte: no date, no random order."""
    folder, _ = pipeline
    before = [(folder / f"figures/nat_64b.{form}").read_bytes() for form in ("pdf", "png")]
    run = snakemake(folder, "--cores", "1", "--forcerun", "plot_series", "figures/nat_64b.pdf")
    assert run.returncode == 0, run.stderr
    after = [(folder / f"figures/nat_64b.{form}").read_bytes() for form in ("pdf", "png")]
    assert before == after


@pytest.mark.slow
def test_a_function_that_fails_its_check_is_not_measured(built, tmp_path):
    """nat_thesis without its expected failure: one line says why, and no point is measured."""
    folder = copy_workflow(tmp_path / "run")
    bring_results(built, folder, "software")

    def change(config):
        make_quick(config)
        config["figures"]["nat_64b"]["function"] = "nat_thesis"
        config["expected_failures"] = {}

    edit_config(folder, change)
    run = snakemake(folder, "--cores", "1", "results/sandbox/points.csv")
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert "reply_translated fails: the reply to 10.0.0.1:14503 did not come back" in said
    assert "committed to zone 1 and looked up in zone 0" in said
    assert not (folder / "results/sandbox/points").exists() or not list(
        (folder / "results/sandbox/points").rglob("*.json")
    )
