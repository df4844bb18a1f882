"""Files of nftables rules: what they ask for, what the kernel has of it, why one does not load."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from middlebench.errors import DutError

ChainName = tuple[str, str, str]
"""Family, table, chain."""


class Chain(NamedTuple):
    """What a chain has."""

    rules: int
    policy: str | None
    """What becomes of what no rule decides; None: nothing is called by a hook."""


Statement = tuple[list[str], list | None]
"""Its words, and the statements of the block that follows them."""

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*|\\\n')
_PARTS = re.compile(r'"[^"\n]*"|[{};\n]|[^\s{};"]+')
_NO_RULES = ("type", "policy", "comment", "devices", "flags")
"""They begin what is said of a chain, and no rule."""

_IN_CHAINS = 2
"""Blocks around a rule: table, chain.  Braces in a rule are a part of it."""


def asked_for(text: str, where: str) -> dict[ChainName, Chain]:
    """The chains of a file of rules in blocks, table { chain { rules } }.

    DutError for a file of another form: whether all of it is loaded could not be told.
    """
    parts = iter(_PARTS.findall(_COMMENT.sub(lambda found: found[1] or " ", text)))
    found = {}
    for words, tables in _statements(parts):
        if words[0] != "table" or tables is None:
            raise DutError(f"{where}: {' '.join(words)[:60]}; allowed: table NAME {{ chains }}")
        family = words[1:-1] or ["ip"]
        for about, rules in tables:
            if about[0] == "chain" and rules is not None:
                found[family[0], words[-1], about[-1]] = _chain([rule for rule, _ in rules])
    return found


def _statements(parts: Iterator[str], depth: int = 0) -> Iterator[Statement]:
    """Those up to the end of a block, within so many others."""
    words: list[str] = []
    for part in parts:
        if part == "}":
            break
        if part == "{" and depth < _IN_CHAINS:
            yield words or [part], list(_statements(parts, depth + 1))
            words = []
        elif part == "{":
            words += [word for inner, _ in _statements(parts, depth + 1) for word in inner]
        elif part not in ";\n":
            words.append(part)
        elif words:
            yield words, None
            words = []
    if words:
        yield words, None


def _chain(statements: list[list[str]]) -> Chain:
    said = {words[0]: words for words in statements if words[0] in _NO_RULES}
    policy = said["policy"][1] if "policy" in said else "accept" if "type" in said else None
    return Chain(sum(words[0] not in _NO_RULES for words in statements), policy)


def loaded(said: str) -> dict[ChainName, Chain]:
    """The same of what `nft -j list ruleset` prints."""
    listed = json.loads(said)["nftables"]
    rules = [
        (of["rule"]["family"], of["rule"]["table"], of["rule"]["chain"])
        for of in listed
        if "rule" in of
    ]
    chains = [of["chain"] for of in listed if "chain" in of]
    names = {(of["family"], of["table"], of["name"]): of.get("policy") for of in chains}
    return {name: Chain(rules.count(name), policy) for name, policy in names.items()}


def difference(asked: dict[ChainName, Chain], found: dict[ChainName, Chain]) -> str | None:
    """The first chain that is not as it was asked for, in words; or None."""
    for name in sorted(asked.keys() | found.keys()):
        wanted, there = (_words(chains.get(name)) for chains in (asked, found))
        if wanted != there:
            return f"chain {' '.join(name)} has {there}; asked for: {wanted}"
    return None


def _words(chain: Chain | None) -> str:
    if chain is None:
        return "nothing, as there is none"
    policy = f", policy {chain.policy}" if chain.policy else ""
    return f"{chain.rules} rule{'' if chain.rules == 1 else 's'}{policy}"


def refusal(said: str, where: str) -> str | None:
    """The first message of `nft -f FILE` about a line of the file, which is `where`; or None."""
    found = re.search(r"^\S+?:(\d+):[\d-]+: Error: (.*)$", said, re.MULTILINE)
    return found and f"{where}:{found[1]}: {found[2]}"
