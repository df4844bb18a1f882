"""The parts of the report: words, tables of facts, pages; also when there is little to say."""

import re
from pathlib import Path

import pandas as pd
import pytest
from docutils.core import publish_doctree
from hypothesis import given
from hypothesis import strategies as st

from figures import REFERENCE, tables
from middlebench.analysis.published import read_reference
from middlebench.duts.supplied import as_used
from middlebench.errors import DutError, RecordError, ReportError
from middlebench.records.record import write
from middlebench.report import build
from middlebench.report.facts import checks_table, doubt_table, facts_table
from middlebench.report.table import number_text, read_table, readable, table_page
from middlebench.report.words import escape, figure_words, overview
from records import make_record, repeated, sandbox_records, without_result, write_record

SANDBOX = {"virtual": True, "link_mbit": None}


def described(folder, records):
    """(Overview, words of the figure) of the records, both as plain text."""
    points, rates, series = tables(folder, records)
    hosts = facts_table(map(Path, points["record"]), "host")
    texts = (
        overview("sandbox", SANDBOX, hosts, points, series),
        figure_words(series, rates, read_reference(REFERENCE)),
    )
    settings = {"halt_level": 2, "report_level": 2}  # a warning of docutils is an error here
    return [publish_doctree(text, settings_overrides=settings).astext() for text in texts]


def test_the_words_say_what_was_measured_and_what_came_out(tmp_path):
    """DUT, how many points hold, the knee with its interval, and the thesis's values."""
    losses = {400: [0] * 7, 500: [0] * 7, 600: [0.1] * 7, 700: [0.25] * 7}
    records = repeated(losses)
    front, figure = described(tmp_path, records)
    assert "Open vSwitch 3.1.0, DPDK 22.11.11" in front
    assert "28 of 28 points hold (14 ok, 14 overloaded)" in front
    assert "All in the memory of one machine" in front
    assert "Host: any, CPUs: 2, kernel 6.18" in front
    knee = "carries 500 Mbit/s, 976562 packets/s (95 % interval: 500 to 500 Mbit/s)"
    assert knee in front
    assert knee in figure
    assert "The thesis saw its first spike at 540 Mbit/s (figure 4.6)" in figure


def test_a_knee_at_the_last_rate_is_called_a_lower_bound(tmp_path):
    """The sweep ended before the DUT did."""
    front, figure = described(tmp_path, repeated({400: [0, 0], 500: [0, 0, 0]}))
    for text in (front, figure):
        assert "carries at least 500 Mbit/s, 976562 packets/s" in text
        assert "(76.3 % interval: 400 to at least 500 Mbit/s)" in text
    assert "the highest rate measured: the knee may lie above" in figure


def test_a_knee_below_points_that_say_nothing_is_a_lower_bound(tmp_path):
    """Nobody knows what the DUT does above."""
    records = [make_record(rate_mbit=100), make_record(rate_mbit=200, verdict="disturbed")]
    _, figure = described(tmp_path, records)
    assert "carries at least 100 Mbit/s" in figure
    assert "the highest rate that tells anything: the knee may lie above" in figure


def test_the_end_of_an_interval_may_be_a_lower_bound(tmp_path):
    """The knee was found, and may be higher all the same."""
    _, figure = described(tmp_path, repeated({400: [0] * 9, 500: [0, 0, 0, 0.1, 0.1]}))
    assert "carries 400 Mbit/s" in figure
    assert "(97.5 % interval: 400 to at least 500 Mbit/s)" in figure


def test_no_point_holds(tmp_path):
    """It is said in words; no number is made up for the DUT."""
    records = [make_record(verdict="failed", rate_mbit=rate) for rate in (100, 200)]
    front, figure = described(tmp_path, records)
    assert "0 of 2 points hold; not: 2 failed" in front
    for text in (front, figure):
        assert "no point holds, so nothing is known about the DUT" in text
        assert "carries" not in text.replace("each series carries", "")
        assert "nan" not in text


def test_every_rate_is_too_much(tmp_path):
    """There is no knee, and it is said why."""
    _, figure = described(tmp_path, repeated({100: [0.3], 200: [0.4]}))
    assert "loses more than 0.5 % already at the lowest rate that holds" in figure


@given(st.text("ab_*`|<>\\:[]. ", max_size=12))
def test_escaped_text_is_only_text(text):
    """No character of a version or a name is taken for markup."""
    wanted = " ".join(text.split())
    found = publish_doctree(f"x {escape(text)} x", settings_overrides={"report_level": 5}).astext()
    assert " ".join(found.split()) == f"x {wanted} x".replace("  ", " ")


def test_facts_are_counted_by_value(tmp_path):
    """One row a fact and value; points without a result say nothing."""
    records = [make_record(rate_mbit=rate) for rate in (100, 200, 300)]
    records[2]["software"]["dut"]["version"] = "3.1.1"
    records[2]["host"]["loadgen_facts_sha256"] = None
    records.append(without_result(rate_mbit=400))
    paths = [write_record(tmp_path, record) for record in records]
    software = facts_table(paths, "software").set_index(["about", "fact", "value"])["points"]
    assert software["dut", "version", "3.1.0"] == 2
    assert software["dut", "version", "3.1.1"] == 1
    assert software["generator", "name", "softgen"] == 3
    host = facts_table(paths, "host").set_index(["about", "fact", "value"])["points"]
    assert host["host", "loadgen_facts_sha256", "not known"] == 1
    assert host["host", "cpus", "2"] == 3


def test_doubt_lists_what_does_not_hold_and_why(tmp_path):
    """Points that are ok or overloaded are not in it."""
    records = sandbox_records(knees={100: 300}, rates=range(100, 501, 100))
    records.append(make_record(verdict="failed", rate_mbit=600))
    points, _, _ = tables(tmp_path, records)
    doubtful = doubt_table(points)
    assert list(doubtful["verdict"]) == ["failed"]
    assert list(doubtful["reason"]) == [records[-1]["verdict"]["reason"]]


def test_checks_are_listed_item_by_item(tmp_path):
    """What was seen, and whether a failure was expected."""
    item = {"name": "reply_passed", "passed": False, "detail": "lost", "failure_expected": True}
    path = tmp_path / "ovs-dpdk/nat.json"
    path.parent.mkdir()
    write({"function": "nat", "items": [item]}, path)
    assert checks_table([path]).to_numpy().tolist() == [
        ["ovs-dpdk", "nat", "reply_passed", False, True, "lost"]
    ]
    path.write_text(path.read_text(encoding="utf-8").replace("false", "true"), encoding="utf-8")
    with pytest.raises(RecordError, match=r"nat\.json: was changed after it was written .* again"):
        checks_table([path])


@pytest.mark.parametrize(
    ("value", "text"),
    [(976562.5, "976562"), (0.000341, "0.000341"), (1e9, "1000000000"), (400.0, "400")],
)
def test_numbers_are_for_reading(value, text):
    """No exponent for a packet rate, no string of digits for a share."""
    assert number_text(value) == text


def test_what_was_not_measured_is_empty():
    """Neither NaN nor None stands in a table."""
    table = pd.DataFrame({"knee": [400.0, None], "reason": ["x", None], "flows": [1, 2]})
    assert readable(table).to_numpy().tolist() == [["400", "x", 1], ["", "", 2]]


def test_every_row_is_in_the_page():
    """Also those beyond itables' own limit of 64 kB."""
    table = pd.DataFrame({"reason": [f"row {number}." for number in range(10000)]})
    page = table_page("Long", table)
    assert {int(number) for number in re.findall(r"row (\d+)\.", page)} == set(range(10000))


def test_an_empty_table_says_so():
    """No header over nothing."""
    page = table_page("Points that do not hold", pd.DataFrame({"verdict": []}))
    assert "There is no row in this table." in page
    assert "<table" not in page


@pytest.mark.parametrize("text", [None, "", 'a,b\n1,"2\n'])
def test_a_table_that_is_none_is_one_line(tmp_path, text):
    """Missing, empty, cut off."""
    path = tmp_path / "points.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match=r"points\.csv: cannot be read"):
        read_table(path)


def test_a_placeholder_that_nothing_fills_is_one_line(tmp_path):
    """The file and the name are said."""
    path = tmp_path / "nat.flows"
    path.write_text("actions=nat(src=${snat_address})\n", encoding="utf-8")
    assert as_used(path, {"snat_address": "10.0.0.1"}) == "actions=nat(src=10.0.0.1)\n"
    with pytest.raises(DutError, match=r"nat\.flows:1: .*snat_address"):
        as_used(path, {})


def test_a_report_that_fails_leaves_nothing(tmp_path, monkeypatch):
    """Snakemake's reason in one line, and no file, half or whole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Snakefile").write_text("rule all:\n    output: 'x'\n", encoding="utf-8")
    (tmp_path / "style.css").touch()
    with pytest.raises(ReportError, match=r"snakemake --report fails: .*no_such_file"):
        build.build_report(tmp_path / "report.html", ["no_such_file"], {}, tmp_path / "style.css")
    assert not list(tmp_path.glob("*report*"))
