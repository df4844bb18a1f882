"""Chains of rules: what was asked for, beside what the kernel has."""

from typing import NamedTuple

ChainName = tuple[str, ...]
"""Family and table, or table; then the chain."""


class Chain(NamedTuple):
    """What a chain has."""

    rules: int
    policy: str | None
    """What becomes of what no rule decides; None: no hook calls it."""


Chains = dict[ChainName, Chain]


def difference(asked: Chains, found: Chains) -> str | None:
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
