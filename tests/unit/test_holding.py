"""What is said at the end of a run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from middlebench.analysis.tables import write_tables
from middlebench.records import holding
from middlebench.records.holding import summary
from records import make_record, without_result
from tables import table_of


def points_csv(folder, records, figure="nat_64b", reasons=()):
    """The points.csv of a figure; `reasons`: of verdicts by rate, in place of the records'."""
    target = folder / figure
    target.mkdir()
    paths = [target / f"{name}.csv" for name in ("points", "series", "rates")]
    table = table_of(target, records)
    for rate in reasons:
        table.loc[table["rate_mbit"] == rate, "reason"] = reasons[rate]
    write_tables(table, 0.005, 0.25, *paths)
    return paths[0]


def test_a_figure_that_holds_is_one_line(tmp_path):
    """Points that hold are counted by verdict, those within the limit first."""
    records = [make_record(rate_mbit=100 * n, verdict="overloaded") for n in (2, 3)]
    path = points_csv(tmp_path, [make_record(rate_mbit=100), *records])
    assert summary([path]) == ["nat_64b: 3 of 3 points hold (1 ok, 2 overloaded)"]


def test_what_does_not_hold_has_a_line_a_verdict(tmp_path):
    """The most frequent reason stands there with the first record that gives it."""
    few, fewer = "0.120 s of clean time", "0.110 s of clean time"
    records = [
        make_record(rate_mbit=100),
        make_record(rate_mbit=200, verdict="disturbed"),
        make_record(rate_mbit=300, verdict="disturbed"),
        make_record(rate_mbit=400, verdict="disturbed"),
        limited := make_record(rate_mbit=500, verdict="generator_limited"),
        unrun := without_result(rate_mbit=600),
    ]
    path = points_csv(tmp_path, records, reasons={200: fewer, 300: few, 400: few})
    record = "results/sandbox/points/ovs-dpdk/nat/64b_100flows/{}mbit_1.json"
    assert [line.replace(f"{path.parent}/", "") for line in summary([path])] == [
        "nat_64b: 1 of 6 points hold (1 ok)",
        f"  3 disturbed: {few} (first: {record.format(300)})",
        f"  1 above line rate: {unrun['verdict']['reason']} (first: {record.format(600)})",
        f"  1 generator limited: {limited['verdict']['reason']} (first: {record.format(500)})",
        holding.AGAIN,
    ]


def test_only_disturbed_points_are_worth_another_try(tmp_path):
    """What to do stands once at the end, however many figures; nothing where none is disturbed."""
    limited = points_csv(tmp_path, [make_record(verdict="generator_limited")], "a")
    disturbed = [points_csv(tmp_path, [make_record(verdict="disturbed")], name) for name in "bc"]
    assert holding.AGAIN not in summary([limited])
    lines = summary([limited, *disturbed])
    assert (lines.count(holding.AGAIN), lines[-1]) == (1, holding.AGAIN)
    assert "repetitions.retries" in holding.AGAIN


def test_the_first_of_equally_frequent_reasons_is_told(tmp_path):
    """Reasons with numbers in them are mostly different: then the first one stands there."""
    records = [make_record(rate_mbit=rate, verdict="disturbed") for rate in (100, 200)]
    path = points_csv(tmp_path, records, reasons={100: "reason 100", 200: "reason 200"})
    assert "2 disturbed: reason 100 (first: " in summary([path])[1]


def test_figures_come_in_the_order_given_and_a_missing_one_is_skipped(tmp_path):
    """A figure that was not made is no fault of the summary."""
    paths = [points_csv(tmp_path, [make_record()], figure) for figure in ("b", "a")]
    lines = summary([paths[0], tmp_path / "none" / "points.csv", str(paths[1])])
    assert [line.split(":")[0] for line in lines] == ["b", "a"]
    assert summary([]) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "its header has no reason"),
        (b"a,b\n1,2\n", "its header has no reason"),
        (b"verdict,reason,record\nok,all\n", "line 2 has no record"),
        (b'verdict,reason,record\nok,"all', "unexpected end of data"),
        (b"\xff\xfe", "can't decode"),
        (None, "Is a directory"),
    ],
    ids=["empty", "another table", "truncated", "open quote", "not UTF-8", "a folder"],
)
def test_a_table_that_cannot_be_read_is_one_line(tmp_path, content, why):
    """The line names figure, file and cause, and other figures are told all the same."""
    broken = tmp_path / "fw_64b" / "points.csv"
    broken.parent.mkdir()
    if content is None:
        broken.mkdir()
    else:
        broken.write_bytes(content)
    good = points_csv(tmp_path, [make_record()])
    bad, fine = summary([broken, good])
    assert bad.startswith(f"fw_64b: {broken} cannot be read (")
    assert why in bad
    assert "\n" not in bad
    assert fine == "nat_64b: 1 of 1 points hold (1 ok)"


def test_it_loads_no_pandas():
    """It runs in Snakemake's own process, where pandas would cost each run a second."""
    code = "import sys, middlebench.records.holding; sys.exit('pandas' in sys.modules)"
    scripts = Path(holding.__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": str(scripts)}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
