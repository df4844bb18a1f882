"""The lexer for OpenFlow rules: nothing is lost, and nothing that we ship is unknown to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Comment, Error, Keyword, Name, Number

from middlebench.report.listing import lexer_of, listing_page
from workspace import REPOSITORY

SHIPPED = sorted((REPOSITORY / "workflow").rglob("*.flows"))
LISTED = [*SHIPPED, *sorted((REPOSITORY / "workflow").rglob("*.lua")), REPOSITORY / "config.yaml"]

FIELDS = ["ip", "arp", "udp", "in_port=1", "ct_state=+trk-new", "nw_src=10.0.0.0/8", "tp_dst=0x35"]
FIELDS += ["dl_dst=02:00:00:00:00:01", "ct_mark=0x1/0xff", "reg0=7", "table=1", "priority=100"]
ACTIONS = ["drop", "normal", "output:2", "ct(table=1,zone=1,nat)", "resubmit(,1)", "goto_table:2"]
ACTIONS += ["ct(commit,zone=1,nat(src=10.0.0.1-10.0.0.9:1024-65535))", "mod_nw_dst:10.0.0.1"]
ACTIONS += ["load:0x1->NXM_NX_REG0[0..15]", "nat(src=${snat_address})", "note:00.11"]
RULES = st.builds(
    lambda fields, actions: f"{','.join(fields)},actions={','.join(actions)}\n",
    st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5),
    st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3),
)
COMMENTS = st.text("ab ,=#()", max_size=9).map(lambda text: f"# {text}\n")


def tokens(text, name="a.flows"):
    """[(kind, text)] of a listing."""
    return list(lexer_of(name).get_tokens(text))


@given(st.text().map(lambda text: text.replace("\r", "").lstrip("\ufeff")))
def test_the_tokens_make_up_the_text(text):
    """Whatever it is, no character is lost or added."""
    assert "".join(part for _, part in tokens(text)) == text


@given(st.lists(st.one_of(RULES, COMMENTS), max_size=8).map("".join))
def test_rules_have_no_unknown_token(text):
    """Fields, actions with brackets in brackets, comments: none is an error."""
    found = tokens(text)
    assert [part for kind, part in found if kind in Error] == []
    assert "".join(part for _, part in found) == text


@pytest.mark.parametrize("path", LISTED, ids=lambda path: path.name)
def test_shipped_files_have_no_unknown_token(path):
    """Every file that a report can list is highlighted to its end."""
    text = path.read_text(encoding="utf-8")
    found = tokens(text, path.name)
    assert [part for kind, part in found if kind in Error] == []
    assert "".join(part for _, part in found) == text


def test_parts_of_a_rule_are_told_apart():
    """Settings, matches, states, actions, numbers and placeholders are of different kinds."""
    found = {
        part: kind
        for kind, part in tokens(
            "priority=10,ip,ct_state=+trk,actions=ct(zone=1,nat(src=${a})) # b\n"
        )
    }
    assert found["priority"] in Keyword
    assert found["actions"] in Keyword
    assert found["ip"] is Name.Tag
    assert found["ct_state"] is Name.Attribute
    assert found["+trk"] is Name.Constant
    assert found["ct"] is found["nat"] is Name.Function
    assert found["10"] in Number
    assert found["${a}"] is Comment.Preproc


def test_what_is_no_rule_is_marked():
    """A character that no rule has is an error token, not hidden."""
    assert (Error, "?") in tokens("ip,actions=?\n")


def test_a_page_shows_text_as_text():
    """Names, notes and rules that look like HTML do not become HTML."""
    page = listing_page("<i>.flows", "# <script>\nip,actions=drop\n", ["a <b>"])
    assert "<script>" not in page
    assert "<i>" not in page
    assert "a &lt;b&gt;" in page
    assert '<span class="nf">drop</span>' in page


def test_a_text_of_very_many_rules_is_listed_without_colours():
    """All of it, on a page that is little larger than the text."""
    text = "".join(f"udp,nw_src=10.0.0.{n % 256},actions=output:2\n" for n in range(20_000))
    page = listing_page("a.flows", text, [])
    assert page.count("actions=output:2") == 20_000
    assert len(page) < 3 * len(text)
