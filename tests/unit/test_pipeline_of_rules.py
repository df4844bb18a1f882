"""What packets meet in tables: returns from a resubmit, rules that are learned; and its picture."""

import pytest
from matplotlib.patches import Rectangle
from test_openflow import parse_rules

from figures import texts
from middlebench.duts.ovs.actions import Destination
from middlebench.duts.ovs.openflow import Rule, RuleSet, read_rules
from middlebench.duts.ovs.pipeline import BACK, DROP, learned, met
from middlebench.figures.drawing.style import Style
from middlebench.figures.flow_tables.figure import flow_tables_figure
from middlebench.figures.flow_tables.lanes import lay_out
from middlebench.figures.flow_tables.rows import MAX_PLACES, MAX_ROWS, tables_of
from workspace import REPOSITORY

SETS = REPOSITORY / "tests/rules"


def ends(text):
    """Table -> where its rules send packets, of all of them."""
    found = {}
    for rule, places in met(parse_rules(text)):
        found.setdefault(rule.table, set()).update(places)
    return found


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        ("resubmit(,8),goto_table:10", {BACK}),
        ("resubmit(,8),output:2", {BACK}),
        ("output:2,resubmit(,8)", {BACK}),
        ("resubmit(,8)", {DROP}),
        ("load:1->reg0,resubmit(,8)", {DROP}),
        ("goto_table:8", {DROP}),
        ("ct(table=8),output:2", {DROP}),
    ],
)
def test_a_packet_that_is_sent_on_comes_back_and_is_not_dropped(caller, expected):
    """From a table that it was resubmitted to; the rules there only load."""
    text = f"ip,actions={caller}\ntable=8,udp,actions=load:1->reg0\ntable=8,actions=drop"
    assert ends(text)[8] == expected


def test_it_comes_back_through_several_tables_and_from_one_entered_in_both_ways():
    """Where it depends on the way in, both are drawn."""
    text = "ip,actions=resubmit(,8),goto_table:10\ntable=8,tcp,actions=resubmit(,9)\n"
    text += "table=9,actions=load:1->reg0\ntable=10,actions=drop"
    assert (ends(text)[9], ends(text)[10]) == ({BACK}, {DROP})
    assert ends(f"{text}\narp,actions=goto_table:9")[9] == {DROP, BACK}


def test_what_a_rule_learns_is_a_rule():
    """With the table and the priority that it names, or the switch's own ones."""
    spec = "table=10,priority=5,idle_timeout=9,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]"
    (rule,) = parse_rules(f"actions=learn({spec},load:1->NXM_NX_REG0[],output:NXM_OF_IN_PORT[]),2")
    assert list(learned(rule)) == [
        Rule(
            *(10, 5, ("NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]",)),
            ("load:1->NXM_NX_REG0[]", "output:NXM_OF_IN_PORT[]"),
            learned=True,
        )
    ]
    (rule,) = parse_rules("actions=clone(learn(eth_type=0x800))")
    assert list(learned(rule)) == [Rule(1, 32768, ("eth_type=0x800",), (), learned=True)]


def test_learned_rules_are_drawn_with_a_dashed_frame():
    """In the table that they are added to, and so is the line from them."""
    found = read_rules(SETS / "learn_firewall.flows", {})
    (drawing,) = lay_out([found], 600, 7)
    assert [[row.learned for row in table.rows] for table in drawing.tables] == [
        [False] * 5,
        [True, True, False],
    ]
    figure = flow_tables_figure({"learn": found}, Style())
    frames = [box for box in figure.findobj(Rectangle) if box.get_linestyle() == (0, (4, 2))]
    assert len(frames) == 2
    assert "the port in" not in texts(figure)


@pytest.mark.parametrize(
    ("match", "output", "places", "words"),
    [
        ("in_port=1,udp", "NXM_OF_IN_PORT[]", [Destination("port", "1")], ["1", "(inside)"]),
        ("in_port=outside", "in_port", [Destination("port", "2")], ["2", "(outside)"]),
        ("udp", "NXM_OF_IN_PORT[]", [Destination("taught", "")], ["the port", "that was learned"]),
        ("in_port=1", "reg0[0..15]", [Destination("taught", "reg0[0..15]")], ["reg0[0..15]"]),
    ],
)
def test_a_learned_port_is_that_of_the_packet_that_taught(match, output, places, words):
    """Known where the rule that learns matches it; never the port of the packet that meets it."""
    text = f"{match},actions=learn(table=1,eth_type=0x800,output:{output}),normal"
    found = {of.rule.table: of.destinations for of in met(parse_rules(text))}
    assert found[1] == places
    figure = texts(flow_tables_figure({"learn": RuleSet(parse_rules(text))}, Style()))
    assert all(word in figure for word in words)
    assert "port in\n" not in figure or output.startswith("reg0")


def test_a_port_that_two_rules_teach_is_both():
    """The rule is the same, and leads to both."""
    learn = "actions=learn(table=1,eth_type=0x800,output:NXM_OF_IN_PORT[])"
    (_, _, of) = met(parse_rules(f"in_port=1,{learn}\nin_port=2,{learn}"))
    assert of.destinations == [Destination("port", "1"), Destination("port", "2")]


def test_groups_and_meters_are_drawn_behind_the_tables():
    """A rule leads to its group, and a bucket to where it sends packets."""
    drawings = lay_out([read_rules(SETS / f"{n}.flows", {}) for n in ("groups", "meters")], 600, 7)
    titles = [[table.title for table in drawing.tables] for drawing in drawings]
    assert titles == [
        ["table 0", "table 1", "group 1", "group 2", "group 3"],
        ["table 0", "meter 1", "meter 2"],
    ]
    assert Destination("group", "1") in drawings[0].lanes
    assert Destination("group", "1") not in drawings[0].boxes
    select = drawings[0].tables[2]
    places = [Destination("port", "2"), Destination("table", "1")]
    assert [row.destinations for row in select.rows] == [[place] for place in places]


def test_ports_are_drawn_by_their_numbers_however_a_rule_calls_them():
    """Names, and actions with a syntax of their own: two ports, the rest by its kind."""
    found = read_rules(SETS / "port_names.flows", {})
    places = {place for _, of in met(found.rules) for place in of if place.kind == "port"}
    assert {place.name for place in places} == {"1", "2", "normal", "local", "in_port"}


def test_many_rules_are_counted_and_their_places_too():
    """Most are not drawn one by one; a page holds what there is to say."""
    hosts = (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(10_000))
    lines = (f"ip,nw_src={host},actions=output:{n % 999 + 1}" for n, host in enumerate(hosts))
    (table,) = tables_of(RuleSet(parse_rules("\n".join(lines))))
    assert len(table.rows) == MAX_ROWS
    assert table.rows[-1].match == [f"({10_000 - MAX_ROWS + 1} more rules, down to 32768)"]
    assert len(table.rows[-1].destinations) == MAX_PLACES
