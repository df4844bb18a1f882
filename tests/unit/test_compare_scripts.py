"""Scripts of comparisons: from what is asked to the result, the tables, the figure, the status."""

import json
import runpy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from compared import SETTINGS, log_ratios, result, starts_of
from configurations import DEFAULT, FILE
from figures import overlapping, texts
from middlebench.analysis.comparing import pairs
from middlebench.experiment.comparisons import comparison_settings
from middlebench.experiment.grid import as_param
from middlebench.figures.compared.figure import compared_figure
from middlebench.figures.drawing.style import Style, save
from middlebench.measuring.parts import Parts
from middlebench.records.comparison_file import read_comparison
from middlebench.records.record import write
from scripts import Params, run_script
from workspace import REPOSITORY

JUDGE = REPOSITORY / "workflow/scripts/judge_comparisons.py"


def measured(truth=0.75, name="mine", starts=8, noise=0.1):
    """A comparison of two variants."""
    source, variants = np.random.default_rng(2), ["as_it_is", "no_emc"]
    logs = log_ratios(source, truth, noise, (1, starts, 4))[0]
    found = starts_of(logs, source, tuple(variants))
    return result(found, pairs(found, variants, SETTINGS), variants, name)


def test_the_figure_has_a_dot_a_start_and_the_interval():
    """A row a pair; what is decided is told; no text on another."""
    slower, same = measured(), measured(1.0, "other", 12)
    figure = compared_figure([slower, same], Style())
    assert len(figure.axes) == 2 * 4
    assert len(figure.axes[0].lines[0].get_xdata()) == 8
    assert len(figure.axes[4].lines[0].get_xdata()) == 12
    middle = slower["pairs"][0]["ratio"] - 1
    drawn = [line.get_xdata() for line in figure.axes[0].lines]
    assert any(len(x) == 1 and x[0] == pytest.approx(middle) for x in drawn)
    words = texts(figure)
    for said in (
        "mine: no_emc / as_it_is",
        "capacity: slower",
        "other: no_emc / as_it_is",
        "capacity: not slower",
        "1 / median latency: not compared",
        "mine on sandbox: 8 starts, 32 rounds, 37 s of traffic in turns of 50 ms, ",
        "8 ms left out; alone.",
        "95% interval",
    ):
        assert said in words
    assert overlapping(figure) == ([], [])
    assert "Nothing was compared." in texts(compared_figure([], Style()))


def test_a_comparison_drawn_again_has_the_same_bytes(tmp_path):
    """PDF and PNG."""
    made = []
    for name in ("one", "two"):
        paths = [tmp_path / f"{name}.{kind}" for kind in ("pdf", "png")]
        save(compared_figure([measured()], Style()), Style(), *paths)
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]


@pytest.fixture
def turns(monkeypatch):
    """A stand-in for the measuring: gives what it was called with, and a result."""
    called = []

    def compare(comparison, variants, calibration, decide, host=None, say=print):
        called.append((comparison, variants, calibration))
        found = measured()
        say("compare mine: 8 starts")
        return {**found, "made_from": comparison["made_from"], "pairs": decide(found["starts"])}

    monkeypatch.setattr("middlebench.measuring.turns.compare", compare)
    return called


def test_a_comparison_is_measured_decided_and_written(turns, tmp_path):
    """Each variant with its parts, settings, frame size and flows; decided by what was asked.

    The variants keep their order, whatever their names: each has the program that is its own.
    """
    mine = {"frame_size": 64, "flows": 100, "function": "nat"}
    roomy = {"settings": {"memory_mb": 700}}
    mine |= {"variants": {"as_it_is": {}, "no_emc": roomy, "also": {"function": "firewall"}}}
    config = {**DEFAULT, "compare": {"mine": mine}}
    made_from = {"settings": "abc"}
    machine = {"busy_dut": 1, "busy_generator": 1, "far": 1}
    found = {"ceiling_pps": 1e7, "floor_ns": 900, "frame_size": 64, "flows": 100}
    write(found | {"machine": machine}, tmp_path / "calibration.json")
    settings = comparison_settings(config, "mine")
    run_script(
        "compare_variants",
        wildcards=SimpleNamespace(comparison="mine", testbed="sandbox"),
        config=config,
        input=SimpleNamespace(
            generator="softgen",
            programs=["nat.flows", "nat.flows", "firewall.flows"],
            calibration=str(tmp_path / "calibration.json"),
        ),
        output=SimpleNamespace(result=str(tmp_path / "mine.json")),
        params=SimpleNamespace(settings=as_param(settings), made_from=json.dumps(made_from)),
        log=[str(tmp_path / "log")],
    )
    ((comparison, variants, calibration),) = turns
    assert comparison == {
        "name": "mine",
        "testbed": "sandbox",
        "made_from": made_from,
        "settings": settings,
    }
    parts, told, *cell = variants["no_emc"]
    assert isinstance(parts, Parts)
    assert (parts.function, str(parts.program), cell) == ("nat", "nat.flows", [64, 100])
    assert told["dut"]["memory_mb"] == 700
    assert list(variants) == ["as_it_is", "no_emc", "also"]
    for of in variants.values():
        assert str(of.parts.program) == f"{of.parts.function}.flows"
        assert ("snat_address" in of.settings["dut"]) == (of.parts.function == "nat")
    assert calibration["ceiling_pps"] == 1e7
    written = read_comparison(tmp_path / "mine.json")
    assert written["made_from"] == made_from
    found = [pair["decision"] for pair in written["pairs"] if pair["other"] == "no_emc"]
    assert found == ["slower", None, None, None]
    assert "no_emc / as_it_is: capacity 0.7" in (tmp_path / "log").read_text()


@pytest.fixture
def compared(tmp_path, monkeypatch):
    """`compared(truth, noise)`: the tables and the figure of a comparison, in a folder."""
    folder = tmp_path / "results/sandbox"
    (folder / "compare").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    comparison = FILE["compare"]["nat_emc"]
    config = {**FILE, "compare": {"mine": comparison}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")

    def make(truth, noise=0.1):
        write(measured(truth, noise=noise), folder / "compare/mine.json")
        made = {"csv": "compare.csv", "json": "compare.json", "markdown": "compare.md"}
        run_script(
            "tabulate_comparisons",
            wildcards=SimpleNamespace(testbed="sandbox"),
            input=SimpleNamespace(results=[str(folder / "compare/mine.json")]),
            output=SimpleNamespace(**{key: folder / name for key, name in made.items()}),
        )
        return folder

    return make


@pytest.mark.parametrize(
    ("truth", "noise", "code", "said"),
    [
        (1.0, 0.1, 0, "mine: not slower: no_emc / as_it_is: capacity "),
        (0.75, 0.1, 1, "mine: slower: no_emc / as_it_is: capacity 0.7"),
        (0.99, 2, 2, "mine: undecided: no_emc / as_it_is: capacity "),
    ],
)
def test_the_status_says_what_was_decided(compared, capsys, truth, noise, code, said):
    """0, 1, 2, and one line a pair on standard output."""
    compared(truth, noise)
    capsys.readouterr()
    assert runpy.run_path(str(JUDGE))["main"]([]) == code
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(said)


@pytest.mark.tried("words")
def test_a_missing_table_is_neither_slower_nor_undecided(compared, capsys):
    """Status 3 and one line; so it is with a configuration that cannot be measured."""
    folder = compared(1.0)
    (folder / "compare.json").unlink()
    capsys.readouterr()
    judge = runpy.run_path(str(JUDGE))["main"]
    assert judge([]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("middlebench: results/sandbox/compare.json: cannot be read (No such")
    (folder / "mine.yaml").write_text("only: [nothing]")
    assert judge([str(folder / "mine.yaml")]) == 3


def test_tables_and_picture_are_made_of_the_results(compared):
    """compare.csv, compare.json, compare.md, and figures/compare.pdf."""
    folder = compared(0.75)
    table = pd.read_csv(folder / "compare.csv")
    assert list(table["decision"])[:1] == ["slower"]
    assert "**slower**" in (folder / "compare.md").read_text("utf-8")
    assert json.loads((folder / "compare.json").read_text("utf-8"))["pairs"][0]["decides"] is True
    pictures = {kind: folder / f"compare.{kind}" for kind in ("pdf", "png")}
    run_script(
        "plot_compare",
        input=SimpleNamespace(results=str(folder / "compare/mine.json")),
        output=SimpleNamespace(**pictures),
        params=Params(style="{}"),
    )
    assert all(path.stat().st_size > 10_000 for path in pictures.values())
