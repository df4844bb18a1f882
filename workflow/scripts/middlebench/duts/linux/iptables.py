"""The DUT `iptables`: the kernel's router with rules in the words of iptables-restore."""

import re

from middlebench.duts.linux.loaded import Chain, Chains
from middlebench.duts.linux.namespace import INSIDE_IT
from middlebench.duts.linux.router import Router
from middlebench.duts.linux.ruled import RULES, Ruled

_BUILT_IN = re.compile(r":(\S+) (\S+)|-P (\S+) (\S+)")
_OWN_CHAIN = "-"
"""The policy of a chain that no hook calls, as iptables-save writes it."""


class Iptables(Ruled):
    """What has rules of iptables-restore.

    Its setting `backend` is nft or legacy: which part of the kernel does what the rules say.
    """

    tools = {"iptables-nft": "iptables", "iptables-legacy": "iptables"}  # noqa: RUF012 - as above

    @property
    def _program_name(self) -> str:
        return f"iptables-{self._settings['backend']}"

    @property
    def loading(self) -> str:
        """The whole file is taken, or nothing of it."""
        return f"{self._program_name}-restore {RULES}"

    def refusal(self, said: str, where: str) -> str | None:
        """Its first message, by the line that it names."""
        return refusal(said, where)

    def asked_for(self) -> Chains:
        """The chains of the rules."""
        return asked_for(self._text)

    def loaded(self) -> Chains:
        """Those of the same tables that the kernel lists."""
        tables = {table for table, _ in self.asked_for()}
        listed = {
            table: self._do(f"{INSIDE_IT} {self._program_name} -t {table} -S") for table in tables
        }
        return asked_for("".join(f"*{table}\n{said}" for table, said in listed.items()))

    def facts(self) -> dict[str, str]:
        """What was measured, and which iptables with which back end, as it says itself."""
        version = self._do(f"{self._program_name} --version").split(maxsplit=1)[1]
        return super().facts() | {"iptables": version.strip()}


class IptablesRouter(Iptables, Router):
    """Context manager of one brand-new router (see `duts.interface`)."""


def asked_for(text: str) -> Chains:
    """Chains of a file for iptables-restore, or of what `iptables -S` prints after a line *TABLE.

    Those that accept all, and have no rule, are left out: no list need name them.
    """
    found: dict[tuple[str, str], Chain] = {}
    table = ""
    for line in text.splitlines():
        words = line.split()
        if line.startswith("*"):
            table = line[1:].strip()
        elif named := _BUILT_IN.match(line):
            name, policy = (part for part in named.groups() if part)
            found[table, name] = Chain(0, None if policy == _OWN_CHAIN else policy)
        elif words[:1] == ["-N"]:
            found[table, words[1]] = Chain(0, None)
        elif words[:1] in (["-A"], ["-I"]):
            chain = found.get((table, words[1]), Chain(0, "ACCEPT"))
            found[table, words[1]] = chain._replace(rules=chain.rules + 1)
    return {name: chain for name, chain in found.items() if chain != Chain(0, "ACCEPT")}


def refusal(said: str, where: str) -> str | None:
    """The first message of iptables-restore, and the line of the rules `where` that it names."""
    line = re.search(r"line:? (\d+)", said)
    if line is None:
        return None
    message = re.sub(r"^\S+ v[\d.]+ \(\w+\): ", "", said.splitlines()[0])
    return f"{where}:{line[1]}: {message}"
