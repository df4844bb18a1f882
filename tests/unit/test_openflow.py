"""OpenFlow rules as data: what a rule says, and where it sends packets."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.duts.ovs.actions import Destination
from middlebench.duts.ovs.openflow import Rule, read_rules, rules_of
from middlebench.duts.ovs.rule_file import lines_of
from middlebench.duts.ovs.syntax import parts
from middlebench.errors import ConfigError
from workspace import REPOSITORY

needs_the_switch = pytest.mark.skipif(not shutil.which("ovs-ofctl"), reason="ovs-ofctl is not here")
FLOWS = sorted((REPOSITORY / "workflow/middleboxes/open_vswitch").glob("*.flows"))
SNAT = {"snat_address": "200.200.200.200"}


def parse_rules(text, where="rules"):
    """The flows of a text."""
    return rules_of(lines_of(text), where).rules


def table(name, tracked=False):
    """A table as a destination."""
    return Destination("table", name, tracked)


def port(name):
    """A port as a destination."""
    return Destination("port", name)


DROP = Destination("drop", "")

LEADING = {
    "output:2": [port("2")],
    "7": [port("7")],
    "output:NXM_NX_REG0[]": [port("NXM_NX_REG0[]")],
    'output:"inside"': [port("1")],
    "outside": [port("2")],
    "output(port=3,max_len=100)": [port("3")],
    "enqueue:2:1": [port("2")],
    "enqueue(inside,1)": [port("1")],
    "bundle(eth_src,0,active_backup,ofport,members:1,2)": [port("1"), port("2")],
    "NORMAL": [port("normal")],
    "output:LOCAL": [port("local")],
    "controller(max_len=128)": [port("controller")],
    "group:5": [Destination("group", "5")],
    "resubmit(,4)": [table("4")],
    "resubmit(1,4)": [table("4")],
    "resubmit:1": [table("0")],
    "goto_table:6": [table("6")],
    "ct(table=1,zone=1,nat)": [table("1", tracked=True)],
    "ct(commit,zone=1,nat(src=200.200.200.200))": [],
    "clone(output:2,resubmit(,4))": [port("2"), table("4")],
    "learn(table=3,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])": [],
    "set_field:00:11:22:33:44:55->eth_dst": [],
    "load:0x1->NXM_NX_REG0[0..15]": [],
}
"""Actions, and where each sends a packet from table 0."""

MATCHES = ["in_port=1", "ip", "tcp_dst=80", "ct_state=+trk-new", "nw_src=10.0.0.0/8", "reg0=1/3"]
OPTIONS = ["cookie=0x1", "idle_timeout=60", "send_flow_rem", "n_packets=0"]
ACTIONS = sorted(LEADING)
RULES = st.builds(
    Rule,
    table=st.integers(0, 254),
    priority=st.integers(0, 65535),
    match=st.lists(st.sampled_from(MATCHES), unique=True).map(tuple),
    actions=st.lists(
        st.sampled_from([action for action in ACTIONS if "goto" not in action]), max_size=4
    ).map(tuple),
    options=st.lists(st.sampled_from(OPTIONS), unique=True).map(tuple),
)


@given(
    st.lists(RULES, max_size=10, unique_by=lambda rule: rule.key),
    st.sampled_from(["\n", "\n\n", "  # a comment, actions=2\n"]),
)
def test_rules_are_read_as_they_are_written(rules, end):
    """Reading what a rule writes gives the rule."""
    assert parse_rules("".join(f"{rule}{end}" for rule in rules)) == rules


@given(RULES, st.randoms(use_true_random=False), st.sampled_from([",", " ", ", ", "  ,\t"]))
def test_order_of_fields_and_blanks_mean_nothing(rule, random, separator):
    """Fields may stand in any order, parted by commas or blanks."""
    head, tail = str(rule).split("actions=")
    fields = [part.text for part in parts(head)]
    random.shuffle(fields)
    (read,) = parse_rules(f"add {separator.join(fields)} actions={tail}")
    assert (read.table, read.priority, read.actions) == (rule.table, rule.priority, rule.actions)
    assert set(read.match) == set(rule.match)
    assert set(read.options) == set(rule.options)


@given(st.lists(st.sampled_from(sorted(LEADING)), max_size=5))
def test_destinations_are_those_of_all_actions(actions):
    """In their order, each once; a rule that leads nowhere drops."""
    expected = list(dict.fromkeys(place for action in actions for place in LEADING[action]))
    assert Rule(0, 1, (), tuple(actions)).destinations == (expected or [DROP])


def test_a_resubmit_without_table_stays_in_its_own():
    """Also when it names another port."""
    for action in ("resubmit:1", "resubmit(1)", "resubmit(1,)"):
        assert Rule(3, 1, (), (action,)).destinations == [table("3")]


def test_a_part_of_a_conjunction_leads_nowhere_and_drops_nothing():
    """It belongs to the match of another rule."""
    assert Rule(0, 1, ("ip",), ("conjunction(1,1/2)",)).destinations == []


def test_what_a_rule_leaves_out():
    """Table 0, ovs-ofctl's default priority; no action is `drop`."""
    assert parse_rules("actions=drop") == parse_rules("actions=") == [Rule(0, 32768, (), ())]
    assert parse_rules("action=2") == [Rule(0, 32768, (), ("2",))]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("table=0,ip", "must specify an action"),
        ("table=256,actions=1", "table=256; allowed: a number from 0 to 255"),
        ("table=x,actions=1", "table=x; allowed: a number from 0 to 255"),
        ("priority=65536,actions=1", "priority=65536; allowed: a number from 0 to 65535"),
        ("table=6,actions=goto_table:6", "goto_table:6; allowed: a table behind its own, 6"),
    ],
)
def test_what_is_no_rule_is_one_line(line, message):
    """The line says in which file and line, what, and what is allowed."""
    with pytest.raises(ConfigError, match=rf"^x\.flows:3: {message}$"):
        parse_rules(f"# rules\n\n{line}\n", "x.flows")


@given(st.text(alphabet="actions=tble,()[]: \n#$1resubmit", max_size=60))
def test_no_text_ends_in_anything_but_rules_or_one_line(text):
    """Whatever a file holds; and what was read can be drawn."""
    try:
        rules = parse_rules(text)
    except ConfigError:
        return
    for rule in rules:
        assert all(place.kind in ("table", "port", "group", "drop") for place in rule.destinations)


def test_a_file_that_cannot_be_read_or_holds_no_rule_is_one_line(tmp_path):
    """So is one that is no text."""
    with pytest.raises(ConfigError, match="nosuch: cannot be read: "):
        read_rules(tmp_path / "nosuch", {})
    for data, message in (
        (b"# a\n\xff", "x.flows:2: a letter in another encoding; allowed: text in UTF-8"),
        ("# UTF-16\n".encode("utf-16"), "x.flows: is UTF-16; allowed: text in UTF-8"),
        (b"# no rule\n", "holds no rule; allowed"),
    ):
        (tmp_path / "x.flows").write_bytes(data)
        with pytest.raises(ConfigError, match=message):
            read_rules(tmp_path / "x.flows", {})


@needs_the_switch
@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_open_vswitch_reads_the_same_in_the_shipped_files(path, tmp_path):
    """ovs-ofctl prints each rule in its own words: tables, priorities and destinations are ours."""
    rules = read_rules(path, SNAT).rules
    assert reread(rules, tmp_path) == told(rules)


@needs_the_switch
def test_open_vswitch_reads_the_same_in_every_action(tmp_path):
    """The same for all actions of these tests that need no port's name."""
    named = ("inside", "outside", "goto_table:6")
    actions = [action for action in LEADING if not any(name in action for name in named)]
    rules = [Rule(0, 10 + n, ("ip",), (action,)) for n, action in enumerate(actions)]
    assert reread(rules, tmp_path) == told(rules)


def told(rules):
    """What ovs-ofctl's words tell too."""
    return [(rule.table, rule.priority, rule.destinations) for rule in rules]


def reread(rules, folder):
    """The rules as ovs-ofctl understood them."""
    (folder / "x.flows").write_text("".join(f"{rule}\n" for rule in rules))
    run = subprocess.run(
        ["ovs-ofctl", "parse-flows", folder / "x.flows"], capture_output=True, text=True, check=True
    )
    lines = (line.split(" ADD ")[1] for line in run.stdout.splitlines() if " ADD " in line)
    return told(parse_rules("\n".join(line.replace("table:", "table=", 1) for line in lines)))
