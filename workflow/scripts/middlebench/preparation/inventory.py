"""The facts file of a host: what it is, and what preparation made of it.

{testbed, role, host, dry, facts, changed, would_change}.  `facts` holds nothing that differs
between two looks at an unchanged host: no time, no load, no free memory.
"""

from collections.abc import Mapping
from typing import Any

from middlebench.hosts.host import Host
from middlebench.hosts.machine import Machine
from middlebench.preparation.pci_ports import DEVICES, PciPort
from middlebench.preparation.prepare import Outcome

TEXTS = {
    "board": "/sys/class/dmi/id/board_name",
    "board_vendor": "/sys/class/dmi/id/board_vendor",
    "bios": "/sys/class/dmi/id/bios_version",
    "bios_date": "/sys/class/dmi/id/bios_date",
    "kernel": "/proc/sys/kernel/osrelease",
    "kernel_build": "/proc/sys/kernel/version",
    "kernel_command_line": "/proc/cmdline",
    "isolated_cpus": "/sys/devices/system/cpu/isolated",
    "online_cpus": "/sys/devices/system/cpu/online",
    "hyperthreading": "/sys/devices/system/cpu/smt/active",
    "frequency_driver": "/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver",
    "no_turbo": "/sys/devices/system/cpu/intel_pstate/no_turbo",
    "boost": "/sys/devices/system/cpu/cpufreq/boost",
}
"""Facts that are the text of one file, null where there is none."""

GOVERNORS = "/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor"
HUGEPAGES = "/sys/kernel/mm/hugepages/*/nr_hugepages"
IDENTITY = ("vendor", "device", "subsystem_vendor", "subsystem_device", "revision", "numa_node")
"""Files of a PCI device that say which one it is and where."""

PACKAGES = ("dpdk", "openvswitch-switch", "openvswitch-switch-dpdk", "libc6")
"""Packages whose versions are told besides those of `prepare.packages`, where installed."""


def describe(found: Mapping[str, Any]) -> str:
    """What decides packet rates most, in one line for people."""
    cpu = found["cpu"]
    return (
        f"{cpu['model']}, {cpu['cores']} cores, microcode {cpu['microcode']}; Linux "
        f"{found['kernel']}; isolated CPUs: {found['isolated_cpus'] or 'none'}; governor: "
        f"{', '.join(found['governors']) or 'none'}"
    )


def facts(
    host: Host, settings: Mapping[str, Any], changed: list[dict[str, Any]], root: str = ""
) -> dict[str, Any]:
    """The facts of a connected host; `changed` is what `prepare.prepare` gave.

    A port that DPDK has cannot tell its firmware: it is what preparation saw before it took it.
    """
    machine = Machine(host, root)
    files = machine.files(*TEXTS.values(), GOVERNORS, HUGEPAGES)
    taken = {entry["subject"]: entry["before"] for entry in changed if entry["kind"] == "driver"}
    ports = [port["pci"] for port in settings["ports"] if "pci" in port]
    return {
        **{name: files.get(path) or None for name, path in TEXTS.items()},
        "cpu": _cpu(machine.read("/proc/cpuinfo")),
        "memory_kib": _memory_kib(machine.read("/proc/meminfo")),
        "hugepages": {
            path.split("/")[-2].removeprefix("hugepages-"): int(text)
            for path, text in files.items()
            if path.endswith("/nr_hugepages")
        },
        "governors": sorted(
            {text for path, text in files.items() if path.endswith("/scaling_governor")}
        ),
        "distribution": _distribution(machine.read("/etc/os-release")),
        "ports": {pci: _port(machine, pci, taken.get(pci, {})) for pci in ports},
        "packages": machine.installed(sorted({*settings["packages"], *PACKAGES})),
    }


def facts_file(
    identity: Mapping[str, str], settings: Mapping[str, Any], found: dict[str, Any], done: Outcome
) -> dict[str, Any]:
    """The whole document; `identity`: testbed and role, `found`: what `facts` gave."""
    return {
        **identity,
        "host": settings["address"],
        "dry": settings["dry"],
        "facts": found,
        "changed": done.changed,
        "would_change": done.would_change,
    }


def _cpu(text: str) -> dict[str, Any]:
    """Model, microcode and numbers of sockets, cores and threads out of /proc/cpuinfo."""
    blocks = [_pairs(block, ":") for block in text.split("\n\n")]
    first = blocks[0]
    cores = {(block.get("physical id"), block.get("core id")) for block in blocks}
    return {
        "model": first.get("model name"),
        "stepping": first.get("stepping"),
        "microcode": first.get("microcode"),
        "sockets": len({socket for socket, _ in cores}),
        "cores": len(cores),
        "threads": len(blocks),
    }


def _memory_kib(text: str) -> int | None:
    total = _pairs(text, ":").get("MemTotal", "").split()
    return int(total[0]) if total else None


def _distribution(text: str) -> str | None:
    return _pairs(text, "=").get("PRETTY_NAME", "").strip('"') or None


def _pairs(text: str, sign: str) -> dict[str, str]:
    """The lines `key<sign>value` of a text."""
    lines = (line.partition(sign) for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}


def _port(machine: Machine, pci: str, before: Mapping[str, Any]) -> dict[str, Any]:
    port = PciPort(machine, pci)
    texts = machine.files(*(f"{DEVICES}/{pci}/{name}" for name in IDENTITY))
    driver, interfaces = port.look()
    seen = dict(before)
    for interface in interfaces[:1]:
        seen = {"driver": driver, "interface": interface, "firmware": port.firmware(interface)}
    return {
        **{path.rpartition("/")[2]: text for path, text in sorted(texts.items())},
        "driver": driver,
        "kernel_driver": seen.get("driver"),
        "interface": seen.get("interface"),
        "firmware": seen.get("firmware"),
    }
