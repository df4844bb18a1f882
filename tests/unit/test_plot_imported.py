"""The figure of imported series beside measured ones."""

import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from figures import ROOT, overlapping, texts
from middlebench.figures.drawing.style import Style
from middlebench.figures.imported.figure import imported_figure, main_rates
from middlebench.imported.table import rows, write
from other_generators import FRAMELOSS, HISTOGRAM, RUN, THROUGHPUT, files, trex_ndr
from scripts import Params, run_script

ABOUT = {"testbed": "lab", "dut": "VPP", "function": "nat", "protocol": "udp", "flows": 100}
ABOUT |= {"frame_size": 64}
RATES, SERIES = (ROOT / f"tests/golden/{table}.csv" for table in ("rates", "series"))


@pytest.fixture(scope="module")
def imported():
    """The rows of three series, as the figure gets them."""
    series = {
        "lab_nat": ("moongen-l3-load-latency", {"path": "run.txt", "histogram": "run.csv"}),
        "lab_loss": ("moongen-rfc2544", {"path": "loss.csv"}, {"path": "found.csv"}),
        "cisco": ("trex-ndr", {"path": "ndr.json"}),
    }
    texts_of = {"run.txt": RUN, "run.csv": HISTOGRAM, "loss.csv": FRAMELOSS}
    with files(texts_of | {"found.csv": THROUGHPUT, "ndr.json": json.dumps(trex_ndr())}):
        made = []
        for name, (form, *paths) in series.items():
            made += rows(name, ABOUT | {"format": form, "files": paths, "note": "at $5 and $6"})
        write("imported.csv", made)
        return pd.read_csv("imported.csv")


def measured():
    """The golden rates of a figure."""
    return main_rates(pd.read_csv(RATES), pd.read_csv(SERIES)).assign(figure="nat_64b")


def lines_of(ax, look):
    """The lines of an axes whose marks are filled with white, or not."""
    marked = [line for line in ax.lines if line.get_marker() not in ("None", None, "_", "|")]
    return [
        line for line in marked if (line.get_markerfacecolor() == "white") == (look == "hollow")
    ]


def test_imported_points_stand_at_their_rates(imported):
    """Median latency and loss of each series, hollow; the searches' without a line."""
    latency, loss = imported_figure(imported, measured(), "A title", Style()).axes
    hollow = {tuple(line.get_xdata()): line for line in lines_of(loss, "hollow")}
    assert set(hollow) == {(500.0,), (25.6, 512.0, 614.4), (640.0, 768.0), (640.0,)}
    assert list(hollow[25.6, 512.0, 614.4].get_ydata()) == [0, 10, 25]
    assert hollow[640.0, 768.0].get_linestyle() == "None"
    assert hollow[25.6, 512.0, 614.4].get_linestyle() != "None"
    heights = sorted(y for line in lines_of(latency, "hollow") for y in line.get_ydata())
    assert heights == [1006.4, 20_000]
    assert latency.get_yscale() == "log"


def test_a_latency_of_buckets_has_its_bounds(imported):
    """A bar from the lower to the upper one; none where each latency was kept."""
    latency, _ = imported_figure(imported, pd.DataFrame(), "A title", Style()).axes
    bars = [part.tolist() for of in latency.collections for part in of.get_segments()]
    assert bars == [[[640.0, 10_000.0], [640.0, 20_000.0]]]


def test_measured_series_are_filled_and_of_one_state(imported):
    """Each with its figure, DUT and flows; without them there is no word of them."""
    figure = imported_figure(imported, measured(), "A title", Style())
    filled = lines_of(figure.axes[1], "filled")
    assert [list(line.get_xdata()) for line in filled] == [[500, 1000, 1100, 1200], [500]]
    assert (
        len({line.get_color() for line in figure.axes[1].lines if line.get_marker() in "osD^v"})
        == 5
    )
    words = texts(figure)
    assert "nat_64b: ovs-dpdk, nat, 100 flows, alone" in words
    assert "Measured (filled, solid)" in words
    assert "Measured (filled" not in texts(imported_figure(imported, pd.DataFrame(), "x", Style()))


def test_every_imported_series_is_named_with_its_origin(imported):
    """Legend and footer say that it is imported, by what, from which file; a $ is a $."""
    figure = imported_figure(imported, measured(), "A title", Style())
    words = " ".join(texts(figure).split())
    for said in (
        "imported: lab_nat (MoonGen)",
        "imported: lab_loss (MoonGen, by a search)",
        "imported: cisco (TRex, by a search)",
        "lab_loss: MoonGen, rfc2544/: loss.csv and 1 more. lab: VPP, nat, 100 flows, udp, 5 points",
        "at $5 and $6",
        "no knee and no interval of ours has it",
    ):
        assert said in words, said
    assert overlapping(figure) == ([], [])


def test_many_series_make_the_figure_higher(imported):
    """Sixteen with the longest names: nothing is covered, and the panels keep their height."""
    names = [f"{at:02d}{'x' * 62}" for at in range(16)]
    many = pd.concat(imported.assign(series=name) for name in names)
    figure = imported_figure(many, measured(), "A title", Style())
    assert overlapping(figure) == ([], [])
    few = imported_figure(imported, measured(), "A title", Style())
    heights = [of.axes[0].get_position().height * of.get_figheight() for of in (figure, few)]
    assert heights[0] > 0.4 * heights[1]
    assert few.get_figheight() == pytest.approx(Style().height_mm / 25.4)


def test_the_script_draws_both_forms(imported, tmp_path, monkeypatch):
    """From the tables of the rules, with the names of the figures in their order."""
    monkeypatch.chdir(tmp_path)
    imported.to_csv("imported.csv", index=False)
    run_script(
        "plot_imported",
        input=SimpleNamespace(imported="imported.csv", rates=str(RATES), series=str(SERIES)),
        params=Params(style="{}", title="A title", beside='["nat_64b"]'),
        output=SimpleNamespace(pdf="a.pdf", png="a.png"),
    )
    assert Path("a.pdf").read_bytes().startswith(b"%PDF")
    assert Path("a.png").read_bytes()[1:4] == b"PNG"
