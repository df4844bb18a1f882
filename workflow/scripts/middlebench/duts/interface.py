"""What every device under test (DUT) offers; `duts.registry` names the implementations."""

from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from middlebench.functions import Makes
from middlebench.testbeds.place import Place
from middlebench.testbeds.sandbox import Sandbox

FOLDER = Sandbox.folder
"""Everything that a DUT writes lies here, inside the sandbox."""

Cycles = dict[str, Any]
"""What a polling DUT says about its work: the keys of `ovs.pmd_perf.parse`."""


class CpuTime(NamedTuple):
    """What the work of a DUT that is the kernel took of its CPU since the flows were learned."""

    busy_s: float
    all_s: float
    packets: int

    def in_cycles(self, tsc_hz: float) -> Cycles:
        """The same with the keys of a DUT that counts cycles; of no single milliseconds."""
        each = self.busy_s * tsc_hz / self.packets if self.packets else None
        return {
            "packets": self.packets,
            "used_cycles": round(self.all_s * tsc_hz),
            "idle_share": round(1 - self.busy_s / self.all_s, 4) if self.packets else 1.0,
            "cycles_per_packet": None if each is None else round(each, 2),
            "milliseconds": None,
            "passes": 0,
            "lookups": {},
        }


class Counted(NamedTuple):
    """What a DUT counted about itself while a trial ran."""

    after_warmup: int | None
    """Connection-tracking entries once the flows were learned; None when it did not say."""
    after_window: int | None
    """Connection-tracking entries at the end; None when it did not say."""
    frames: dict[str, int]
    """Frames of all phases by port, keys like `inside_rx`; empty when the DUT does not count."""
    cycles: Cycles | None = None
    """What its polling threads say since the flows were learned or None."""
    cpu: CpuTime | None = None
    """Where it is the kernel, what its CPU did since then."""
    fault: str | None = None
    """Why it did not say all of this, in words."""
    no_port: str | None = None
    """What it says of flows for which it found no port outside; None: nothing."""
    forgotten: str | None = None
    """What it says of connections that it gave up to make room for others; None: nothing."""


class Dut(Protocol):
    """Context manager of one brand-new DUT with one function, polling on CPU `cpu`.

    `settings` is the configuration's `duts.<name>`; `program` is the file that makes the DUT do the
    function: its rules, or the program itself.
    """

    def __init__(
        self, place: Place, settings: dict[str, Any], function: str, program: Path, cpu: int
    ) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    @property
    def attachment(self) -> tuple[list[str], str]:
        """(DPDK devices for the generator, inside first; shell command that connects the DUT)."""

    @property
    def makes(self) -> Makes:
        """What it has to make of the load, by which every frame that is looked at is judged."""

    @property
    def learned_command(self) -> str:
        """Shell command, run beside the DUT when the flows are learned: notes the state."""

    @property
    def counting_command(self) -> str:
        """Shell command, run beside the DUT at the end, while the generator holds the ports."""

    def counted(self) -> Counted:
        """What the two commands noted."""

    def entries(self) -> int | None:
        """Connection-tracking entries now; None when it has none, or does not tell."""

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make."""

    @property
    def most_flows(self) -> int | None:
        """As many flows as its table has room for; None: it has none, or does not tell."""

    def facts(self) -> dict[str, str]:
        """What was measured: `name`, `version`, and what else decides how it behaves."""
