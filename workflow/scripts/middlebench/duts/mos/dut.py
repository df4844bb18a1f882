"""The DUT `mos`: a sample of the mOS networking stack on two ports of a host.

Every start is a new process, so the soft crash (process and statistics alive, nothing forwarded:
verdict `stalled`) ends with its point; `facts` says what was still alive then.  Where a function
keeps state, the connections that its statistics tell are compared with the flows (`state`).
"""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from string import Template
from typing import Any, Self

from middlebench.duts.interface import Counted
from middlebench.duts.mos import state
from middlebench.duts.supplied import PORTS, as_used
from middlebench.errors import CommandError, DutError, TimeLimitError
from middlebench.files.text import read_text
from middlebench.functions import Makes, known
from middlebench.software.choice import DEFAULTS
from middlebench.testbeds.place import Place, supply

SAMPLES = {"forward": "midstat", "firewall": "simple_firewall", "nat": "nat"}
"""The sample that does a function."""

OPTIONS = {
    "midstat": "-f mos.conf -c {cores}",
    "simple_firewall": "-c mos.conf -f simple_firewall.conf -n {cores}",
    "nat": "-f mos.conf -c {cores} -i {snat_address}",
}
"""Their options say the same with different letters."""

IN_A_SANDBOX = [{"interface": port} for port in PORTS]
"""Its ports there."""

START_TIMEOUT_S = 60
"""Longest time [s] to the first statistics: EAL, links, and memory for all connections."""

SILENT_S = 3
"""Statistics come every second [s]; older ones are not alive."""

DRIVERS = Path("/sys/bus/pci/drivers")
DEVICE = Path("/dev/dpdk-iface")
"""By which mOS asks its own igb_uio for the ports."""

# The shell becomes the program, so $$ is its process; the place kills what *.pid names.
SERVE = Template(
    """
cd $folder
test -x $binary || { echo "no whole mOS in $prefix: delete it and run again" > refused; exit 0; }
$ready
mkdir -p logs
echo $$$$ > mos.pid
exec $before $binary $options > said 2>&1 < /dev/null
"""
)

LIBRARY = "loaded_first"
"""The library that is loaded before the pcap variant, in the folder: LD_PRELOAD ends at a space."""

# A process that has ended but was not waited for has no program any more.
AWAIT = Template(
    """
cd $folder
until grep -qF '[ ALL ]' said 2> /dev/null; do
  if test -s refused; then cat refused >&2; exit 1; fi
  if test -s mos.pid && ! test -e /proc/$$(cat mos.pid)/exe; then tail -n 1 said >&2; exit 1; fi
  sleep 0.02
done
"""
)

AT_END = Template(
    """cd $folder; {
if test -e /proc/$$(cat mos.pid)/exe; then at=alive; else at=ended; fi
printf "process $$at, "
age=$$(($$(date +%s) - $$(stat -c %Y said)))
if test $$age -le $silent; then echo 'statistics alive'; else echo 'statistics silent'; fi
} > at_end"""
)


def placeholders(
    settings: dict[str, Any], ports: Sequence[dict[str, str]], variant: str
) -> dict[str, Any]:
    """What fills the template of mos.conf; DPDK's ports are dpdk0, dpdk1 by their addresses."""
    pcap = variant == "pcap"
    names = [port["interface"] if pcap else f"dpdk{n}" for n, port in enumerate(ports)]
    mask = "0x0001" if pcap else f"0x{(1 << settings['cores']) - 1:04X}"
    return {
        "memory_channels": "" if pcap else f"nb_mem_channels = {settings['memory_channels']}",
        "netdev": "\n\t\t".join(f"{name} {mask}" for name in names),
        "ports": " ".join(names),
        "max_concurrency": settings["max_concurrency"],
    }


def filled(
    settings: Mapping[str, Any], testbed: Mapping[str, Any], software: Mapping[str, Any]
) -> dict[str, Any]:
    """What fills mos.conf on a testbed: `placeholders`, from the configuration."""
    ports = testbed.get("ports", IN_A_SANDBOX)
    return placeholders(dict(settings), ports, (DEFAULTS["mos"] | software)["variant"])


class Mos:
    """Context manager of one new mOS process; `program` is the template of mos.conf.

    `settings`: cores, memory_channels, max_concurrency, snat_address, and `prefix`, where
    `mos.build` installed it.  `ports` are the testbed's: by PCI address, or by the kernel's name
    for the pcap variant, which also has `loaded_first` among its settings, a library of ours.  With
    DPDK all CPUs from 0 on are mOS's, however `cpu` was chosen; pcap's one core is `cpu`.
    """

    most_flows = None
    within = ""
    """Begins a shell command that is run where the ports are."""

    def __init__(
        self,
        place: Place,
        settings: dict[str, Any],
        function: str,
        program: Path,
        cpu: int,
        *,
        ports: Sequence[dict[str, str]],
    ) -> None:
        self._place = place
        self._settings = settings
        self._function = function
        self._template = program
        self._ports = ports
        self._cpu = cpu
        self._at_end = ""

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        path = Path(self._settings["prefix"]) / "manifest.json"
        return json.loads(path.read_text(encoding="utf-8"))

    @property
    def _variant(self) -> str:
        return self._manifest["settings"]["variant"]

    @property
    def _rules(self) -> str:
        return read_text(self._template.with_name("simple_firewall.conf"))

    def __enter__(self) -> Self:
        sample = SAMPLES[self._function]
        prefix = self._place.tree(Path(self._settings["prefix"]))
        pcap = self._variant == "pcap"
        cores = 1 if pcap else self._settings["cores"]
        words = {
            "folder": self._place.folder,
            "prefix": prefix,
            "binary": shlex.quote(f"{prefix}/bin/{sample}"),
            "options": OPTIONS[sample].format(**self._settings | {"cores": cores}),
            "ready": self._library() if pcap else _driver_ready(prefix, len(self._ports)),
            "before": f"{self.within}{self._before()}" if pcap else "",
        }
        supply(self._place, {"mos.conf": self.conf(), "simple_firewall.conf": self._rules})
        self._place.start(SERVE.substitute(words))
        waiting = shlex.quote(AWAIT.substitute(words))
        try:
            self._place.run(f"sh -euc {waiting}", limit_s=START_TIMEOUT_S)
        except CommandError as error:
            raise DutError(f"mOS ({sample}) does not start: {error}") from error
        except TimeLimitError as error:
            raise DutError(
                f"mOS ({sample}) does not start: no statistics within {START_TIMEOUT_S} s"
            ) from error
        return self

    def _library(self) -> str:
        """Shell: put ours where the program finds it."""
        return f"cp {shlex.quote(self._place.path(Path(self._settings[LIBRARY])))} {LIBRARY}"

    def _before(self) -> str:
        """Shell: the CPU that all threads stay on, as the library keeps mOS from choosing one."""
        return f"taskset -c {self._cpu} env LD_PRELOAD={self._place.folder}/{LIBRARY}"

    def __exit__(self, *_: object) -> None:
        self._place.run(f"cd {self._place.folder}; kill -9 $(cat mos.pid) 2> /dev/null || :")

    def conf(self) -> str:
        """mos.conf for the testbed's ports."""
        return as_used(self._template, placeholders(self._settings, self._ports, self._variant))

    @property
    def attachment(self) -> tuple[list[str], str]:
        """Nothing is connected: the generator has ports of its own, on the other end of cables."""
        return [], ":"

    @property
    def makes(self) -> Makes:
        """What leaves a port has its MAC address; nat translates, but UDP passes as it is."""
        translates = known(self._function).translates
        address = self._settings["snat_address"] if translates else None
        return Makes(snat_address=address, new_source_mac=True)

    @property
    def learned_command(self) -> str:
        """Notes the next statistics."""
        return self._noting("learned")

    @property
    def counting_command(self) -> str:
        """The same, and whether the process and its statistics are alive, whatever it forwards."""
        alive = AT_END.substitute(folder=self._place.folder, silent=SILENT_S)
        return f"{self._noting('tracked')}; {alive}"

    def _noting(self, moment: str) -> str:
        return state.NOTE.substitute(folder=self._place.folder, moment=moment)

    def counted(self) -> Counted:
        """Connections by its statistics; no frames: it prints rates only."""
        folder = self._place.folder
        command = f"cd {folder}; cat at_end; for m in learned tracked; do echo --; cat $m; done"
        at_end, learned, tracked = self._place.run(command).stdout.split("--\n")
        self._at_end = at_end.strip()
        if fault := state.state_limit(learned + tracked, self._settings["max_concurrency"]):
            return Counted(None, None, {}, fault=fault)
        if not known(self._function).keeps_state:
            return Counted(0, 0, {})
        return Counted(state.connections(learned), state.connections(tracked), {})

    def entries(self) -> None:
        """Not to be compared with a few frames: strangers' connections are held too."""

    def expected_entries(self, flows: int) -> int:
        """A connection a flow; none of a function without state, under which UDP may run."""
        return flows if known(self._function).keeps_state else 0

    def facts(self) -> dict[str, str]:
        """Commit, variant, sample, mos.conf, and what was alive at the end of the load."""
        manifest = Path(self._settings["prefix"]) / "manifest.json"
        decisive = self.conf() + self._rules
        return {
            "name": "mOS",
            "version": self._manifest["settings"].get("version")
            or self._manifest["settings"]["commit"][:12],
            "source": self._manifest["source"],
            "manifest_sha256": hashlib.sha256(manifest.read_bytes()).hexdigest(),
            "variant": self._variant,
            "sample": SAMPLES[self._function],
            "configuration_sha256": hashlib.sha256(decisive.encode()).hexdigest(),
            "reset": "new process",
            **({"at_end": self._at_end} if self._at_end else {}),
        }


def _driver_ready(prefix: str, ports: int) -> str:
    """Shell: go on only if mOS's own igb_uio has exactly the testbed's ports, and its device is."""
    bound = f"$(ls {DRIVERS}/igb_uio 2> /dev/null | grep -c :)"
    return f"""
if ! test -d {DRIVERS}/igb_uio; then
  echo "igb_uio of mOS is not loaded: modprobe uio; insmod {prefix}/kmod/igb_uio.ko" > refused
  exit 0
fi
if ! test -e {DEVICE}; then
  if test -e {prefix}/kmod/dpdk_iface.ko; then
    how="insmod {prefix}/kmod/dpdk_iface.ko; {prefix}/bin/dpdk_iface_main"
  else how="mknod {DEVICE} c 1110 0"; fi
  echo "{DEVICE} is missing: $how (as mOS's setup.sh does)" > refused; exit 0
fi
bound={bound}
if test $bound != {ports}; then
  echo "igb_uio has $bound ports, and mOS numbers all of them: bind the testbed's {ports} only" \\
    > refused; exit 0
fi"""
