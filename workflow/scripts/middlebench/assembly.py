"""A sandbox with a new DUT in it and the generator between its ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from invoke import Context

from middlebench.dut import Dut
from middlebench.duts import dut_class
from middlebench.pinning import choose_cpus
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


@contextmanager
def assembled(
    parts: Parts, dut_settings: dict[str, Any], host: Context | None = None
) -> Iterator[Assembly]:
    """Everything started; all of it is gone afterwards.  `dut_settings` is `duts.<name>`.

    On another `host` (see `hosts.open_host`) DUT and generator are both there, from copies.
    """
    dut_cpu, generator_cpu = choose_cpus(host)
    chosen = dut_class(parts.dut)
    with (
        Sandbox(host) as sandbox,
        chosen(sandbox, dut_settings, parts.function, parts.program, dut_cpu) as dut,
    ):
        generator = Softgen(sandbox, parts.softgen, generator_cpu, *dut.attachment)
        yield Assembly(dut, generator, dut_cpu, generator_cpu, host)
