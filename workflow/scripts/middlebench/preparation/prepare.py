"""Preparing a host for measurements, and releasing it again.

Every step is checked before the first one changes something, and written into the host's journal
before it does: a preparation that failed half-way can be released, or gone on with.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from middlebench.errors import HostError, MiddlebenchError
from middlebench.hosts.host import Host
from middlebench.hosts.machine import Machine
from middlebench.preparation.journal import Journal
from middlebench.preparation.pci_ports import PciPort
from middlebench.preparation.steps import (
    KINDS,
    Binding,
    Governor,
    Hugepages,
    Module,
    Packages,
    Step,
    step_of,
)


class Outcome(NamedTuple):
    """What a preparation did or, in dry mode, would do."""

    changed: list[dict[str, Any]]
    """All that is otherwise than before the first preparation: {kind, subject, before, after}."""
    would_change: list[dict[str, Any]]
    """The same of what a preparation that is not dry would change; empty in one that is not."""
    said: list[str]
    """Lines for people about this run."""


def prepare(host: Host, settings: Mapping[str, Any], root: str = "") -> Outcome:
    """Make a host as `testbeds.prepare_settings` says; HostError in one line when it cannot be.

    `root` stands before every path there.  Called again, it changes nothing.  With `dry` nothing is
    changed at all.
    """
    machine = Machine(host, root)
    journal = Journal(machine, KINDS)
    if not settings["bind"]:
        for port in settings["ports"]:
            _check_with_the_kernel(machine, port)
    states = [(step, step.state()) for step in steps_of(machine, settings)]
    waiting = [(step, state) for step, state in states if not step.fits(state)]
    for step, state in waiting:
        step.check(state)
    if settings["dry"]:
        said = [f"would change {_line(step, now, step.target(now))}" for step, now in waiting]
        would = [_shown(step, now) for step, now in waiting]
    else:
        said, would = _take_all(waiting, journal), []
    changed = [entry.shown() for entry in journal.entries]
    remarks = filter(None, (step.remark(now) for step, now in states))
    return Outcome(changed, would, [*(said or ["nothing to be changed"]), *remarks])


def steps_of(machine: Machine, settings: Mapping[str, Any]) -> list[Step]:
    """The steps that settings ask for, in their order."""
    driver, governor = settings["driver"], settings["governor"]
    bound = [port["pci"] for port in settings["ports"] if "pci" in port]
    if not (driver and settings["bind"]):
        bound = []
    return [
        *([Packages(machine, "", settings["packages"])] if settings["packages"] else []),
        Hugepages(machine, "", settings["hugepages"]),
        *([Module(machine, driver, True)] if bound else []),
        *([Governor(machine, "", governor)] if governor else []),
        *(Binding(machine, pci, driver) for pci in bound),
    ]


def release(host: Host, root: str = "") -> list[str]:
    """Undo, in reverse order, all that preparation changed: lines about it.

    What cannot be undone stays in the journal; the rest is undone all the same, then HostError.
    """
    machine = Machine(host, root)
    journal = Journal(machine, KINDS)
    said: list[str] = []
    failed: list[str] = []
    kept: list[str] = []
    for entry in reversed(list(journal.entries)):
        step = step_of(entry.kind)(machine, entry.subject, entry.after)
        if step.lasting:
            added = sorted((set(entry.after) - set(entry.before)) & set(step.state()))
            if added:
                kept.append(f"{step.title}: {step.words(added)} stay installed")
            else:
                journal.remove(entry)
            continue
        try:
            said.append(_undo(step, entry.before))
            journal.remove(entry)
        except MiddlebenchError as error:
            failed.append(str(error))
    if failed:
        raise HostError("; ".join(failed))
    return [*(said or ["nothing to be undone"]), *kept]


def _check_with_the_kernel(machine: Machine, port: Mapping[str, str]) -> None:
    """HostError unless the kernel has the port, by the name in the configuration, and idle."""
    if "pci" not in port:
        return
    device = PciPort(machine, port["pci"])
    driver, found = device.look()
    if port.get("interface") not in found:
        has = ", ".join(found) or f"no interface (driver {driver or 'none'})"
        raise HostError(
            f"{machine.name}: {port['pci']} has {has}, not {port.get('interface')}; allowed: "
            "the kernel's name of the port (`snakemake release` gives a port back to the kernel)"
        )
    device.check_unused()


def _take_all(waiting: list[tuple[Step, Any]], journal: Journal) -> list[str]:
    """Take steps with their states: lines about it."""
    said, installed = [], False
    for step, state in waiting:
        # what was installed may tell more of the others' states, as ethtool does
        said.append(_take(step, step.state() if installed else state, journal))
        installed = installed or step.lasting
    return said


def _take(step: Step, state: Any, journal: Journal) -> str:
    """Take one step, written down before."""
    journal.add(step.kind, step.subject, state, step.target(state), step.lasting)
    step.change(state)
    found = step.state()
    if not step.fits(found):
        raise HostError(
            f"{step.machine.name}: {step.title}: {step.words(found)} after the change, and not "
            f"{step.words(step.target(state))}"
        )
    return f"changed {_line(step, state, found)}"


def _undo(step: Step, before: Any) -> str:
    if step.same(step.state(), before):
        return f"{step.title}: already as before, {step.words(before)}"
    step.undo(before)
    return f"{step.title}: {step.words(before)} again"


def _shown(step: Step, state: Any) -> dict[str, Any]:
    target = step.target(state)
    return {"kind": step.kind, "subject": step.subject, "before": state, "after": target}


def _line(step: Step, before: Any, after: Any) -> str:
    return f"{step.title}: {step.words(before)} -> {step.words(after)}"
