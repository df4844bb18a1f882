"""The figure of several DUTs' series side by side."""

import pandas as pd
import pytest

from configurations import DEFAULT
from figures import hollow, overlapping, tables, texts
from middlebench.errors import ConfigError
from middlebench.experiment.side_by_side import standing
from middlebench.figures.drawing.style import Style
from middlebench.figures.side_by_side import side_by_side_figure
from records import make_record, sandbox_records

KNEES = {"ovs-dpdk": 800, "mos": 100}
"""[Mbit/s]"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Two functions of two DUTs, each swept by rates of its own."""
    found = []
    for dut, knee in KNEES.items():
        folder = tmp_path_factory.mktemp(dut)
        records = [
            record | {"identity": record["identity"] | {"dut": dut}}
            for function in ("firewall", "nat")
            for record in sandbox_records(
                function=function,
                knees={1000: knee},
                rates=[knee // 2, knee, 2 * knee],
                repetitions=2,
            )
        ]
        found.append(tables(folder, records))
    joined = (pd.concat(of, ignore_index=True) for of in zip(*found, strict=True))
    return side_by_side_figure(*joined, Style())


def test_a_column_has_a_line_for_each_dut(drawn):
    """At its own rates, beside what was asked for: where they part, the DUT is the limit."""
    above = drawn.axes[:2]
    assert [ax.get_title(loc="left") for ax in above] == [
        *("firewall, 64 B, 1000 flows", "nat, 64 B, 1000 flows")
    ]
    for ax in above:
        asked, *lines = [line for line in ax.lines if line.get_linestyle() != "None"]
        assert list(asked.get_xdata()) == [50, 100, 200, 400, 800, 1600]
        assert [list(line.get_xdata()) for line in lines] == [[50, 100, 200], [400, 800, 1600]]
        due = dict(zip(asked.get_xdata(), asked.get_ydata(), strict=True))
        for line in lines:
            (low, first), (_, _), (high, last) = zip(*line.get_data(), strict=True)
            assert first == pytest.approx(due[low], rel=1e-4)
            assert last < 0.9 * due[high]
        assert ax.get_xscale() == ax.get_yscale() == "log"


def test_it_says_what_each_carries(drawn):
    """The knee in packets/s, by function; and what the lines are."""
    said = texts(drawn).replace("\n", " ")
    assert "nat, 64 B, 1000 flows: mos 195 thousand, ovs-dpdk 1562 thousand" in said
    assert {"mos", "ovs-dpdk", "asked for", "median latency"} <= set(texts(drawn).split("\n"))


def test_nothing_is_on_top_of_anything(drawn):
    """All words can be read."""
    assert overlapping(drawn) == ([], [])


def test_without_figures_there_is_none():
    """One line says what to name."""
    with pytest.raises(
        ConfigError, match=r"^side_by_side: null, so there is no figures/side_by_si"
    ):
        standing(DEFAULT)


def test_what_does_not_hold_is_hollow_in_its_duts_colour(tmp_path):
    """Else nobody could tell whose it is; no line goes through it."""
    held, disturbed = (
        make_record(function="nat", flows=1000, rate_mbit=rate, dut="mos", verdict=verdict)
        for rate, verdict in ((50, "ok"), (100, "disturbed"))
    )
    above, below = side_by_side_figure(*tables(tmp_path, [held, disturbed]), Style()).axes
    ((rate, _),) = hollow(above)
    assert rate == 100
    colours = [line.get_markeredgecolor() for line in above.lines if line.get_marker() != "None"]
    assert len(set(colours)) == 1
    assert len(hollow(below)) == 1
