"""The figure of the cost model: what it shows, and what it says when it has nothing to show."""

from itertools import groupby, pairwise

import pandas as pd
import pytest
from matplotlib.patches import Rectangle
from test_cost import GOLDEN

from figures import overlapping, texts
from middlebench.analysis.cost import COST_COLUMNS
from middlebench.figures.cost.figure import cost_figure
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.style import Style, save


@pytest.fixture
def golden():
    """cost.csv of four rungs, 64 B and 100 flows."""
    text = ("note", "ways_disagree", "which_disagree")
    return pd.read_csv(GOLDEN).astype(dict.fromkeys(text, object))


def bars(figure):
    """(Left edge, bottom, height) of every part of a stack, in the order of drawing."""
    ax = figure.axes[0]
    made = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [(round(bar.get_x(), 3), bar.get_y(), bar.get_height()) for bar in made]


def test_the_parts_of_a_stack_are_the_components(golden):
    """Two stacks side by side, each part on top of the one before, as high as its cost."""
    stacks = [list(of) for _, of in groupby(bars(cost_figure(golden, Style())), key=lambda b: b[0])]
    components = golden[golden["kind"] == "component"]
    assert len(stacks) == 2
    for way, stack in zip(("rate", "counter"), stacks, strict=True):
        heights = [height for _, _, height in stack]
        assert heights == pytest.approx(list(components[f"{way}_ns"]))
        assert [bottom for _, bottom, _ in stack] == pytest.approx(
            [sum(heights[:index]) for index in range(4)]
        )


def test_units_ways_and_components_are_named(golden):
    """Both scales, both ways, the four components and both panels' sizes are written out."""
    larger = golden.assign(frame_size_bytes=1518)
    figure = cost_figure(pd.concat([golden, larger], ignore_index=True), Style())
    words = texts(figure)
    for expected in (
        *("[ns]", "[TSC cycles] at 2.00 GHz", "flows", "64 B frames", "1518 B frames"),
        *("forwarding", "+ parse", "+ state", "+ rewrite", "highest clean rate", "switch counts"),
        *("sandbox, ovs-dpdk", "% intervals"),
    ):
        assert expected in words
    assert overlapping(figure) == ([], [])


def test_a_negative_component_goes_below_the_axis(golden):
    """It is drawn as measured, and does not lift what comes after it."""
    golden.loc[golden["name"] == "parse", "rate_ns"] = -50.0
    forwarding, parse, state, _ = bars(cost_figure(golden, Style()))[:4]
    assert parse[1:] == (0, -50)
    assert state[1] == pytest.approx(forwarding[2])


def test_a_missing_rung_is_said_and_ends_the_stack(golden):
    """What comes after an unknown part has no place: it is told in words."""
    gone = golden["name"].isin(["parse", "state"]) & (golden["kind"] == "component")
    golden.loc[gone, ["rate_ns", "counter_ns"]] = None
    golden.loc[golden["name"] == "stateless_firewall", "note"] = "was not measured"
    figure = cost_figure(golden, Style())
    assert len(bars(figure)) == 2
    assert "parse unknown\nstate unknown\nrewrite 128 ns" in texts(figure)
    assert "stateless_firewall 64 B 100 flows: was not measured" in texts(figure)
    assert overlapping(figure) == ([], [])


def test_words_above_the_highest_bar_are_inside_the_axes(golden):
    """The axis is as high as they need it."""
    gone = golden["name"].eq("rewrite") & golden["kind"].eq("component")
    golden.loc[gone, ["rate_ns", "counter_ns"]] = None
    figure = cost_figure(golden, Style())
    figure.canvas.draw()
    ax = figure.axes[0]
    words = [text for text in ax.texts if "rewrite unknown" in text.get_text()]
    assert len(words) == 2
    top = ax.get_window_extent().y1
    assert all(text.get_window_extent().y1 <= top for text in words)


def test_ways_that_disagree_are_marked(golden):
    """A star at the number of flows, and what it means below."""
    assert "*" not in texts(cost_figure(golden, Style()))
    golden.loc[golden["name"] == "nat", "ways_disagree"] = True
    golden.loc[golden["name"] == "nat", "which_disagree"] = "rate / counter, rate / turns"
    golden.loc[golden["name"] == "state", "which_disagree"] = "rate / turns"
    words = texts(cost_figure(golden, Style()))
    assert "*" in words.splitlines()
    assert "do not meet: rate / counter 1, rate / turns 2 of 8 rows" in words


def test_a_third_bar_is_what_turns_say(golden):
    """Only where they were compared, and then it is in the legend and below."""
    assert "in turns" not in texts(cost_figure(golden, Style())).lower()
    turns = [f"turns_ns{end}" for end in ("", "_low", "_high")]
    golden[turns] = golden[[f"counter_ns{end}" for end in ("", "_low", "_high")]] * 0.9
    other = golden.assign(flows=3000, **dict.fromkeys(turns))
    figure = cost_figure(pd.concat([golden, other], ignore_index=True), Style())
    stacks = [list(of) for _, of in groupby(bars(figure), key=lambda b: b[0])]
    components = golden[golden["kind"] == "component"]
    assert [len(stack) for stack in stacks] == [4] * 5
    assert [height for _, _, height in stacks[2]] == pytest.approx(list(components["turns_ns"]))
    assert "capacity, in turns with the rung below" in texts(figure)
    assert "In turns: in overload, each rung and the one below" in texts(figure)
    assert overlapping(figure) == ([], [])


def test_nothing_that_holds_gives_a_figure_that_says_so(golden):
    """No bar, but the axes and the reason for each rung; without any row one sentence."""
    for column in golden.columns[golden.columns.get_loc("knee_mbit") :]:
        golden[column] = None
    golden["note"] = "no rate holds"
    figure = cost_figure(golden, Style())
    assert bars(figure) == []
    assert "nat 64 B 100 flows: no rate holds" in texts(figure)
    for empty in (pd.DataFrame(columns=COST_COLUMNS), pd.DataFrame()):
        assert "No point of the ladder was measured." in texts(cost_figure(empty, Style()))


def test_remade_figure_has_the_same_bytes(golden, tmp_path):
    """PDF and PNG of the same table are byte-identical."""
    made = []
    for name in ("one", "two"):
        paths = [tmp_path / f"{name}.{kind}" for kind in ("pdf", "png")]
        save(cost_figure(golden, Style()), Style(), *paths)
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]


def test_components_differ_in_grey():
    """Each fill is clearly darker than the one before it."""
    greys = [
        sum(weight * int(fill[at : at + 2], 16) for weight, at in ((0.3, 1), (0.59, 3), (0.11, 5)))
        for fill in looks.COMPONENTS.values()
    ]
    assert all(one - other > 25 for one, other in pairwise(greys)), greys
