"""A pygments lexer for OpenFlow rules as `ovs-ofctl add-flows` reads them, a rule a line.

See ovs-fields(7) and ovs-actions(7).  A character that it does not know becomes an Error token.
"""

from typing import ClassVar

from pygments.lexer import RegexLexer, bygroups
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, Whitespace

_SETTINGS = r"table|priority|cookie|idle_timeout|hard_timeout|importance"
"""What a rule says about itself; other keys match packets."""

_WORDS = r"add|delete|delete_strict|modify|modify_strict|flow|group|meter"
"""What may stand before a rule."""

_VALUES = [
    (r"\$\{\w+\}", Comment.Preproc),  # filled from the configuration
    (r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}", Number.Hex),  # MAC address
    (r"\d{1,3}(?:\.\d{1,3}){3}", Number.Float),  # IPv4 address
    (r"0x[0-9a-fA-F]+", Number.Hex),
    (r"\d+", Number.Integer),
    (r"[/:.|+*-]", Operator),  # masks, ranges and flags
    (r"[{}\"]", Punctuation),  # options of tunnels, names of ports
]


class OpenFlowLexer(RegexLexer):
    """Comments, matches and actions of OpenFlow rules."""

    name = "OpenFlow rules"
    aliases: ClassVar[list[str]] = ["openflow"]
    filenames: ClassVar[list[str]] = ["*.flows"]
    url = "https://docs.openvswitch.org/"

    tokens: ClassVar[dict] = {
        "root": [
            (r"#[^\n]*", Comment.Single),
            (r"\s+", Whitespace),
            (r"(actions?)(=)", bygroups(Keyword.Reserved, Operator), "actions"),
            (r"(bucket|bands?)(=)", bygroups(Keyword.Reserved, Operator), "actions"),
            (rf"(?:{_WORDS})\b(?![=:])", Keyword),
            (rf"({_SETTINGS})(=)", bygroups(Keyword, Operator)),
            (r"([A-Za-z_][\w.]*)(=)", bygroups(Name.Attribute, Operator)),
            (r"(?<==)(?:[+-][a-z]+)+", Name.Constant),  # ct_state=+trk-new
            *_VALUES,
            (r"[A-Za-z_]\w*", Name.Tag),  # a protocol, such as arp
            (r"[,()\[\]=]", Punctuation),
        ],
        "actions": [
            (r"\n", Whitespace, "#pop"),
            (r"[^\S\n]+", Whitespace),
            (r"#[^\n]*", Comment.Single),
            (r"->", Operator),
            *_VALUES,
            (r"([A-Za-z_][\w.]*)(=)", bygroups(Name.Attribute, Operator)),
            (r"[A-Za-z_]\w*", Name.Function),  # output, ct, drop
            (r"[(),\[\]=]", Punctuation),
        ],
    }
