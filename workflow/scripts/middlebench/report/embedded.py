"""The data inside of Snakemake's report: texts that no browser takes for markup.

Snakemake writes it as JSON into script elements. JSON leaves `<` as it is, so that a text with
`</script>` ends the element, and what follows is run.
"""

import json
import re

from middlebench.errors import ReportError

BRACE = "\ufdd0"
"""Stands for `{` in a label, where Snakemake looks for wildcards; a character of no text."""

_HEAD = re.compile(r'<script id="[\w-]+">\s*var (\w+) = ')
_BRACE = re.compile(r"(?<!\\)((?:\\\\)*)\\ufdd0")
_TOLD = {"workflow_desc", "results", "categories", "rules"}
"""Data with texts of ours: without them the report has another form than this module knows."""


def label(text: str) -> str:
    """A text as a label of the report; `harmless` gives it back."""
    return text.replace("{", BRACE)


def harmless(html: str) -> str:
    """The report with `<` of its data escaped, and the braces of labels back in their place.

    ReportError when the report is not as Snakemake's template makes it.
    """
    parts, at, found = [], 0, set()
    while head := _HEAD.search(html, at):
        try:
            _, end = json.JSONDecoder().raw_decode(html, head.end())
        except ValueError as error:
            raise ReportError(f"the report's data {head[1]} is not JSON: {error}") from error
        data = _BRACE.sub(r"\1{", html[head.end() : end])
        parts += [html[at : head.end()], data.replace("<", r"\u003c")]
        at = end
        found.add(head[1])
    if missing := _TOLD - found:
        raise ReportError(f"the report has no data {', '.join(sorted(missing))}")
    return "".join([*parts, html[at:]])
