"""A sandbox with a new DUT in it and the generator between its ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from middlebench.duts.registry import dut_class, entry
from middlebench.generators import IN_A_SANDBOX
from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.interface import generator_class
from middlebench.measuring.parts import Assembly, Parts
from middlebench.testbeds.places import TwoHosts, Where
from middlebench.testbeds.sandbox import Sandbox


@contextmanager
def assembled(parts: Parts, dut_settings: dict[str, Any], host: Where = None) -> Iterator[Assembly]:
    """Everything started; all of it is gone afterwards.  `dut_settings` is `duts.<name>`.

    On another `host` (see `connect.open_host`) DUT and generator are both there, from copies.  On
    two (`places.TwoHosts`) they are on real ports, and in no sandbox.
    """
    if isinstance(host, TwoHosts):
        module = import_module(
            "middlebench.measuring.on_hosts"
        )  # no point of a sandbox depends on it
        with module.assembled_on_hosts(parts, dut_settings, host) as made:
            yield made
        return
    dut_cpu, generator_cpu = choose_cpus(host)
    chosen = dut_class(parts.dut)
    with (
        Sandbox(host) as sandbox,
        chosen(sandbox, dut_settings, parts.function, parts.program, dut_cpu) as dut,
    ):
        made = generator_class(IN_A_SANDBOX)
        generator = made(sandbox, parts.generator, generator_cpu, *dut.attachment, makes=dut.makes)
        hooks = (dut.learned_command, dut.counting_command)
        yield Assembly(
            *(dut, generator, dut_cpu, generator_cpu, sandbox),
            host=host,
            hooks=hooks,
            polls=entry(parts.dut).polls,
        )
