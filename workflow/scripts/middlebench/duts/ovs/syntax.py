"""How Open vSwitch parts a text into keys and values (lib/ofp-parse.c, ofputil_parse_key_value)."""

import re
from typing import NamedTuple

_BLANKS = re.compile(r"[, \t\r\n]*")
_KEY = re.compile(r"[^:=(, \t\r\n]*")
_PARENTHESIS = re.compile(r"[()]")
_UP_TO_BLANK = re.compile(r"[, \t\r\n(]")


class Part(NamedTuple):
    """One of a list that commas or blanks part: `key`, `key=value`, `key:value`, `key(value)`."""

    key: str
    value: str
    text: str
    """As it was written; a last parenthesis may be missing, and the switch takes that."""


def parts(text: str) -> list[Part]:
    """The parts of a list.  What is in parentheses is one value, whatever is in it."""
    if "(" not in text:
        return [Part(*_plain(word), word) for word in re.split(r"[, \t\r\n]+", text) if word]
    found, at = [], 0
    while (at := _BLANKS.match(text, at).end()) < len(text):
        begin, key = at, _KEY.match(text, at)[0]
        at += len(key)
        sign = text[at : at + 1]
        value = ""
        if sign in (":", "="):
            end = _value_end(text, at + 1, _UP_TO_BLANK)
            value, at = text[at + 1 : end], end
        elif sign == "(":
            end = _value_end(text, at + 1, _PARENTHESIS)
            if text[end : end + 3] == ")->":  # check_pkt_larger(100)->reg0[0]
                end = _value_end(text, end + 1, _UP_TO_BLANK)
                value, at = text[at + 1 : end], end
            else:
                value, at = text[at + 1 : end], end + 1
        found.append(Part(key, value, text[begin:at]))
    return found


def _plain(word: str) -> tuple[str, str]:
    key = _KEY.match(word)[0]
    return key, word[len(key) + 1 :]


def _value_end(text: str, at: int, ends: re.Pattern) -> int:
    """Where a value ends that begins at `at`: at one of `ends` that no parenthesis encloses."""
    while found := ends.search(text, at):
        if found[0] != "(":
            return found.start()
        at = _past_parentheses(text, found.start())
    return len(text)


def _past_parentheses(text: str, at: int) -> int:
    """Behind the partner of the parenthesis at `at`; the text's end when it has none."""
    level = 0
    for found in _PARENTHESIS.finditer(text, at):
        level += 1 if found[0] == "(" else -1
        if level == 0:
            return found.end()
    return len(text)
