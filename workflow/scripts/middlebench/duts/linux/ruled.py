"""A kernel DUT with a function's rules, which are seen to be loaded; how, subclasses say."""

import hashlib
from typing import Any, Self

from middlebench.duts.interface import FOLDER, Counted
from middlebench.duts.linux.cpu_time import cpu_time, noted
from middlebench.duts.linux.loaded import Chains, difference
from middlebench.duts.linux.namespace import INSIDE_IT, MOST_ENTRIES, KernelDut
from middlebench.duts.supplied import as_used
from middlebench.errors import DutError
from middlebench.functions import known
from middlebench.testbeds.place import supply

RULES = f"{FOLDER}/rules"


class Ruled(KernelDut):
    """Context manager of one brand-new DUT with one function's rules (see `duts.interface`)."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._does = known(self._function, self._settings.get("function"))
        self._text = ""

    def __enter__(self) -> Self:
        self._text = as_used(self._program, self._settings)
        supply(self._place, {"rules": self._text})
        super().__enter__()
        told = self._do(f"{INSIDE_IT} {self.loading} 2>&1 && echo loaded || :")
        if not told.endswith("loaded\n"):
            why = self.refusal(told, str(self._program))
            raise DutError(why or f"{self._program}: {told.splitlines()[-1]}")
        self.check_loaded()
        limit = self._do(f"{INSIDE_IT} cat {MOST_ENTRIES} 2> /dev/null || :").strip()
        if limit and self._does.keeps_state:
            self.most_flows = int(limit)
        return self

    @property
    def loading(self) -> str:
        """Shell command that loads RULES."""
        raise NotImplementedError

    def refusal(self, said: str, where: str) -> str | None:
        """Why they are not, from what it said, with the line of the file `where`; or None."""
        raise NotImplementedError

    def asked_for(self) -> Chains:
        """What the rules ask for."""
        raise NotImplementedError

    def loaded(self) -> Chains:
        """What the kernel has."""
        raise NotImplementedError

    def check_loaded(self) -> None:
        """DutError unless the kernel has each chain of the rules, with as many of them."""
        if fault := difference(self.asked_for(), self.loaded()):
            raise DutError(f"{self._program}: not loaded as it stands: {fault}")

    @property
    def learned_command(self) -> str:
        """Notes the time of the DUT's CPU too."""
        return f"{super().learned_command}; {noted(self._cpu, 'cpu_learned')}"

    @property
    def counting_command(self) -> str:
        """The same, before anything else is noted."""
        return f"{noted(self._cpu, 'cpu_counted')}; {super().counting_command}"

    def counted(self) -> Counted:
        """As `KernelDut.counted`, and what the DUT's CPU did."""
        said = self._do(f"cd {FOLDER}; cat cpu_learned cpu_counted 2> /dev/null || :")
        return super().counted()._replace(cpu=cpu_time(said))

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make."""
        return flows if self._does.keeps_state else 0

    def facts(self) -> dict[str, str]:
        """What was measured: kernel, ports, the rules' hash."""
        found = super().facts() | {
            "rules": self._program.name,
            "rules_sha256": hashlib.sha256(self._text.encode()).hexdigest(),
        }
        return found | ({"most_entries": str(self.most_flows)} if self.most_flows else {})
