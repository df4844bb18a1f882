"""A sandbox with a new DUT in it and the generator between its ports."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from invoke import Context

from middlebench.dut import Dut
from middlebench.duts import dut_class
from middlebench.pinning import choose_cpus
from middlebench.places import TwoHosts, Where
from middlebench.sandbox import Sandbox
from middlebench.softgen import Softgen


class Parts(NamedTuple):
    """What is put together."""

    dut: str
    """Name of the DUT, one of `middlebench.duts`."""
    function: str
    program: Path
    """What makes the DUT do the function: its rules, or the program itself."""
    softgen: Path
    """The generator's binary."""


class Assembly(NamedTuple):
    """What came of it, and the CPUs that the DUT and the generator poll on."""

    dut: Dut
    generator: Softgen
    dut_cpu: int
    generator_cpu: int
    host: Context | None = None
    """Where it is; None is this machine."""
    loadgen: Context | None = None
    """The generator's host where it has one of its own."""
    exchange: Callable[[list], list] | None = None
    """`Softgen.exchange` on the generator's ports."""
    hooks: tuple[str, str] = (":", ":")
    """Commands that note the DUT's state: when the flows are learned, and at the end."""
    state_read: str | None = None
    """How the DUT's state is read, where that is not from beside it."""

    def run_trial(self, *trial: Any) -> dict[str, Any]:
        """The generator's result (see `Softgen.run_trial`); the DUT notes its state meanwhile."""
        return self.generator.run_trial(*trial, *self.hooks)


@contextmanager
def assembled(parts: Parts, dut_settings: dict[str, Any], host: Where = None) -> Iterator[Assembly]:
    """Everything started; all of it is gone afterwards.  `dut_settings` is `duts.<name>`.

    On another `host` (see `hosts.open_host`) DUT and generator are both there, from copies.  On two
    (`places.TwoHosts`) they are on real ports, and in no sandbox.
    """
    if isinstance(host, TwoHosts):
        module = import_module("middlebench.assembly_hosts")  # no point of a sandbox depends on it
        with module.assembled_on_hosts(parts, dut_settings, host) as made:
            yield made
        return
    dut_cpu, generator_cpu = choose_cpus(host)
    chosen = dut_class(parts.dut)
    with (
        Sandbox(host) as sandbox,
        chosen(sandbox, dut_settings, parts.function, parts.program, dut_cpu) as dut,
    ):
        generator = Softgen(sandbox, parts.softgen, generator_cpu, *dut.attachment, makes=dut.makes)
        hooks = (dut.learned_command, dut.counting_command)
        yield Assembly(
            *(dut, generator, dut_cpu, generator_cpu),
            host=host,
            exchange=generator.exchange,
            hooks=hooks,
        )
