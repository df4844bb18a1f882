"""The table of imported points, and what the configuration says of them."""

import csv
import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from configurations import DEFAULT, changed, fault
from middlebench.errors import ConfigError
from middlebench.experiment.config import validate
from middlebench.experiment.imported import beside, files_of, title
from middlebench.imported.formats import FORMATS
from middlebench.imported.table import COLUMNS, rows
from middlebench.planning.asked import for_targets
from other_generators import FRAMELOSS, HISTOGRAM, RUN, THROUGHPUT, files
from scripts import run_script

ABOUT = {"testbed": "lab", "dut": "VPP 23.10", "function": "nat", "protocol": "udp"}
ABOUT |= {"frame_size": 64, "flows": 100}
LAB = {"format": "moongen-rfc2544", "files": [{"path": "a.csv"}, {"path": "b.csv"}], **ABOUT}
RUNS = {"format": "moongen-l3-load-latency", **ABOUT}
RUNS["files"] = [{"path": "run.txt", "histogram": "run.csv"}]


def with_imported(series, figures):
    """The default configuration with a section `imported`."""
    return changed("imported", {"series": series, "figures": figures})


def test_each_row_has_its_origin():
    """Generator, file and its hash, and what the configuration says; rows by their rate."""
    with files({"a.csv": FRAMELOSS, "b.csv": THROUGHPUT}):
        found = rows("lab_nat", LAB | {"note": "X710"})
    assert {row["origin"] for row in found} == {"imported"}
    assert [row["file"] for row in found] == ["a.csv", "a.csv", "a.csv", "b.csv", "b.csv"]
    assert [row["offered_mbit"] for row in found] == [25.6, 512, 614.4, 640, 768]
    assert [row["kind"] for row in found] == ["trial"] * 3 + ["throughput"] * 2
    first = found[0]
    assert first["sha256"] == hashlib.sha256(FRAMELOSS.encode()).hexdigest()
    assert [first[key] for key in ("series", "generator", "source")] == [
        *("lab_nat", "MoonGen", "rfc2544/")
    ]
    assert [first[key] for key in ("testbed", "dut", "flows", "note")] == [
        *("lab", "VPP 23.10", 100, "X710")
    ]
    assert first["latency_count"] is None


def test_scripts_write_a_table_a_series_and_one_of_all(tmp_path, monkeypatch):
    """What is not known is empty; the rows of the series follow each other."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"a.csv": FRAMELOSS, "run.txt": RUN, "run.csv": HISTOGRAM}.items():
        Path(name).write_text(text, encoding="utf-8")
    one = {**LAB, "files": [{"path": "a.csv"}]}
    for name, settings in {"lab": one, "runs": RUNS}.items():
        run_script(
            "import_points",
            wildcards=SimpleNamespace(series=name),
            params=SimpleNamespace(settings=json.dumps(settings)),
            output=SimpleNamespace(points=f"{name}.csv"),
        )
    run_script(
        "tabulate_imported",
        input=SimpleNamespace(series=["lab.csv", "runs.csv"]),
        output=SimpleNamespace(csv="imported.csv"),
    )
    with Path("imported.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == COLUMNS
    assert [row["series"] for row in found] == ["lab", "lab", "lab", "runs"]
    assert [row["latency_p50_high_ns"] for row in found] == ["", "", "", "1006.4"]
    assert found[-1]["loss_ratio"] == "0.1"


def test_a_figure_of_imported_points_is_accepted():
    """Beside measured series of the same frames; it needs their points and no others."""
    config = with_imported({"lab": LAB}, {"both": {"series": ["lab"], "beside": ["nat_64b"]}})
    validate(config)
    assert beside(config, "both") == ["nat_64b"]
    assert title(config, "both") == "Measured elsewhere: lab"
    assert for_targets(config, ["figures/imported/both.pdf"]) == ["nat_64b"]
    assert for_targets(config, ["results/imported/series/lab.csv"]) == []
    alone = with_imported({"lab": LAB}, {"alone": {"series": ["lab"], "title": "VPP"}})
    validate(alone)
    assert for_targets(alone, ["figures/imported/alone.png"]) == []
    assert title(alone, "alone") == "VPP"


BESIDE = {"series": ["lab"], "beside": ["nat_64b"]}
FAULTS = [
    (
        {"lab": LAB | {"format": "moongen"}},
        {},
        "imported.series.lab.format: 'moongen'; allowed: moong",
    ),
    ({"lab": LAB | {"files": []}}, {}, "imported.series.lab.files: is empty; allowed: a list of 1"),
    (
        {"lab": LAB | {"files": ["a.csv"]}},
        {},
        "imported.series.lab.files[0]: 'a.csv'; allowed: a map",
    ),
    (
        {"lab": LAB | {"file": "a"}},
        {},
        "imported.series.lab.file: unknown key (did you mean files?);",
    ),
    ({"lab": {**LAB, "flows": 0}}, {}, "imported.series.lab.flows: 0; allowed: an integer from 1"),
    (
        {"lab": {**LAB, "frame_size": 9000}},
        {},
        "imported.series.lab.frame_size: 9000; allowed: an ",
    ),
    (
        {"Lab": LAB},
        {},
        "imported.series.Lab: not a good name; allowed: a name of at most 64 small ",
    ),
    (
        {"lab": LAB | {"files": [{"path": "a.csv", "histogram": "b.csv"}]}},
        {},
        "imported.series.lab.files[0].histogram: not of moongen-rfc2544; allowed: with moongen-l3-",
    ),
    (
        {"lab": LAB | {"files": [{"path": "a.csv", "duration_s": 3}]}},
        {},
        "imported.series.lab.files[0].duration_s: not of moongen-rfc2544; allowed: with trex-stats",
    ),
    (
        {"lab": LAB | {"files": [{"path": "a{b}.csv"}]}},
        {},
        "imported.series.lab.files[0].path: a{b}.csv; allowed: a path without braces",
    ),
    (
        {"lab": LAB},
        {"x": {"series": ["lap"]}},
        "imported.figures.x.series: lap is not under imported.",
    ),
    (
        {},
        {"x": {"series": ["lab"]}},
        "imported.figures.x.series: lab is not under imported.series; a",
    ),
    (
        {"lab": LAB},
        {"x": BESIDE | {"beside": ["nat_64"]}},
        "imported.figures.x.beside: nat_64 is not under figures (did you mean nat_64b?); allowed: ",
    ),
    (
        {"lab": LAB},
        {"x": BESIDE | {"beside": ["nat_64b", "nat_1500b"]}},
        "imported.figures.x: nat_1500b has frames of 1518 B; allowed: of one size, as lab has ",
    ),
]


@pytest.mark.parametrize(("series", "figures", "told"), FAULTS)
def test_what_cannot_be_imported_is_told(series, figures, told):
    """In one line, before anything is read."""
    line = fault(with_imported(series, figures))
    assert line.startswith(told)
    assert "; allowed: " in line


def test_figures_that_are_left_out_are_not_asked_for_theirs():
    """`only` without `imported` may take away what they stand beside."""
    config = with_imported({"lab": LAB}, {"x": BESIDE | {"beside": ["gone"]}})
    assert "gone is not under figures" in fault(config)
    validate(config | {"only": ["nat_64b"]})
    assert "gone is not under figures" in fault(config | {"only": ["nat_64b", "imported"]})


def test_a_testbed_of_that_name_is_refused():
    """Its results would lie among those that are imported."""
    testbeds = DEFAULT["testbeds"] | {"imported": DEFAULT["testbeds"]["sandbox"]}
    assert fault(changed("testbeds", testbeds)).startswith("testbeds.imported: the name is taken; ")


def test_a_file_that_is_not_there_is_told():
    """Which, and where the configuration names it."""
    config = with_imported({"runs": RUNS}, {})
    with files({"run.txt": RUN, "run.csv": HISTOGRAM}):
        assert files_of(config, "runs") == ["run.txt", "run.csv"]
    with files({"run.txt": RUN}), pytest.raises(ConfigError) as caught:
        files_of(config, "runs")
    assert str(caught.value).startswith("imported.series.runs.files[0].histogram: run.csv is no fi")


def test_every_format_is_told_of():
    """docs/importing.md has a row for each."""
    text = (Path(__file__).parents[2] / "docs/importing.md").read_text(encoding="utf-8")
    for name in FORMATS:
        assert f"| `{name}` |" in text, name
