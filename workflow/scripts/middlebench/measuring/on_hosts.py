"""The DUT on one host and the generator on another, each on ports of its own, and in no sandbox."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from middlebench.duts.registry import dut_class
from middlebench.errors import CommandError, DutError
from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.interface import generator_class
from middlebench.measuring.parts import Assembly, Parts
from middlebench.testbeds.places import TwoHosts
from middlebench.testbeds.run_folder import RunFolder

STATE_READ = (
    "on the DUT's host, over a connection of its own, while the generator waited between phases"
)


@contextmanager
def assembled_on_hosts(
    parts: Parts, dut_settings: dict[str, Any], hosts: TwoHosts
) -> Iterator[Assembly]:
    """Both started as `hosts.testbed` says; nothing of them is left on either host afterwards.

    The DUT's state is noted on its own host: the generator calls this process at that moment, and
    sends nothing until it is done.
    """
    loadgen = hosts.testbed["loadgen"]
    dut_cpu, generator_cpu = choose_cpus(hosts.dut)[0], choose_cpus(hosts.loadgen)[1]
    chosen = dut_class(parts.dut, on_hosts=True)
    settings = (dut_settings, parts.function, parts.program, dut_cpu)
    with (
        RunFolder(hosts.loadgen) as place,
        RunFolder(hosts.dut) as beside,
        chosen(beside, *settings, ports=hosts.testbed["ports"]) as dut,
    ):
        devices = [port.get("pci") or port["vdev"] for port in loadgen["ports"]]
        name = loadgen["generator"]
        yield Assembly(
            dut,
            generator_class(name)(
                *(place, parts.generator, generator_cpu, devices),
                makes=dut.makes,
                settings=loadgen.get(name, {}),
            ),
            dut_cpu,
            generator_cpu,
            beside,
            host=hosts.dut,
            loadgen=hosts.loadgen,
            hooks=(
                place.calling(_noting(beside, dut.learned_command)),
                place.calling(_noting(beside, dut.counting_command)),
            ),
            state_read=STATE_READ,
        )


def _noting(beside: RunFolder, command: str) -> Callable[[], None]:
    def note() -> None:
        try:
            beside.run(command)
        except CommandError as error:
            raise DutError(f"the DUT does not tell its state: {error}") from error

    return note
