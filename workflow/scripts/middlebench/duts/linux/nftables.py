"""The DUT `linux`: the kernel's router with a function's nftables rules."""

import json
import re
from collections.abc import Iterator

from middlebench.duts.linux.loaded import Chain, Chains
from middlebench.duts.linux.namespace import INSIDE_IT
from middlebench.duts.linux.router import Router
from middlebench.duts.linux.ruled import RULES
from middlebench.errors import DutError

Statement = tuple[list[str], list | None]
"""Its words, and the statements of the block that follows them."""

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*|\\\n')
_PARTS = re.compile(r'"[^"\n]*"|[{};\n]|[^\s{};"]+')
_NO_RULES = ("type", "policy", "comment", "devices", "flags")
"""They begin what is said of a chain, and no rule."""

_IN_CHAINS = 2
"""Blocks around a rule: table, chain.  Braces in a rule are a part of it."""


def asked_for(text: str, where: str) -> Chains:
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


def loaded(said: str) -> Chains:
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


def refusal(said: str, where: str) -> str | None:
    """The first message of `nft -f FILE` about a line of the file, which is `where`; or None."""
    found = re.search(r"^\S+?:(\d+):[\d-]+: Error: (.*)$", said, re.MULTILINE)
    return found and f"{where}:{found[1]}: {found[2]}"


class NftRouter(Router):
    """Context manager of one brand-new router (see `duts.interface`)."""

    tools = {"nft": "nftables"}  # noqa: RUF012 - never changed
    loading = f"nft -f {RULES}"

    def refusal(self, said: str, where: str) -> str | None:
        """The first message of nft about a line of the rules."""
        return refusal(said, where)

    def asked_for(self) -> Chains:
        """The chains of the rules."""
        return asked_for(self._text, str(self._program))

    def loaded(self) -> Chains:
        """Those that the kernel lists."""
        return loaded(self._do(f"{INSIDE_IT} nft -j list ruleset"))

    def facts(self) -> dict[str, str]:
        """What was measured, and by which nft its rules were loaded."""
        return super().facts() | {"nft": self._do("nft --version").split()[1]}
