"""The figure of the tables of OpenFlow rules."""

import json
from itertools import combinations, pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from matplotlib.patches import FancyArrowPatch
from test_openflow import FLOWS, RULES, SNAT, parse_rules, st

from figures import overlapping, texts
from middlebench.duts.ovs.openflow import RuleSet, read_rules
from middlebench.duts.ovs.pipeline import DROP, met
from middlebench.figures.drawing.canvas import text_width
from middlebench.figures.drawing.style import Style
from middlebench.figures.flow_tables.figure import flow_tables_figure
from middlebench.figures.flow_tables.lanes import lay_out
from middlebench.figures.flow_tables.rows import MAX_ROWS
from scripts import Params, run_script

TINY = 1e-6


def ruleset(text):
    """Rules alone."""
    return RuleSet(parse_rules(text))


GOLDEN = ruleset(
    """
    table=0,priority=1,actions=drop
    table=0,priority=10,arp,actions=normal
    table=0,priority=100,ip,ct_state=-trk,actions=ct(table=1)
    table=1,in_port=1,ip,ct_state=+trk+new,actions=ct(commit),output:2
    table=1,in_port=2,ip,ct_state=+trk+est,actions=output:1
    """
)
MANY = [
    *(f"priority={n},tcp,nw_src=10.{n}.0.0/16,tp_dst={n},actions=output:{n}" for n in range(60)),
    f"table=7,ipv6,ipv6_src={'2001:db8:' * 9}:/128,actions=ct(table=0),{'resubmit(,9),' * 9}local",
    f"table=8,ip,actions=note:{'.'.join(['0f'] * 200)},note:{'00' * 300}",
]


def test_rules_stand_by_priority_and_lead_where_they_say():
    """A row a rule, the highest priority first; a lane a destination; boxes beside the tables."""
    (drawing,) = lay_out([GOLDEN], 600, 7)
    assert [[row.priority for row in table.rows] for table in drawing.tables] == [
        ["100", "10", "1"],
        ["32768", "32768"],
    ]
    assert len(drawing.lanes) == 5
    assert sorted(" ".join(box.words) for box in drawing.boxes.values()) == [
        "dropped",
        "normal (by address)",
        "port 1 (inside)",
        "port 2 (outside)",
    ]


def test_every_text_of_every_rule_is_there():
    """With the function's name, the tables and what lines mean."""
    words = texts(flow_tables_figure({"nat": GOLDEN}, Style()))
    for expected in (
        *("nat", "table 0", "table 1", "packets of both ports", "(every packet)", "dropped"),
        *("in_port=1, ip, ct_state=+trk+new", "ct(commit), output:2", "Dashed lines from"),
    ):
        assert expected in words
    assert "conjunction" not in words


def test_what_is_dashed_and_what_a_conjunction_is_stands_at_the_foot():
    """Of both kinds of dashes; of conjunctions where there are any, as their rows have no line."""
    rules = ruleset("tcp,actions=conjunction(7,1/2)\nconj_id=7,ip,actions=drop")
    words = " ".join(texts(flow_tables_figure({"one": rules}, Style())).split())
    assert "Dashed lines from rows of the file: through connection tracking" in words
    assert "Dashed rows and the lines from them: what learn adds" in words
    assert "it is a part of the match of the rule with that conj_id" in words


def test_an_arrow_ends_at_every_destination():
    """One at each box and table that is led to, and the one into table 0; dashed by way of ct."""
    figure = flow_tables_figure({"nat": GOLDEN}, Style())
    arrows = figure.findobj(FancyArrowPatch)
    assert len(arrows) == 1 + 5
    dashes = [arrow.get_linestyle() for arrow in arrows]
    assert dashes.count((0, (4, 2))) == 1
    assert dashes.count((0, (1, 1.5))) == 1


@pytest.mark.parametrize("font_pt", [5, 8, 14])
@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(GOLDEN, id="golden"),
        pytest.param(ruleset("\n".join(MANY)), id="many and long"),
        pytest.param(ruleset("table=3,actions=resubmit(,3)"), id="no table 0"),
        pytest.param(ruleset("actions=conjunction(1,1/2)"), id="no destination"),
        pytest.param(ruleset("in_port=€\\bad{,actions=1"), id="signs"),
    ],
)
def test_labels_do_not_overlap(rules, font_pt):
    """No text covers another or leaves the figure."""
    files = {"one": rules, "x" * 300: GOLDEN}
    assert overlapping(flow_tables_figure(files, Style(font_pt=font_pt))) == ([], [])


@settings(max_examples=40)
@given(st.lists(st.lists(RULES, min_size=1, max_size=12), min_size=1, max_size=2))
def test_nothing_of_a_layout_covers_another(files):
    """Rows, boxes and lanes lie apart; texts are narrower than their columns."""
    for drawing in lay_out([RuleSet(rules) for rules in files], 600, 7):
        rows = [row for table in drawing.tables for row in table.rows]
        stacked = [*rows, *(SimpleNamespace(top=t.top, height=t.head) for t in drawing.tables)]
        for group in (stacked, list(drawing.boxes.values())):
            for one, other in combinations(group, 2):
                assert (
                    one.top + one.height <= other.top + TINY
                    or other.top + other.height <= one.top + TINY
                )
        bottom = max(part.top + part.height for part in [*rows, *drawing.boxes.values()])
        assert bottom <= drawing.height + TINY
        assert all(box.top >= -TINY for box in drawing.boxes.values())
        xs = sorted(drawing.lanes.values())
        assert all(b - a > 3 for a, b in pairwise(xs))
        assert all(drawing.columns[3] < x < drawing.box_left for x in xs)
        _, match, actions, right = drawing.columns
        for row in rows:
            for lines, width in ((row.match, actions - match), (row.actions, right - actions)):
                assert all(text_width(t, 7, "DejaVu Sans Mono") <= width for t in lines)


@given(st.lists(RULES, min_size=1, max_size=20))
def test_every_destination_has_a_lane(rules):
    """Whatever the rules are: those of every rule, and no other."""
    (drawing,) = lay_out([RuleSet(rules)], 600, 7)
    missing = min(of.rule.table for of in met(rules)) > 0
    expected = {place for of in met(rules) for place in of.destinations}
    assert set(drawing.lanes) - expected <= ({DROP} if missing else set())
    assert expected <= set(drawing.lanes)
    boxed = {table.number for table in drawing.tables}
    for place in drawing.boxes:
        assert place.kind != "table" or place.name not in boxed


def test_rules_beyond_what_a_page_holds_are_counted():
    """The last row says how many more there are, and leads where they lead."""
    (drawing,) = lay_out([ruleset("\n".join(MANY))], 600, 7)
    rows = drawing.tables[0].rows
    assert len(rows) == MAX_ROWS
    assert " ".join(rows[-1].match) == f"({60 - MAX_ROWS + 1} more rules, down to 0)"
    assert len(rows[-1].destinations) == 60 - MAX_ROWS + 1


def test_width_is_the_styles_unless_that_is_too_narrow():
    """Many destinations make a figure wider."""
    narrow = flow_tables_figure({"nat": GOLDEN}, Style(width_mm=203.2))
    assert narrow.get_figwidth() == pytest.approx(8)
    wide = flow_tables_figure({"many": ruleset("\n".join(MANY))}, Style(width_mm=127))
    assert wide.get_figwidth() > 8


def test_script_draws_the_shipped_rules(tmp_path):
    """Each file's settings fill what stands in it."""
    made = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "png")}
    run_script(
        "plot_flow_tables",
        input=SimpleNamespace(rules=[str(path) for path in FLOWS]),
        output=SimpleNamespace(**made),
        params=Params(style="{}", settings=json.dumps({str(path): SNAT for path in FLOWS})),
    )
    assert all(path.stat().st_size > 10_000 for path in made.values())
    figure = flow_tables_figure({path.stem: read_rules(path, SNAT) for path in FLOWS}, Style())
    assert overlapping(figure) == ([], [])


def test_script_ends_with_one_line_on_a_setting_that_is_missing(tmp_path, capsys):
    """Status 1, file and line, nothing written."""
    path = tmp_path / "nat.flows"
    path.write_text("actions=ct(nat(src=${snat_address}))")
    with pytest.raises(SystemExit):
        run_script(
            "plot_flow_tables",
            input=SimpleNamespace(rules=[str(path)]),
            output=SimpleNamespace(pdf=tmp_path / "f.pdf", png=tmp_path / "f.png"),
            params=Params(style="{}", settings=json.dumps({str(path): {}})),
        )
    (line,) = capsys.readouterr().err.splitlines()
    told = "${snat_address}, which no setting fills; allowed: none here"
    assert line == f"middlebench: {path}:1: {told}"
    assert list(tmp_path.iterdir()) == [path]
