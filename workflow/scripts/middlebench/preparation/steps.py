"""The steps of preparation: each reads a state, knows what is wanted, changes it and undoes it.

A state is a JSON value.  Nothing here decides about order or writes a journal: see `prepare`.
"""

import shlex
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from middlebench.errors import HostError
from middlebench.hosts.machine import Machine
from middlebench.preparation.pci_ports import PciPort

HUGEPAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
CPUS = "/sys/devices/system/cpu"
LOCK_S = 120
"""How long apt may wait for another apt [s], such as unattended upgrades."""

PCI_DRIVERS = "/sys/bus/pci/drivers"


class Step(ABC):
    """Something of a machine, named by `kind` and `subject`, that is to become `wanted`."""

    kind: ClassVar[str]
    lasting: ClassVar[bool] = False
    """Stays after a reboot, and after a release."""

    def __init__(self, machine: Machine, subject: str, wanted: Any = None) -> None:
        self.machine = machine
        self.subject = subject
        self.wanted = wanted

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.kind} {self.subject}".strip()

    @abstractmethod
    def state(self) -> Any:
        """How it is now."""

    def fits(self, state: Any) -> bool:
        """Is a state as wanted?"""
        return state == self.wanted

    def target(self, state: Any) -> Any:
        """What a state would become."""
        del state
        return self.wanted

    def same(self, one: Any, other: Any) -> bool:
        """Are two states the same, for an undo?"""
        return one == other

    def words(self, state: Any) -> str:
        """A state for people."""
        return str(state)

    def remark(self, state: Any) -> str | None:
        """What people should know of a state, if anything."""
        del state

    def check(self, state: Any) -> None:
        """HostError when it must not or cannot be changed; changes nothing."""
        del state

    @abstractmethod
    def change(self, state: Any) -> None:
        """Make it as wanted."""

    @abstractmethod
    def undo(self, before: Any) -> None:
        """Make it as it was."""


class Packages(Step):
    """Debian packages; the state is the sorted list of those of `wanted` that are installed."""

    kind = "packages"
    lasting = True

    def state(self) -> list[str]:
        """Installed ones."""
        return sorted(self.machine.installed(self.wanted))

    def fits(self, state: list[str]) -> bool:
        """Is none missing?"""
        return set(self.wanted) <= set(state)

    def target(self, state: list[str]) -> list[str]:
        """All of them."""
        return sorted(self.wanted)

    def words(self, state: list[str]) -> str:
        """Names."""
        return ", ".join(state) or "none"

    def change(self, state: list[str]) -> None:
        """Install what is missing, without a question; DPDK's drivers are its recommendations."""
        missing = sorted(set(self.wanted) - set(state))
        names = " ".join(map(shlex.quote, missing))
        self.machine.change(
            "export DEBIAN_FRONTEND=noninteractive; apt-get -qq update; "
            f"exec apt-get -y -qq -o DPkg::Lock::Timeout={LOCK_S} install {names}",
            f"packages {' '.join(missing)} cannot be installed",
        )

    def undo(self, before: list[str]) -> None:
        """They stay: something else may use them by now."""


class Hugepages(Step):
    """Hugepages of 2 MB; more than wanted are as good."""

    kind = "hugepages"

    def state(self) -> int:
        """How many are reserved."""
        return int(self.machine.read(HUGEPAGES) or 0)

    def fits(self, state: int) -> bool:
        """Are there enough?"""
        return state >= self.wanted

    def change(self, state: int) -> None:
        """Reserve them; HostError when memory is too fragmented for all."""
        self.undo(self.wanted)
        found = self.state()
        if found < self.wanted:
            raise HostError(
                f"{self.machine.name}: hugepages: only {found} of {self.wanted} (2 MB each) could "
                f"be reserved, {state} before; free memory, reboot, or put "
                f"hugepages={self.wanted} on the kernel's command line"
            )

    def undo(self, before: int) -> None:
        """Reserve as many as there were."""
        self.machine.write({HUGEPAGES: str(before)}, f"hugepages cannot be set to {before}")


class Module(Step):
    """The kernel module of the driver `subject`; the state is whether the driver is there."""

    kind = "module"

    def state(self) -> bool:
        """Also true for a driver that is built in."""
        return self.machine.exists(f"{PCI_DRIVERS}/{self.subject}")

    def words(self, state: bool) -> str:
        """Is it there?"""
        return "loaded" if state else "not loaded"

    def change(self, state: bool) -> None:
        """Load it."""
        self.machine.change(
            f"modprobe {shlex.quote(self.subject)}",
            f"prepare.driver: {self.subject} cannot be loaded",
        )

    def undo(self, before: bool) -> None:
        """Unload it, unless it drives something still: that would lose its driver."""
        driven = self.machine.names(f"{PCI_DRIVERS}/{shlex.quote(self.subject)}/*:*:*.*")
        if driven:
            names = ", ".join(path.rpartition("/")[2] for path in driven)
            raise HostError(f"{self.machine.name}: {self.subject} stays, as it drives {names}")
        self.machine.change(
            f"modprobe -r {shlex.quote(self.subject)}", f"{self.subject} cannot be unloaded"
        )


class Governor(Step):
    """The governor of every CPU; the state is {CPU: governor}, empty where there is no choice."""

    kind = "governor"

    def state(self) -> dict[str, str]:
        """Of the CPUs that are online."""
        return {path.split("/")[-3]: text for path, text in self._files("scaling_governor").items()}

    def fits(self, state: dict[str, str]) -> bool:
        """Has every CPU the one wanted?  A machine without any leaves nothing to be done."""
        return set(state.values()) <= {self.wanted}

    def target(self, state: dict[str, str]) -> dict[str, str]:
        """The wanted one for each."""
        return dict.fromkeys(state, self.wanted)

    def words(self, state: dict[str, str]) -> str:
        """The governors, without the CPUs."""
        return ", ".join(sorted(set(state.values()))) or "none"

    def remark(self, state: dict[str, str]) -> str | None:
        """A virtual machine, or a BIOS that keeps the frequency to itself."""
        return None if state else "governor: this host has none to choose"

    def check(self, state: dict[str, str]) -> None:
        """HostError when some CPU does not know it."""
        for path, text in self._files("scaling_available_governors").items():
            if self.wanted not in text.split():
                raise HostError(
                    f"{self.machine.name}: prepare.governor: {self.wanted}; allowed: "
                    f"{', '.join(text.split())} ({path.split('/')[-3]}), or null"
                )

    def change(self, state: dict[str, str]) -> None:
        """Set it."""
        self.undo(self.target(state))

    def undo(self, before: dict[str, str]) -> None:
        """Set each CPU's own."""
        files = {f"{CPUS}/{cpu}/cpufreq/scaling_governor": name for cpu, name in before.items()}
        if files:
            self.machine.write(files, "the CPUs' governors cannot be set")

    def _files(self, name: str) -> dict[str, str]:
        return self.machine.files(f"{CPUS}/cpu[0-9]*/cpufreq/{name}")


class Binding(Step):
    """The driver of the port `subject`; the state also says what only the kernel's driver tells.

    {driver, and while the kernel has it: interface, firmware}
    """

    kind = "driver"

    def __init__(self, machine: Machine, subject: str, wanted: Any = None) -> None:
        super().__init__(machine, subject, wanted)
        self._port = PciPort(machine, subject)

    def state(self) -> dict[str, str | None]:
        """HostError when there is no such port."""
        driver, interfaces = self._port.look()
        found: dict[str, str | None] = {"driver": driver}
        for interface in interfaces[:1]:
            found |= {"interface": interface, "firmware": self._port.firmware(interface)}
        return found

    def fits(self, state: dict[str, str | None]) -> bool:
        """Has the driver wanted it?"""
        return state["driver"] == self.wanted

    def target(self, state: dict[str, str | None]) -> dict[str, str | None]:
        """The driver alone."""
        return {"driver": self.wanted}

    def same(self, one: dict[str, str | None], other: dict[str, str | None]) -> bool:
        """Has the same driver it?  Its interface may have another name by now."""
        return one["driver"] == other["driver"]

    def words(self, state: dict[str, str | None]) -> str:
        """The driver, and the interface that it makes."""
        name = state.get("interface")
        return (state["driver"] or "none") + (f" ({name})" if name else "")

    def check(self, state: dict[str, str | None]) -> None:
        """HostError when the kernel uses the port, or the driver cannot have it."""
        self._port.check_unused()
        if self.wanted == "vfio-pci":
            self._port.check_iommu()

    def change(self, state: dict[str, str | None]) -> None:
        """Bind it, and it alone."""
        self._bind(self.wanted)

    def undo(self, before: dict[str, str | None]) -> None:
        """Give it back to its driver; what the kernel uses in the meantime is not taken away."""
        self._port.check_unused()
        self._bind(before["driver"])

    def _bind(self, driver: str | None) -> None:
        words = f"-b {shlex.quote(driver)}" if driver else "-u"
        what = f"{self.subject} cannot be bound to {driver or 'no driver'}"
        done = self.machine.change(f"dpdk-devbind.py {words} {self.subject}", what)
        if self._port.look()[0] != driver:  # its exit status is 0 after most failures
            said = " ".join(done.stderr.split()) or "dpdk-devbind.py says nothing"
            raise HostError(f"{self.machine.name}: {what}: {said}")


STEPS: tuple[type[Step], ...] = (Packages, Hugepages, Module, Governor, Binding)
"""In the order in which they are taken; undone the other way round."""

KINDS = tuple(step.kind for step in STEPS)


def step_of(kind: str) -> type[Step]:
    """The class of a step."""
    return STEPS[KINDS.index(kind)]
