"""A listing: one file as it was used, highlighted, as an HTML page that stands alone."""

from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers.configs import IniLexer
from pygments.lexers.data import JsonLexer, YamlLexer
from pygments.lexers.scripting import LuaLexer
from pygments.lexers.special import TextLexer

from middlebench.report.openflow import OpenFlowLexer
from middlebench.report.page import page

LEXERS: dict[str, type[Lexer]] = {
    ".flows": OpenFlowLexer,
    ".lua": LuaLexer,
    ".conf": IniLexer,
    ".json": JsonLexer,
    ".yaml": YamlLexer,
}
"""By suffix of the listing's name; another one is listed as plain text."""

COLOURED_MAX = 500_000
"""Letters of the longest text that is coloured: 100000 rules would be a page of 90 MB."""

STYLE = "default"
CSS = """
.highlight { margin-top: 1em; border-top: 1px solid #ccc; padding-top: .6em; }
pre { font-size: 13px; line-height: 1.45; margin: 0; overflow-x: auto; }
"""


def lexer_of(name: str) -> Lexer:
    """The lexer for a file of this name; it keeps every character of the text."""
    return LEXERS.get(Path(name).suffix, TextLexer)(stripnl=False, ensurenl=False)


def listing_page(name: str, text: str, notes: list[str]) -> str:
    """The page: heading, `notes` (plain text, a paragraph each), the text with line numbers."""
    formatter = HtmlFormatter(linenos="inline", style=STYLE, cssclass="highlight")
    lexer = lexer_of(name if len(text) <= COLOURED_MAX else "")
    css = CSS + formatter.get_style_defs(".highlight")
    return page(name, notes, highlight(text, lexer, formatter), css)
