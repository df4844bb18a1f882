"""Rule sets in the manner of public ones: what the drawing reads is what the switch reads."""

import re
import subprocess

import pytest
from pygments.token import Error
from test_openflow import SNAT, needs_the_switch, parse_rules, told

from middlebench.duts.ovs.openflow import read_rules
from middlebench.duts.ovs.rule_file import FLOW, GROUP, alone, lines_of
from middlebench.duts.supplied import as_used
from middlebench.errors import ConfigError
from middlebench.report.listing import lexer_of
from workspace import REPOSITORY

SETS = sorted((REPOSITORY / "tests/rules").glob("*.flows"))
NAMED = {"inside": "1", "outside": "2"}
COMMANDS = ("delete", "modify")


def allow_list(count):
    """A firewall that lets in what is listed: a rule a service."""
    services = (f"nw_dst=10.{n >> 8}.{n & 255}.1,tp_dst={1024 + n}" for n in range(count - 2))
    rules = [f"priority=100,in_port=2,udp,{service},actions=output:1" for service in services]
    return "\n".join([*rules, "priority=90,in_port=1,actions=2", "priority=1,actions=drop"])


def judged(lines, folder):
    """What `ovs-ofctl parse-flows` prints of flows; CalledProcessError when it refuses them.

    It knows no names of ports, and has not the commands that `add-flows` takes.
    """
    for name, number in NAMED.items():
        lines = re.sub(rf'"?\b{name}\b"?', number, lines)
    lines = re.sub(r"(?m)^ *(add|modify(_strict)?)[ ,]", "", lines)
    (folder / "x.flows").write_text(lines, encoding="utf-8")
    run = subprocess.run(
        ["ovs-ofctl", "parse-flows", folder / "x.flows"], capture_output=True, text=True
    )
    if "usable protocol" not in run.stderr:  # of a mixture that parse-flows can show in no version
        run.check_returncode()
    said = [line.split(" ADD ")[1] for line in run.stdout.splitlines() if " ADD " in line]
    said = [line.replace("table:", "table=", 1) for line in said]
    return [re.sub(r"\b(idle|hard):", r"\1_timeout=", line) for line in said]


@needs_the_switch
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_the_switch_reads_a_set_as_the_drawing_does(path, tmp_path):
    """Tables, priorities and destinations of every rule, in the switch's own words and in ours."""
    ours = alone(lines_of(as_used(path, SNAT)), FLOW)
    flows = "\n".join(line for line in ours.split("\n") if not line.startswith("delete"))
    said = judged(flows, tmp_path)
    if said:
        plain = [line for line in flows.split("\n") if not line.startswith("modify")]
        found = [rule for line in plain for rule in parse_rules(line)]
        modified = len(flows.split("\n")) - len(plain)
        assert len(said) == len(found) + modified
        if not modified:
            assert told(parse_rules("\n".join(said))) == told(found)
    for line in lines_of(as_used(path, SNAT)):
        if line.kind == GROUP:
            group = line.text.removeprefix("add ")
            subprocess.run(["ovs-ofctl", "parse-group", group], check=True, capture_output=True)


@needs_the_switch
def test_an_allow_list_of_2000_rules_is_read_alike(tmp_path):
    """And beyond what a command line holds."""
    text = allow_list(2000)
    assert len(text) > 128 * 1024 * 0.8
    assert told(parse_rules("\n".join(judged(text, tmp_path)))) == told(parse_rules(text))


@needs_the_switch
@pytest.mark.parametrize(
    "line",
    [
        "actions=outpt:2",
        "actions=output:eth0",
        "actions=output",
        "foo=1,actions=2",
        "NXM_NX_REG0=1,actions=2",
        "IP,actions=2",
        "ip",
        "in_port,actions=2",
        "table=foo,actions=2",
        "priority=65536,actions=2",
        "out_port=1,actions=2",
        "actions=drop,2",
        "actions=2,drop",
        "actions=2 eth0",
        "actions=group",
        "actions=resubmit",
        "actions=resubmit(,256)",
        "table=3,actions=goto_table:3",
        "actions=enqueue:1",
        "ip,actions=ct(table=x)",
        "ip,actions=nat(src=10.0.0.1)",
        "actions=apply_actions(2)",
        "actions=70000",
        "ip,actions=clone(outpt:2)",
    ],
)
def test_what_the_switch_refuses_the_drawing_refuses(line, tmp_path):
    """One that it took would be drawn, and never run."""
    with pytest.raises(subprocess.CalledProcessError):
        judged(line, tmp_path)
    with pytest.raises(ConfigError, match=r"^rules:1: "):
        parse_rules(line)


@needs_the_switch
@pytest.mark.parametrize(
    "line",
    [
        "ip,actions=ct(table=1",
        "ip,actions=ct(commit,nat(src=10.0.0.1",
        "ip, in_port=1 actions=2 1",
        "actions=",
        "action=normal:3",
        "table=255,actions=1",
        "priority=0x10,actions=0001",
        "actions=,1,",
        "actions=check_pkt_larger(100)->reg0[0],resubmit(,3)",
        "actions=enqueue:1q2",
        "reg0[3]=1,actions=output:NXM_NX_REG1[0..15]",
        "actions=Output:1,LOCAL",
        "actions=learn(reg0=1",
    ],
)
def test_what_the_switch_takes_the_drawing_takes(line, tmp_path):
    """Also what looks odd: it leads to the same places."""
    (said,) = judged(line, tmp_path)
    expected, found = told(parse_rules(said)), told(parse_rules(line))
    places = [{place for *_, of in rules for place in of} for rules in (expected, found)]
    assert places[0] == places[1]


def test_commands_do_to_the_drawing_what_they_do_to_the_switch():
    """`delete` and `modify` mean the rules before them; a rule takes the place of its like."""
    assert parse_rules("ip,actions=1\ndelete\nactions=2") == parse_rules("actions=2")
    assert parse_rules("tcp,actions=1\narp,actions=1\ndelete ip") == parse_rules("arp,actions=1")
    assert parse_rules("tcp,actions=1\ndelete_strict ip") == parse_rules("tcp,actions=1")
    assert parse_rules("table=3,actions=1\ndelete table=4") == parse_rules("table=3,actions=1")
    assert parse_rules("tcp,actions=1\nmodify ip,actions=2") == parse_rules("tcp,actions=2")
    assert parse_rules("ip,actions=1\nip,actions=2") == parse_rules("ip,actions=2")


def test_groups_and_meters_stand_in_the_file():
    """A word before a line may say what it is."""
    found = read_rules(REPOSITORY / "tests/rules/groups.flows", {})
    kinds = [(group.number, group.kind) for group in found.groups]
    assert kinds == [("1", "select"), ("2", "all"), ("3", "ff")]
    assert found.groups[2].buckets[1] == (("watch_port:1",), ("in_port",))
    assert [meter.number for meter in read_rules(SETS[0].parent / "meters.flows", {}).meters] == [
        "1",
        "2",
    ]


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_set_is_listed_without_an_unknown_token(path):
    """A red box would say that a right rule is wrong."""
    tokens = list(lexer_of(path.name).get_tokens(as_used(path, SNAT)))
    assert [text for kind, text in tokens if kind in Error] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeff# costs $5, or ${nothing}\r\nip,actions=1\r\n", "ip,actions=1"),
        ("ip,actions=1 # $\n", "ip,actions=1"),
    ],
)
def test_a_mark_and_a_comment_mean_nothing(tmp_path, text, expected):
    """Neither the byte order mark nor a price."""
    path = tmp_path / "x.flows"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_rules(path, {}).rules == parse_rules(expected)
