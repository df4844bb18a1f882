"""A small /sys, /proc and /etc in a folder, and programs that change it as the real ones do.

The programs keep their calls in `calls`; each fails where a file `fail-<program>` holds the first
words of such a call.
"""

import json
import os
import shutil
from pathlib import Path

HUGEPAGES = "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
DRIVERS = "sys/bus/pci/drivers"
DEVICES = "sys/bus/pci/devices"
JOURNAL = "var/lib/middlebench/prepared.json"

PORTS = {"0000:03:00.0": "eth2", "0000:03:00.1": "eth3"}
DISK = "0000:00:1f.2"

CPUINFO = """\
processor\t: {cpu}
model name\t: Intel(R) Xeon(R) CPU E31230 @ 3.20GHz
stepping\t: 7
microcode\t: 0x2f
cpu MHz\t\t: {mhz}
physical id\t: 0
core id\t\t: {core}
"""

COMMON = """\
#!/bin/sh
tree={tree}
name=$(basename "$0")
call="$name $*"
note() {{ echo "$call" >> "$tree/calls"; }}
refused() {{
    test -e "$tree/fail-$name" || return
    case "$call" in "$(cat "$tree/fail-$name")"*) return 0;; *) return 1;; esac
}}
"""

PROGRAMS = {
    "dpkg-query": """
shift 2
for package; do
    grep -qx "$package" "$tree/packages" && echo "installed $package 1.0-1" || status=1
done
exit ${status:-0}
""",
    "apt-get": """
note
test "$DEBIAN_FRONTEND" = noninteractive || { echo "E: would ask"; exit 100; }
refused && { echo "E: Unable to locate package" >&2; exit 100; }
test "$1" = -y || exit 0
while test "$1" != install; do shift; done
shift
printf '%s\\n' "$@" >> "$tree/packages"
""",
    # modprobe(8) of kmod 30; its words are those of test_real_programs.py.
    "modprobe": """
test "$1" = -c && exec cat "$tree/modprobe.d"
note
refused && {
    echo "modprobe: FATAL: Module $1 not found in directory /lib/modules/6.1.0-18-amd64" >&2
    exit 1
}
case $1 in
    -r) rmdir "$tree/sys/bus/pci/drivers/$2";;
    *) mkdir "$tree/sys/bus/pci/drivers/$1";;
esac
""",
    # As that of DPDK 22.11 (bind_all, bind_one): 1 when the driver is not loaded, 0 when the kernel
    # refuses, with the driver of before again, or without any where that is refused too.
    "dpdk-devbind.py": """
note
case $1 in -b) driver=$2; pci=$3;; -u) driver=; pci=$2;; esac
test -z "$driver" || test -d "$tree/sys/bus/pci/drivers/$driver" ||
    { echo "Error: Driver '$driver' is not loaded." >&2; exit 1; }
device=$tree/sys/bus/pci/devices/$pci
old=$(basename "$(readlink "$device/driver")")
if refused; then
    echo "Error: bind failed for $3 - Cannot bind to driver $2: [Errno 22] Invalid argument" >&2
    test -e "$tree/refuses-all" || exit 0
    driver=
fi
rm -rf "$device/driver" "$device/net" "$tree/sys/bus/pci/drivers/$old/$pci"
test "$driver" || exit 0
ln -s "../../drivers/$driver" "$device/driver"
ln -s "../../devices/$pci" "$tree/sys/bus/pci/drivers/$driver/$pci"
test "$driver" = ixgbe && mkdir -p "$device/net/$(cat "$device/interface")" || :
""",
    "ethtool": """
echo "driver: ixgbe"
echo "firmware-version: 0x800005b6, 1.2028.0"
""",
    "ip": """
case "$*" in
    *address*) cat "$tree/ip-address";;
    *-6*) echo "[]";;
    *) cat "$tree/ip-route";;
esac
""",
}


class MachineTree:
    """The folder, anew for each test; `programs` has the stand-ins, which stay."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tree"
        self.programs = folder / "bin"
        self.programs.mkdir(parents=True)
        for name, body in PROGRAMS.items():
            path = self.programs / name
            path.write_text(COMMON.format(tree=self.root) + body, encoding="ascii")
            path.chmod(0o755)

    @property
    def path(self) -> str:
        """A PATH with the stand-ins first."""
        return f"{self.programs}:{os.defpath}"

    def fresh(self) -> "MachineTree":
        """The tree of a machine that nobody has prepared."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.write(HUGEPAGES, "2\n")
        for cpu, governor in enumerate(("powersave", "powersave", "ondemand")):
            folder = f"sys/devices/system/cpu/cpu{cpu}/cpufreq"
            self.write(f"{folder}/scaling_governor", f"{governor}\n")
            self.write(f"{folder}/scaling_available_governors", "performance powersave ondemand\n")
        (self.root / DRIVERS / "ahci").mkdir(parents=True)
        (self.root / DRIVERS / "ixgbe").mkdir()
        for pci, interface in PORTS.items():
            self._device(pci, "0x020000", "ixgbe")
            self.write(f"{DEVICES}/{pci}/interface", interface)
            self.write(f"{DEVICES}/{pci}/net/{interface}/mtu", "1500\n")
            (self.root / DEVICES / pci / "iommu_group").mkdir()
            (self.root / f"sys/class/net/{interface}").mkdir(parents=True)
        self._device(DISK, "0x010601", "ahci")
        self.write("sys/class/dmi/id/bios_version", "2.0a\n")
        self.write("sys/devices/system/cpu/isolated", "1-2\n")
        self.write("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        self.write("proc/cmdline", "ro isolcpus=1-2\n")
        self.write("packages", "libc6\n")
        self.write("calls", "")
        self.use_addresses({"lo": ["127.0.0.1"], "eth2": [], "eth3": []})
        self.write("ip-route", json.dumps([{"dst": "default", "dev": "eth0"}]))
        self.load(1000)
        self.reboot("first")
        return self

    def _device(self, pci: str, kind: str, driver: str) -> None:
        self.write(f"{DEVICES}/{pci}/class", f"{kind}\n")
        self.write(f"{DEVICES}/{pci}/vendor", "0x8086\n")
        (self.root / DEVICES / pci / "driver").symlink_to(f"../../drivers/{driver}")
        (self.root / DRIVERS / driver / pci).symlink_to(f"../../devices/{pci}")

    def load(self, mhz: int) -> None:
        """Files that change all the time on a machine that is in use."""
        blocks = (CPUINFO.format(cpu=cpu, core=cpu % 2, mhz=mhz + cpu) for cpu in range(4))
        self.write("proc/cpuinfo", "\n".join(blocks))
        self.write("proc/meminfo", f"MemTotal:       16318228 kB\nMemFree:    {mhz} kB\n")

    def reboot(self, boot: str) -> None:
        """Another boot, as far as it can be told."""
        self.write("proc/sys/kernel/random/boot_id", f"{boot}\n")

    def use_addresses(self, addresses: dict[str, list[str]]) -> None:
        """What `ip address` says; every interface has one of IPv6 that it gave itself."""
        own = {"family": "inet6", "local": "fe80::1", "scope": "link"}
        listed = [
            {
                "ifname": name,
                "addr_info": [
                    *({"family": "inet", "local": text, "scope": "global"} for text in texts),
                    own,
                ],
            }
            for name, texts in addresses.items()
        ]
        self.write("ip-address", json.dumps(listed))

    def write(self, path: str, text: str) -> None:
        """A file of the tree."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def fail(self, program: str, call: str) -> None:
        """Let the calls that begin so fail; an empty text: none."""
        self.write(f"fail-{program}", f"{program} {call}" if call else "never")

    def calls(self) -> list[str]:
        """The calls of programs that change something, since the last look."""
        made = (self.root / "calls").read_text(encoding="ascii").splitlines()
        self.write("calls", "")
        return made

    def state(self) -> dict[str, str]:
        """All of /sys and the journal: paths with their texts or what they point to."""
        found = {}
        for part in ("sys", "var"):
            for path in sorted((self.root / part).rglob("*")):
                name = str(path.relative_to(self.root))
                if path.is_symlink():
                    found[name] = str(path.readlink())
                elif path.is_file() and path.name != "mtu":
                    found[name] = path.read_text(encoding="utf-8").strip()
                elif path.parent.name == "drivers":
                    found[name] = "driver"
        return found
