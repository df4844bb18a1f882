"""A sandbox with a new DUT in it and the generator between its ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.ovs_dpdk import OvsDpdk
from middlebench.pinning import choose_cpus
from middlebench.sandbox import Sandbox
from middlebench.softgen import Softgen


class Parts(NamedTuple):
    """What is put together: the function, its rules file and the generator's binary."""

    function: str
    rules: Path
    softgen: Path


class Assembly(NamedTuple):
    """What came of it, and the CPUs that the DUT and the generator poll on."""

    dut: OvsDpdk
    generator: Softgen
    dut_cpu: int
    generator_cpu: int


@contextmanager
def assembled(parts: Parts, dut_settings: dict[str, Any]) -> Iterator[Assembly]:
    """Everything started; all of it is gone afterwards.  `dut_settings` is `duts.<name>`."""
    dut_cpu, generator_cpu = choose_cpus()
    with (
        Sandbox() as sandbox,
        OvsDpdk(sandbox, dut_settings, parts.function, parts.rules, dut_cpu) as dut,
    ):
        generator = Softgen(sandbox, parts.softgen, generator_cpu, *dut.attachment)
        yield Assembly(dut, generator, dut_cpu, generator_cpu)
