"""Which files are the program of a rule, for a DUT and a testbed: `provenance.code` walks them."""

from collections.abc import Mapping
from pathlib import Path

from middlebench.addresses import host_settings, is_here
from middlebench.duts.registry import entry, implementation
from middlebench.errors import RecordError
from middlebench.experiment.grid import on_hosts
from middlebench.generators import GENERATORS, generator_of
from middlebench.provenance.code import Code


class RuleCode:
    """The programs of the rules whose scripts are in the folder `scripts`.

    `dut` and `testbed`, where a rule is for one of each, are names of the configuration: what is
    loaded by name for others is no part of the program.
    """

    def __init__(self, config: Mapping, code: Code, scripts: Path) -> None:
        self._testbeds = config["testbeds"]
        self._code = code
        self._scripts = scripts

    def line(self, rule: str, dut: str | None = None, testbed: str | None = None) -> str:
        """The program in one line, a digest a module; RecordError when it cannot be read."""
        about = self._testbeds[testbed] if testbed else {}
        script = self._scripts / f"{rule}.py"
        try:
            files = self._code.closure(script, *loaded_by_name(dut, about))
            return self._code.line(files, entries(dut, about))
        except (OSError, SyntaxError, ValueError) as error:
            raise RecordError(f"{self._scripts}: {error}") from error


def loaded_by_name(dut: str | None, testbed: Mapping) -> list[str]:
    """The modules that no script imports: what only this DUT, or only this testbed, needs.

    `testbed`: its settings; empty for a rule that is for any.
    """
    modules = [GENERATORS[generator_of(testbed)].module] if dut or testbed else []
    if dut and on_hosts(testbed):
        modules.append("measuring.on_hosts")
    sides = (host_settings(testbed, role) for role in ("dut", "loadgen"))
    if not all(map(is_here, sides)):
        modules.append("hosts.ssh")
    if dut:
        modules.append(implementation(dut, on_hosts(testbed)).module)
    return modules


def entries(dut: str | None, testbed: Mapping) -> dict[str, str]:
    """By the name of a registry the entry that counts for this DUT and testbed; others do not."""
    found = {"generators": repr(GENERATORS[generator_of(testbed)])} if dut or testbed else {}
    return found | ({"duts/registry": repr(entry(dut)._replace(settings={}))} if dut else {})
