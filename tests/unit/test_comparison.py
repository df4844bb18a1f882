"""The thesis's numbers beside ours: the table, the corrections, the figure."""

import copy

import pandas as pd
import pytest

from figures import REFERENCE, overlapping, texts
from middlebench.analysis.comparison import COMPARISON_COLUMNS, comparison_table
from middlebench.analysis.corrections import correction_table
from middlebench.analysis.published import read_reference
from middlebench.analysis.tables import SERIES_COLUMNS, series_table
from middlebench.figures.comparison import comparison_figure
from middlebench.figures.drawing.style import Style
from records import sandbox_records
from tables import table_of

NOTHING_MEASURED = pd.DataFrame(columns=SERIES_COLUMNS)
CHECK = {
    "items": [
        {"name": "reply_translated", "passed": False, "detail": "no reply came back"},
        {
            "name": "untranslated_dropped",
            "passed": False,
            "detail": "64512 came out, 9 as they are",
        },
    ],
    "why": "connections are committed to zone 1 and looked up in zone 0",
    "software": {"name": "Open vSwitch", "version": "3.1.0", "rules": "nat_thesis.flows"},
}


@pytest.fixture
def reference():
    """The shipped reference numbers."""
    return read_reference(REFERENCE)


def firewall_series(folder, flows, function="firewall"):
    """One series at 64 B with a knee at 800 Mbit/s."""
    records = sandbox_records(
        function=function, knees={flows: 800}, rates=range(700, 1000, 100), repetitions=3
    )
    return series_table(table_of(folder, records), 0.005, 0.25)


def empty(reference):
    """A reference without a number."""
    return reference | {"figures": [], "packet_rates": []}


def test_every_published_number_has_a_row(reference):
    """Spikes and overloads of all six figures, with both meanings of a Mbit and the line rate."""
    table = comparison_table(NOTHING_MEASURED, reference)
    assert list(table.columns) == COMPARISON_COLUMNS
    assert list(table["figure"]) == ["4.2", "4.3", "4.3", "4.4", "4.5", "4.6", "4.7", "4.7"]
    assert list(table["published_mbit"]) == [9880, 640, 720, 9880, 9880, 540, 320, 500]
    assert list(table["is_line_rate"]) == [True, False, False, True, True, False, False, False]
    assert set(table["note"]) == {"not measured here"}
    assert table[["testbed", "knee_mbit", "ratio"]].isna().all(axis=None)


def test_both_packet_rates_are_recomputed(reference):
    """What the thesis printed is its rate with 2^20 bit; beside it stands 10^6."""
    table = comparison_table(NOTHING_MEASURED, reference).dropna(subset="printed_pps")
    assert list(table["printed_pps"]) == list(table["published_pps_binary"]) == [853090, 1474560]
    assert list(table["published_pps_decimal"]) == [813570, 1406250]
    assert list(table["line_rate_mbit"]) == [9870.0, 7619.0]


def test_a_packet_rate_without_a_figure_is_kept(reference):
    """The text's number stays when the reference has no figure that breaks there."""
    table = comparison_table(NOTHING_MEASURED, reference | {"figures": []})
    assert list(table["printed_pps"]) == [853090, 1474560]
    assert table["figure"].isna().all()


def test_ours_stand_beside_the_same_series_only(tmp_path, reference):
    """Knee, interval and ratio of the series with the thesis's flows; both values of figure 4.3."""
    table = comparison_table(firewall_series(tmp_path, 10000), reference)
    ours = table[table["knee_mbit"].notna()]
    assert list(ours["what"]) == ["first spike", "overload"]
    assert set(ours["figure"]) == {"4.3"}
    assert list(ours["knee_pps"]) == [1562500] * 2
    assert list(ours["ratio"]) == [1.25, pytest.approx(1562500 / 1406250, abs=1e-4)]
    assert ours["knee_low_mbit"].notna().all()


def test_a_knee_that_is_a_lower_bound_is_compared_as_one(tmp_path, reference):
    """The ratio may be higher: table and figure say so."""
    series = firewall_series(tmp_path, 10000)
    for at_least, said in ((False, "1.25"), (True, "≥ 1.25")):
        series["knee_at_least"] = at_least
        table = comparison_table(series, reference)
        assert set(table["knee_at_least"].dropna()) == {at_least}
        words = texts(comparison_figure(table, Style())).splitlines()
        assert [word for word in words if "1.25" in word] == [said]


def test_another_number_of_flows_is_not_compared(tmp_path, reference):
    """A series with other flows than the thesis's leaves the measured cells empty."""
    table = comparison_table(firewall_series(tmp_path, 100), reference)
    assert table["knee_mbit"].isna().all()


def test_the_thesiss_rules_stand_beside_its_nat(tmp_path, reference):
    """`nat_thesis` is compared with what was printed for the NAT, under its own name."""
    table = comparison_table(firewall_series(tmp_path, 100, "nat_thesis"), reference)
    ours = table[table["knee_mbit"].notna()]
    assert list(ours[["figure", "function", "measured_function"]].iloc[0]) == [
        *("4.6", "nat", "nat_thesis"),
    ]


def test_a_series_in_which_nothing_holds_has_no_ratio(tmp_path, reference):
    """It names the DUT, and the note says why there is no number."""
    series = firewall_series(tmp_path, 10000)
    series[["knee_mbit", "knee_pps", "knee_pps_binary"]] = pd.NA
    row = comparison_table(series, reference).iloc[1]
    assert (row["dut"], row["note"]) == ("ovs-dpdk", "no rate holds")
    assert pd.isna(row["ratio"])


STRANGERS = {
    "software": {"name": "mOS", "version": "b2782743d46f"},
    "items": [
        {
            "name": "unsolicited_dropped",
            "passed": False,
            "detail": "what nobody asked for came in: direct, 198.19.3.4:9 to 10.0.0.1:1024",
        }
    ],
}


def test_corrections_are_computed_from_the_thesiss_own_numbers(reference):
    """All seven, each from what the reference or a check says."""
    table = correction_table(reference, {"nat_thesis": CHECK, "nat": STRANGERS}, ["ovs-dpdk"])
    assert sorted(table["correction"].unique()) == [1, 2, 3, 4, 5, 6, 7]
    results = table.groupby("correction")["result"].agg(" | ".join)
    assert "2^20 = 1048576" in results[1]
    assert "813570 packets/s" in results[1]
    assert "9870.0 Mbit/s (0.81 Mpps): the break is the cable's" in results[2]
    assert "7619.0 Mbit/s (14.88 Mpps): the break is 9.4% of line rate" in results[2]
    assert results[3].startswith("4 ms, 1000 times less")
    assert "no reply came back: connections are committed to zone 1" in results[4]
    assert results[5].startswith("not run")
    outcomes = table.groupby("correction")["outcome"].agg(list)
    assert outcomes[1] == ["confirmed"] * 2
    assert outcomes[2].count("confirmed") == 3
    assert outcomes[3] == outcomes[4] == ["confirmed"]
    assert outcomes[5] == ["not run"]
    assert results[6].startswith("what nobody asked for came in")
    assert outcomes[6] == outcomes[7] == ["confirmed"]
    assert results[7] == "64512 came out, 9 as they are"


def test_corrections_can_fail(reference):
    """Other numbers, or rules that pass, are not confirmed: nothing is typed in."""
    other = copy.deepcopy(reference)
    other["packet_rates"][0]["printed_pps"] = 813570
    other["latency"]["said_s"] = 0.004
    check = copy.deepcopy(CHECK) | {"why": None}
    for item in check["items"]:
        item |= {"passed": True, "detail": "as it should"}
    dropped = copy.deepcopy(STRANGERS)
    dropped["items"][0]["passed"] = True
    table = correction_table(other, {"nat_thesis": check, "nat": dropped}, [])
    wrong = table[table["outcome"] == "not confirmed"]
    assert list(wrong["correction"]) == [1, 3, 4, 6, 7]


def test_without_reference_or_check_nothing_is_invented(reference):
    """What cannot be computed says `not run`; other rows are absent."""
    bare = {key: value for key, value in empty(reference).items() if key != "latency"}
    table = correction_table(bare, {}, [])
    assert list(table["outcome"]) == ["not run"] * 5
    assert comparison_table(NOTHING_MEASURED, bare).empty


def test_the_figure_shows_each_number_and_each_ratio(tmp_path, reference):
    """A line a published value: what it is, where it is line rate, what was measured, the ratio."""
    figure = comparison_figure(
        comparison_table(firewall_series(tmp_path, 10000), reference), Style()
    )
    words = texts(figure)
    for expected in (
        *("4.2: firewall, 1518 B, 1000 flows", "overload at 9880 Mbit/s (line rate); not measured"),
        *("4.3: firewall, 64 B, 10000 flows", "1.11", "1.25", "packets/s", "as printed: 2^20 bit"),
        "how far apart",
    ):
        assert expected in words
    assert overlapping(figure) == ([], [])


def test_without_reference_numbers_the_figure_says_so(reference):
    """A clear picture, and no traceback."""
    table = comparison_table(NOTHING_MEASURED, empty(reference))
    figure = comparison_figure(table, Style())
    assert "The reference holds no published number." in texts(figure)
