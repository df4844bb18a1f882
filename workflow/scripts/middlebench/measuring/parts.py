"""What a measurement is put together from, and what came of it."""

from pathlib import Path
from typing import Any, NamedTuple

from invoke import Context

from middlebench.duts.interface import Dut
from middlebench.loadgens.interface import LoadGenerator
from middlebench.testbeds.place import Place


class Parts(NamedTuple):
    """What is put together."""

    dut: str
    """Name of the DUT, one of `middlebench.duts.registry`."""
    function: str
    program: Path
    """What makes the DUT do the function: its rules, or the program itself."""
    generator: Path
    """The generator's program."""


class Assembly(NamedTuple):
    """What came of it, and the CPUs that the DUT and the generator poll on."""

    dut: Dut
    generator: LoadGenerator
    dut_cpu: int
    generator_cpu: int
    place: Place
    """Where the DUT is: its sandbox, or its folder on a host."""
    host: Context | None = None
    """Where it is; None is this machine."""
    loadgen: Context | None = None
    """The generator's host where it has one of its own."""
    hooks: tuple[str, str] = (":", ":")
    """Commands that note the DUT's state: when the flows are learned, and at the end."""
    polls: bool = True
    """Is the DUT's work done by a thread on its CPU?"""
    state_read: str | None = None
    """How the DUT's state is read, where that is not from beside it."""

    def run_trial(self, *trial: Any) -> dict[str, Any]:
        """What the generator's `run_trial` gives; the DUT notes its state meanwhile."""
        return self.generator.run_trial(*trial, *self.hooks)
