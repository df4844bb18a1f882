"""Testbeds of hardware: what of the configuration must fit together, and what preparation is told.

Used while Snakemake reads the rules: nothing slow is imported.
"""

from collections.abc import Mapping
from typing import Any

from middlebench.addresses import host_settings, is_here
from middlebench.duts.registry import KERNEL, implementation
from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings
from middlebench.generators import GENERATORS

HARDWARE_KEYS = {
    "ports": "the DUT's two ports",
    "loadgen": "the load generator's host and ports",
    "prepare": "what preparation sets on both hosts",
}
"""What a testbed with two hosts has: all of it."""


def check_testbed(where: str, testbed: Mapping) -> None:
    """ConfigError unless the keys of one testbed fit together."""
    virtual, link_mbit = testbed["virtual"], testbed["link_mbit"]
    if virtual and link_mbit is not None:
        raise ConfigError(
            f"{where}.link_mbit: {link_mbit}; allowed: null, as a virtual testbed has no link"
        )
    if not virtual and link_mbit is None:
        raise ConfigError(f"{where}.link_mbit: null; allowed: the speed of its link [Mbit/s]")
    if testbed["gate"] and not virtual:
        raise ConfigError(
            f"{where}.gate: true; allowed: false, as gating is for a virtual testbed only"
        )
    given = [key for key in HARDWARE_KEYS if key in testbed]
    for key, meaning in HARDWARE_KEYS.items():
        if key not in testbed and (given or not virtual):
            why = f"{given[0]} is there" if given else "virtual is false"
            raise ConfigError(f"{where}.{key}: is missing; allowed: {meaning}, as {why}")
    if testbed.get("clean_slate") and is_here(host_settings(testbed, "dut")):
        raise ConfigError(
            f"{where}.clean_slate: {testbed['clean_slate']}; allowed: null, as the DUT's host is "
            "this machine"
        )
    _check_ports(where, testbed)
    _check_generator(f"{where}.loadgen", testbed.get("loadgen"))


def check_figure_ports(config: Mapping) -> None:
    """ConfigError unless the DUTs of each hardware testbed can have its ports."""
    chosen: dict[str, tuple[str, str]] = {}
    for figure in config["figures"]:
        settings = figure_settings(config, figure)
        name, dut = settings["testbed"], settings["dut"]
        testbed = config["testbeds"][name]
        if testbed["virtual"]:
            continue
        other, where = chosen.setdefault(name, (dut, figure))
        if _by_kernel(dut) != _by_kernel(other):
            raise ConfigError(
                f"figures.{figure}.dut: {dut} where figures.{where} has {other} on {name}; "
                "allowed: either DUTs of DPDK or of the kernel, as they share its ports"
            )
        for index, port in enumerate(testbed["ports"]):
            if _by_kernel(dut) and "interface" not in port:
                raise ConfigError(
                    f"testbeds.{name}.ports[{index}].interface: is missing; allowed: the kernel's "
                    f"name of the port, as {dut} uses it"
                )


def hardware_testbeds(config: Mapping) -> list[str]:
    """The testbeds whose hosts are prepared: two hosts, and some figure is measured there."""
    used = {figure_settings(config, figure)["testbed"] for figure in config["figures"]}
    return [
        name
        for name, testbed in config["testbeds"].items()
        if name in used and "prepare" in testbed
    ]


def prepare_settings(config: Mapping, name: str, role: str) -> dict[str, Any]:
    """All that decides how a host of testbed `name` is prepared.

    Keys: dry, hugepages, driver, governor, packages, ports, bind (does DPDK use the ports?),
    generator (its name, and where it is looked for, or None), address.
    """
    testbed = config["testbeds"][name]
    side = testbed["loadgen"] if role == "loadgen" else testbed
    kernel = role == "dut" and any(map(_by_kernel, _duts(config, name)))
    return {
        **testbed["prepare"],
        "ports": side["ports"],
        "bind": not kernel,
        "generator": _looked_for(side) if role == "loadgen" else None,
        "address": host_settings(testbed, role)["address"],
    }


def _by_kernel(dut: str) -> bool:
    """Do a DUT's ports stay with the kernel, where it is on a host?"""
    return implementation(dut, on_hosts=True).ports == KERNEL


def _looked_for(loadgen: Mapping) -> dict[str, str] | None:
    """What `LoadGenerator.verify` takes, and the `name`; None of one that needs nothing there."""
    name = loadgen["generator"]
    found_by = {key: loadgen[name][key] for key in GENERATORS[name].found_by}
    return {"name": name, **found_by} if found_by else None


def _duts(config: Mapping, name: str) -> set[str]:
    settings = [figure_settings(config, figure) for figure in config["figures"]]
    return {chosen["dut"] for chosen in settings if chosen["testbed"] == name}


def _check_ports(where: str, testbed: Mapping) -> None:
    sides = {f"{where}.ports": (testbed.get("ports", []), host_settings(testbed, "dut"))}
    if loadgen := testbed.get("loadgen"):
        sides[f"{where}.loadgen.ports"] = (loadgen["ports"], host_settings(testbed, "loadgen"))
    seen: dict[tuple, str] = {}
    for at, (ports, host) in sides.items():
        for index, port in enumerate(ports):
            place = f"{at}[{index}]"
            if ("pci" in port) == ("vdev" in port):
                what = "pci and vdev are both given" if "pci" in port else "no pci and no vdev"
                raise ConfigError(f"{place}: {what}; allowed: one of them")
            for key, value in port.items():
                first = seen.setdefault((host["address"], key, value), place)
                if first != place:
                    raise ConfigError(
                        f"{place}.{key}: {value} is {first} too; allowed: another port of the host"
                    )


def _check_generator(where: str, loadgen: Mapping | None) -> None:
    if not loadgen:
        return
    name = loadgen["generator"]
    known = GENERATORS[name]
    needed = known.settings.get("required")
    if needed and name not in loadgen:
        raise ConfigError(
            f"{where}.{name}: is missing; allowed: {', '.join(needed)}, as generator is {name}"
        )
    for index, port in enumerate(loadgen["ports"]):
        if known.needs_cards and "pci" not in port:
            raise ConfigError(
                f"{where}.ports[{index}]: {port['vdev']}; allowed: pci, as {known.title} needs a "
                "NIC"
            )
