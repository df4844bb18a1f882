"""What every load generator offers; `middlebench.generators` names the implementations."""

from pathlib import Path
from typing import Any, Protocol

from middlebench.frame_mix import FrameSize
from middlebench.functions import Makes
from middlebench.generators import GENERATORS
from middlebench.hosts.host import Host
from middlebench.loading import load
from middlebench.testbeds.place import Place

UNCHANGED = Makes()
"""What a plain forwarder makes of frames."""


class LoadGenerator(Protocol):
    """Load between two DPDK `devices` (inside, outside) of a place: construction sends nothing.

    `program` is what was built of the entry's `program`, `cpu` the one to poll on, `makes` what the
    DUT makes of the load.  `attach` is a shell command that connects the DUT to the devices; it
    runs beside each start, and ends by itself when the process $GENERATOR does.  `settings` are the
    testbed's section loadgen.<name>, empty where the generator has none.
    """

    def __init__(
        self,
        place: Place,
        program: Path,
        cpu: int,
        devices: list[str],
        attach: str = ":",
        makes: Makes = UNCHANGED,
        settings: dict[str, Any] | None = None,
    ) -> None: ...

    def run_trial(
        self,
        rate_mbit: float,
        frame_size: FrameSize,
        flows: int,
        settings: dict[str, Any],
        run_id: int,
        learned: str = ":",
        then: str = ":",
    ) -> dict[str, Any]:
        """Load at one setting: the result, checked by `trial_result.checked`.

        `rate_mbit` [10^6 bit/s of frame bits], `frame_size` [B, with FCS]; `settings` are the
        point's (durations [ms], gating or None, seed, flow_order, flows_a_destination where it is
        not functions.PORTS, protocol, link_mbit).  The shell command `learned` runs when the flows
        are learned, `then` at the end, before the ports close.  GeneratorError with one line when
        there is no result, or none that can be.
        """

    def exchange(
        self, frames: list[tuple[int, bytes]], every_us: int = 1000
    ) -> list[tuple[int, bytes]]:
        """Send (port, frame without FCS) once each, and return what came back on either port.

        They are `every_us` [us] or more apart.  The first is repeated until one comes through.
        """

    def facts(self, result: dict[str, Any]) -> dict[str, str]:
        """What made a result: `name`, `sha256`, and what else decides the load."""

    @staticmethod
    def verify(host: Host, **found_by: Any) -> dict[str, str]:
        """What was found of it on a host, `name` and more: it is told, and a fact of the host.

        `found_by` are the entry's keys of its section, and `devices`, its ports there.  Called when
        the host is prepared, where the entry has such keys.  GeneratorError in one line that says
        what to do when it is not there, or cannot run.
        """


def generator_class(name: str) -> type[LoadGenerator]:
    """The class of a generator.  KeyError for an unknown name."""
    found = GENERATORS[name]
    return load(found.module, found.name)
