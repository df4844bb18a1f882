"""The network ports of a host by PCI address: their drivers, and whether one may be taken away.

Nothing here changes anything.
"""

import shlex
from collections.abc import Iterator
from functools import cached_property

from middlebench.errors import HostError
from middlebench.hosts.machine import Machine

DEVICES = "/sys/bus/pci/devices"
NO_IOMMU = "enable_unsafe_noiommu_mode"
NETWORK_CLASS = "0x02"
"""How the class of a network controller begins (PCI code and ID assignment, base class 02h)."""


class PciPort:
    """One device; `pci` is its address, like 0000:03:00.0."""

    def __init__(self, machine: Machine, pci: str) -> None:
        self._machine = machine
        self.pci = pci
        self._folder = f"{DEVICES}/{pci}"

    def look(self) -> tuple[str | None, list[str]]:
        """The driver that has it now, and the kernel's interfaces on it: none while DPDK has it.

        HostError when there is no such device, or it is no network device.
        """
        folder = self._machine.path(self._folder)
        said = self._machine.ask(
            f'{{ echo "class $(cat {folder}/class)"; echo "driver $(readlink {folder}/driver)"; '
            f"ls -1d {folder}/net/* {folder}/virtio*/net/*; }} 2> /dev/null || :"
        )
        first, second, *interfaces = said.splitlines()
        kind, driver = first.partition(" ")[2], second.rpartition("/")[2].removeprefix("driver")
        if not kind.startswith(NETWORK_CLASS):
            self._refuse(kind)
        return driver.strip() or None, [path.rpartition("/")[2] for path in interfaces]

    def _refuse(self, kind: str) -> None:
        fault = f"is no network device (class {kind})" if kind else "is no PCI device"
        others = ", ".join(network_devices(self._machine)) or "none"
        raise HostError(
            f"{self._machine.name}: {self.pci} {fault}; allowed: one of its network devices: "
            f"{others}"
        )

    def firmware(self, interface: str) -> str | None:
        """The version of the NIC's firmware, as its kernel driver says."""
        said = self._machine.ask(f"ethtool -i {shlex.quote(interface)}").splitlines()
        values = dict(line.split(": ", 1) for line in said if ": " in line)
        return values.get("firmware-version", "").strip() or None

    def check_iommu(self) -> None:
        """HostError when vfio-pci could not have it: it needs an IOMMU, or goes without by an
        option of the module vfio, which may stand in modprobe.d where that is not loaded yet.
        """
        loaded = "/sys/module/vfio"
        said = (
            self._machine.read(f"{loaded}/parameters/{NO_IOMMU}")
            if self._machine.exists(loaded)
            else self._machine.ask(f"modprobe -c | grep -oE '^options vfio .*{NO_IOMMU}=[1yY]'")
        )
        if self._machine.exists(f"{self._folder}/iommu_group") or said.endswith(("Y", "y", "1")):
            return
        raise HostError(
            f"{self._machine.name}: {self.pci} has no IOMMU group, which vfio-pci needs; switch "
            "the IOMMU on (BIOS: VT-d or AMD-Vi; kernel: intel_iommu=on iommu=pt), or set "
            "prepare.driver: uio_pci_generic"
        )

    def check_unused(self) -> None:
        """HostError when the kernel uses it for more than an idle interface."""
        _, interfaces = self.look()
        uses = Uses(self._machine) if interfaces else None
        for interface in interfaces:
            for use in uses.of(interface):
                raise HostError(
                    f"{self._machine.name}: {self.pci} ({interface}) {use}; allowed: a port "
                    "that is used for nothing but the measurement"
                )


class Uses:
    """What the interfaces of a machine are used for, asked once."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def of(self, interface: str) -> Iterator[str]:
        """Each use in words: `carries the SSH connection`, ..."""
        addresses = self._addresses.get(interface, [])
        if self._ssh_address in addresses:
            yield "carries the SSH connection"
        if addresses:
            yield f"has the address {addresses[0]}"
        if interface in self._default_routes:
            yield "is on the default route"
        folder = f"/sys/class/net/{shlex.quote(interface)}"
        upper = self._machine.names(f"{folder}/master", f"{folder}/upper_*", f"{folder}/brport")
        if upper:
            above = upper[-1].rpartition("/")[2]
            below = above.removeprefix("upper_") if above.startswith("upper_") else "another one"
            yield f"is part of {below} (a bond, a bridge or a VLAN)"

    @cached_property
    def _addresses(self) -> dict[str, list[str]]:
        """The addresses of each interface, but those that IPv6 gives to every one itself."""
        listed = self._machine.ask_json("ip -j address show")
        return {
            link["ifname"]: [
                address["local"]
                for address in link.get("addr_info", [])
                if "local" in address and (address["family"], address["scope"]) != ("inet6", "link")
            ]
            for link in listed
            if "ifname" in link
        }

    @cached_property
    def _default_routes(self) -> set[str]:
        routes = [
            route
            for command in ("ip -j -4 route show default", "ip -j -6 route show default || :")
            for route in self._machine.ask_json(command)  # a kernel may have no IPv6
        ]
        hops = [hop for route in routes for hop in (route, *route.get("nexthops", []))]
        return {hop["dev"] for hop in hops if "dev" in hop}

    @cached_property
    def _ssh_address(self) -> str | None:
        """The address of the machine that this connection goes to."""
        words = self._machine.ask('echo "$SSH_CONNECTION"').split()
        return words[2].partition("%")[0] if len(words) == 4 else None


def network_devices(machine: Machine) -> list[str]:
    """The PCI addresses of all network devices, sorted."""
    classes = machine.files(f"{DEVICES}/*/class")
    return sorted(
        path.split("/")[-2] for path, kind in classes.items() if kind.startswith(NETWORK_CLASS)
    )
