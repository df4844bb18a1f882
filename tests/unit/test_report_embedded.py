"""Texts in the report's data and in its captions: shown as they are, whatever they hold."""

import json
import re
from html import unescape

import pytest
from docutils.core import publish_parts
from hypothesis import given
from hypothesis import strategies as st

from middlebench.errors import ReportError
from middlebench.report.embedded import harmless, label
from middlebench.report.words import escape

TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), max_size=40)
MARKUP = st.text(st.sampled_from("<>/scriptimg!-[]`_*|:\\.{}&;\"' x1#=~^+()@"), max_size=40)
HEAD = '<script id="{0}">\n    var {0} = {1};\n    </script>\n'


def report(values: dict) -> str:
    """A report as Snakemake's template makes it, with these data."""
    blocks = [HEAD.format(name, json.dumps(value)) for name, value in values.items()]
    return "<html><script>var results = 0;</script>" + "".join(blocks) + "</html>"


@pytest.mark.tried("words")
@given(title=TEXTS | MARKUP)
def test_no_text_ends_the_scripts_of_the_report(title):
    """Each is closed where it was; the data are what they were, with the label's braces."""
    names = ("workflow_desc", "results", "categories", "rules")
    data = {"labels": label(title), title: "</script>"}
    html = harmless(report({name: data for name in names}))  # noqa: C420 - one is enough
    found = re.findall(r'<script id="\w+">\s*var (\w+) = (.*?);\s*</script>', html, re.DOTALL)
    assert [name for name, _ in found] == list(names)
    for _, block in found:
        assert "<" not in block
        assert json.loads(block) == {"labels": title, title: "</script>"}


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    "html",
    ["", report({"results": {}}), report({}) + '<script id="rules">\n    var rules = {cut'],
)
def test_a_report_of_another_form_is_told(html):
    """Another Snakemake may write its data otherwise: no report is better than one not safe."""
    with pytest.raises(ReportError, match=r"^the report"):
        harmless(html)


@pytest.mark.tried("words")
@given(text=TEXTS | MARKUP)
def test_no_text_is_markup_in_a_caption(text):
    """What a browser shows of it is the text, with blanks as HTML has them."""
    body = publish_parts(f"x {escape(text)} x", writer="html")["body"]
    paragraph = re.fullmatch(r"<p>([^<>]*)</p>\s*", body)
    assert unescape(paragraph[1]).split() == f"x {text} x".split()
