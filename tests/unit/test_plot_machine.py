"""The figure of the machine: what it shows of disturbance.csv, and what it says of nothing."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

from figures import ROOT, overlapping, texts
from middlebench.figures.drawing.style import Style, save
from middlebench.figures.machine.figure import machine_figure
from middlebench.figures.machine.panels import state_shares, stop_shares
from scripts import Params, run_script

SILENCES = ("machine", "preempted", "busy", "asleep", "stopped", "unseen")
SHARES = ("alone", "alone_far", "shared", "shared_far", "generator_shared", "unknown")


def disturbance(count=40, **columns):
    """Points of 1 s, 2 s apart, with a pause of 5 min in the middle; a quarter of it was alone."""
    begun = pd.Timestamp("2026-11-22T22:01:09.240+00:00")
    seconds = 2 * np.arange(count) + np.where(np.arange(count) < count // 2, 0, 300)
    starts = [(begun + pd.Timedelta(seconds=s)).isoformat(timespec="milliseconds") for s in seconds]
    table = pd.DataFrame({"start_utc": starts, "window_s": 1.0, "state": "alone"})
    shares = {"share_alone": 0.25, "share_shared": 0.65, "share_unknown": 0.1}
    table = table.assign(**{f"share_{name}": 0.0 for name in SHARES} | shares)
    totals = {f"silence_{name}_total_us": 0.0 for name in SILENCES}
    totals |= {"silence_machine_total_us": 100_000.0, "silence_unseen_total_us": 10_000.0}
    totals |= {"generator_gap_total_us": 50_000.0, "dut_silence_total_us": 110_000.0}
    return table.assign(**totals, trip_cycles=130, memory_cycles=250.5, **columns)


def tops(ax):
    """The highest place of each area of a panel, from the lowest area upwards."""
    areas = [child for child in ax.collections if isinstance(child, PolyCollection)]
    return [max(path.vertices[:, 1].max() for path in area.get_paths()) for area in areas]


def test_time_is_stacked_by_state_and_by_stop():
    """In %, one on top of the other; the DUT's silences are not counted a second time."""
    axes = machine_figure({"sandbox": disturbance()}, Style()).axes
    assert tops(axes[0]) == pytest.approx([25, 25, 90, 90, 90, 100])
    assert max(tops(axes[1])) == pytest.approx(5 + 10 + 1)
    assert list(axes[2].lines[0].get_ydata()) == [130] * 40
    assert axes[3].get_ylim()[0] == 0


def test_nothing_is_drawn_across_a_pause():
    """Two areas, with nothing between them."""
    ax = machine_figure({"sandbox": disturbance()}, Style()).axes[0]
    first, second = sorted(path.vertices[:, 0].max() for path in ax.collections[0].get_paths())
    assert (second - first) * 86_400 == pytest.approx(300 + 40)


def test_shares_are_of_the_window():
    """Of 2 s of a window, 0.1 s are 5 %; silences without a witness are the DUT's, as a whole."""
    table = disturbance().assign(window_s=2.0)
    assert stop_shares(table)["silence_machine"].tolist() == pytest.approx([5] * 40)
    assert state_shares(table)["shared"].tolist() == pytest.approx([65] * 40)
    bare = table.drop(columns=table.filter(regex="^silence_").columns)
    assert stop_shares(bare).iloc[0].to_dict() == pytest.approx(
        {"generator_gap": 2.5, "dut_silence": 5.5}
    )


def test_kinds_that_occur_are_named():
    """And no others; the footer says how points are judged, and how the time was shared."""
    words = texts(machine_figure({"sandbox": disturbance()}, Style()))
    for expected in ("alone", "beside a busy sibling", "DUT's CPU stopped"):
        assert expected in words.splitlines()
    assert "own stop" not in words
    assert "far" not in words
    assert "sandbox: 40 points, judged 40 as alone; the DUT's core was shared 65% of" in words


EMPTY = disturbance().assign(window_s=np.nan)
HARDWARE = disturbance().drop(columns=[f"share_{name}" for name in SHARES])
HARDWARE = HARDWARE.assign(trip_cycles=np.nan, state="not_asked").drop(columns="memory_cycles")


@pytest.mark.parametrize(
    ("table", "words", "panels"),
    [(HARDWARE, "not asked: no probe ran here", 3), (EMPTY, "no point was run", 4)],
    ids=["hardware", "nothing run"],
)
def test_what_was_not_seen_is_said(table, words, panels):
    """A panel says so, and has no area; the other testbed is drawn all the same."""
    figure = machine_figure({"lab": table, "sandbox": disturbance(7)}, Style())
    assert texts(figure).splitlines().count(words) == panels
    assert tops(figure.axes[0]) == []
    assert len(tops(figure.axes[1])) == 6
    assert {"lab", "sandbox"} <= set(texts(figure).splitlines())


@pytest.mark.parametrize("table", [disturbance(), disturbance(1), HARDWARE, EMPTY])
def test_labels_of_the_machine_do_not_overlap(table):
    """No text covers another or leaves the figure."""
    assert overlapping(machine_figure({"sandbox": table}, Style())) == ([], [])


def test_script_draws_tables_of_any_age(tmp_path):
    """From a table without a probe's columns, as earlier records have none; twice the same."""
    made, golden = [], ROOT / "tests/golden/disturbance.csv"
    for _ in range(2):
        output = {form: tmp_path / f"machine.{form}" for form in ("pdf", "png")}
        run_script(
            "plot_machine",
            input=Params(disturbance=[str(golden)]),
            output=Params(output),
            params=Params(style="{}"),
        )
        made.append([path.read_bytes() for path in output.values()])
    assert made[0] == made[1]
    figure = machine_figure({"sandbox": disturbance()}, Style())
    save(figure, Style(), *output.values())
    assert output["pdf"].read_bytes() != made[0][0]


def test_points_that_began_at_once_are_drawn_all_the_same():
    """As in records of one clock's second: the last of them takes the time to the next."""
    table = disturbance(4).assign(start_utc=disturbance(4)["start_utc"].to_numpy()[[0, 0, 0, 1]])
    ax = machine_figure({"sandbox": table}, Style()).axes[0]
    times = [x for path in ax.collections[0].get_paths() for x in path.vertices[:, 0]]
    assert (max(times) - min(times)) * 86_400 == pytest.approx(4)
