"""What every Open vSwitch as a DUT has in common: which one, its rules, its counters, its state.

The switch is the distribution's, or one that `middlebench.software.builds` installed in a prefix.
`ovs.sandbox` starts one in a sandbox, `ovs.hosts` on a host with ports of its own.
"""

import hashlib
import json
import re
import shlex
import signal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.duts.interface import Counted
from middlebench.duts.ovs import other_config, pmd_perf
from middlebench.duts.ovs.loading import files_of, refusal
from middlebench.duts.ovs.rule_file import Line, lines_of, with_a_flow
from middlebench.duts.supplied import PORTS, as_used
from middlebench.errors import CommandError, DutError, TimeLimitError
from middlebench.functions import Makes, known
from middlebench.testbeds.place import Place, supply

DAEMON = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PACKAGE = "openvswitch-switch-dpdk"
START_TIMEOUT_S = 30
ANSWER_S = 5
"""Longest time [s] for an answer of the daemons; they take milliseconds."""

DAEMONS = {"vswitchd": "ovs-vswitchd", "ovsdb": "ovsdb-server"}
"""Both, by what the name of the file with their process begins with."""

NO_ANSWER = str(128 + signal.SIGALRM)
"""Exit status of one of its programs whose `--timeout` is over."""


class Switch(NamedTuple):
    """Which Open vSwitch is run: two paths, then parts of shell commands."""

    daemon: str
    schema: str
    environment: str
    """Put before everything that calls its programs; may be empty."""
    drivers: str
    """Added to DPDK's options; may be empty."""
    origin: str
    """Prints what this switch is."""
    present: str
    """Succeeds when it is there."""
    missing: str
    """What to say, as one word, when it is not."""


def distributions_switch() -> Switch:
    """The distribution's package."""
    missing = f"{DAEMON} is missing: install {PACKAGE} (envs/apt.txt)"
    return Switch(
        DAEMON,
        SCHEMA,
        environment="",
        drivers="",
        origin=f"dpkg-query -W {PACKAGE}",
        present=f"test -x {DAEMON}",
        missing=shlex.quote(missing),
    )


def built_switch(prefix: Path) -> Switch:
    """The one in a prefix (absolute), which may have moved since it was built."""
    if re.search(r"[^\w/.+~@-]", str(prefix)):
        raise DutError(f"{prefix}: a path that a shell splits; allowed: letters, digits, /._+~@-")
    daemon = f"{prefix}/sbin/ovs-vswitchd"
    manifest, dpdk = prefix / "manifest.json", prefix / "dpdk/lib"
    # by name, found in the path of libraries: DPDK takes no folder below one that all may write to
    drivers = f"cd {dpdk}/dpdk/pmds-* 2> /dev/null && printf ' -d %s' *.so"
    return Switch(
        daemon,
        schema=f"{prefix}/share/openvswitch/vswitch.ovsschema",
        environment=f'export PATH="{prefix}/bin:{prefix}/sbin:$PATH" LD_LIBRARY_PATH={dpdk}; ',
        drivers=f"$({drivers})",
        origin=f"{{ sha256sum < {manifest}; tr -d '\\n' < {manifest}; }}",
        present=f"test -x {daemon} && test -s {manifest}",
        missing=shlex.quote(f"no whole Open vSwitch in {prefix}: delete it and run again"),
    )


class OpenVSwitch:
    """One brand-new switch with one function's rules (see `duts.interface`), not yet started."""

    most_flows = None
    _polls = False
    """Has it threads that poll, and count their cycles?"""

    def __init__(
        self, place: Place, settings: dict[str, Any], function: str, program: Path, cpu: int
    ) -> None:
        self._place = place
        self._settings = settings
        self._does = known(function, settings.get("function"))
        self._rules = program
        self._cpu = cpu
        self._lines: list[Line] = []
        self._versions: dict[str, str] = {}

    @cached_property
    def _switch(self) -> Switch:
        prefix = self._settings.get("prefix")
        if not prefix:
            return distributions_switch()
        return built_switch(Path(self._place.tree(Path(prefix))))

    @property
    def _appctl(self) -> str:
        """The environment of the switch's programs, its folder, and the beginning of a command."""
        folder = self._place.folder
        target = f"--timeout={ANSWER_S} -t {folder}/vswitchd.ctl"
        return f"{self._switch.environment}cd {folder}; ovs-appctl {target}"

    def _note_versions(self, said: str) -> None:
        """Keep what `ovs-appctl version`, dpdk_version's column and `origin` printed."""
        lines = said.splitlines()
        # ovs-vswitchd-dpdk (Open vSwitch) 3.1.0, "DPDK 22.11.11", then what `origin` printed
        at = next(i for i, line in enumerate(lines) if line.startswith("ovs-vswitchd"))
        self._versions = {
            "version": lines[at].split()[-1],
            "dpdk": lines[at + 1].strip('"'),
            **_origin(lines[at + 2 :]),
        }

    def wait_until_started(self) -> None:
        """Return when the switch runs with its rules."""

    def rules_text(self) -> str:
        """The OpenFlow rules as they are given to the switch."""
        return as_used(self._rules, self._settings)

    def _supply_rules(self) -> None:
        """Bring the rules to where the switch is, for `loading.GIVE`."""
        self._lines = with_a_flow(lines_of(self.rules_text()), self._rules)
        supply(self._place, files_of(self._lines))

    def _not_started(self, error: CommandError | TimeLimitError) -> DutError:
        """Why: the line of the rules that is refused, or what the switch said last."""
        refused = None
        if isinstance(error, CommandError):
            about = (self._switch.environment, self._lines, self._rules)
            refused = refusal(self._place, *about)
        return refused or DutError(f"Open vSwitch does not start: {error}{self._log_tail()}")

    def facts(self) -> dict[str, str]:
        """What was measured: name, versions, the package or the build, the rules' hash, options."""
        self.wait_until_started()
        return {
            "name": "Open vSwitch",
            **self._versions,
            "rules": self._rules.name,
            "rules_sha256": hashlib.sha256(self.rules_text().encode()).hexdigest(),
            **other_config.fact(self._settings),
        }

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make."""
        return flows if self._does.keeps_state else 0

    @property
    def makes(self) -> Makes:
        """A bridge: nothing but the source of what it translates is another."""
        translates = self._does.translates
        return Makes(snat_address=self._settings["snat_address"] if translates else None)

    def tracked(self) -> list[str]:
        """The connection-tracking table now, a line an entry."""
        return self._place.run(f"{self._appctl} dpctl/dump-conntrack").stdout.splitlines()

    def entries(self) -> int:
        """Connection-tracking entries now."""
        counted = f"{self._place.folder}/entries"
        self._place.run(self._count_entries(counted))
        return int(self._place.run(f"cat {counted}").stdout)

    def _count_entries(self, file: str) -> str:
        """Shell command that writes the number of tracked connections to a file."""
        return f"{self._appctl} dpctl/ct-get-nconns > {file}"

    @property
    def learned_command(self) -> str:
        """Run beside the switch when the flows are learned: notes entries, forgets cycles."""
        clear = f"{self._appctl} dpif-netdev/pmd-stats-clear > /dev/null"
        return self._asking(self._count_entries("learned"), *([clear] if self._polls else []))

    @property
    def counting_command(self) -> str:
        """Run beside the switch while the generator holds the ports: notes counters and entries."""
        folder = self._place.folder
        show = f"dpif-netdev/pmd-perf-show -nh -ms {pmd_perf.HISTORY_MS} > cycles"
        counters = (
            f"{self._switch.environment}cd {folder}; "
            f"OVS_RUNDIR={folder} ovs-ofctl --timeout={ANSWER_S} dump-ports br0 > counters"
        )
        cycles = [f"{self._appctl} {show}"] if self._polls else []
        return self._asking(*cycles, counters, self._count_entries("tracked"))

    def _asking(self, *commands: str) -> str:
        """Shell command that runs these, up to the first without an answer, and notes that one."""
        asked = " && ".join(f"{{ {command}; }}" for command in commands)
        folder = self._place.folder
        return f"{{ {asked}; }} 2> {folder}/complaint || echo $? > {folder}/unanswered"

    def counted(self) -> Counted:
        """What the two commands saw; keys of the frames are like `inside_rx`, `outside_tx_drop`."""
        if fault := self._unanswered():
            return Counted(None, None, {}, fault=fault)
        learned, tracked, said = self._place.run(
            f"cd {self._place.folder}; cat learned tracked counters"
        ).stdout.split("\n", 2)
        counters = {}
        for number, port in enumerate(PORTS, start=1):
            part = re.search(rf"port +{number}: (rx .*?\n *tx .*?)\n", said)
            for way, packets, drop in re.findall(
                r"(rx|tx) pkts=(\d+),.*?drop=(\d+)", part[1] if part else ""
            ):
                counters |= {f"{port}_{way}": int(packets), f"{port}_{way}_drop": int(drop)}
        return Counted(int(learned), int(tracked), counters, self._cycles())

    def _cycles(self) -> pmd_perf.Cycles | None:
        if not self._polls:
            return None
        return pmd_perf.parse(self._place.run(f"cat {self._place.folder}/cycles").stdout)

    def _unanswered(self) -> str | None:
        """Why one of the two commands got no answer, if so."""
        told = f"cd {self._place.folder}; if test -e unanswered; then cat unanswered complaint; fi"
        status, *said = self._place.run(told).stdout.splitlines() or [None]
        if status == NO_ANSWER:
            return f"Open vSwitch does not answer within {ANSWER_S} s"
        return status and f"Open vSwitch does not tell its state: {(said or [status])[-1]}"

    def _check_alive(self) -> None:
        """DutError when a daemon has ended; a process that is not waited for has no program."""
        ended = self._place.run(
            f"cd {self._place.folder}; for name in {' '.join(DAEMONS)}; do "
            "test -e /proc/$(cat $name*.pid)/exe || echo $name; done"
        ).stdout.split()
        if ended:
            raise DutError(
                f"Open vSwitch ended: {DAEMONS[ended[0]]} was killed, or crashed{self._log_tail()}"
            )

    def _log_tail(self) -> str:
        log = f"{self._place.folder}/vswitchd.log"
        lines = self._place.run(f"grep -hE '\\|(ERR|EMER)\\|' {log} || :").stdout.strip()
        return f" ({lines.splitlines()[-1]})" if lines else ""


def _origin(lines: list[str]) -> dict[str, str]:
    """What `Switch.origin` printed, as facts."""
    if len(lines) == 1:  # openvswitch-switch-dpdk<tab>3.1.0-2
        return {"package": lines[0].replace("\t", " ")}
    manifest = json.loads(lines[1])
    return {"source": manifest["source"], "manifest_sha256": lines[0].split()[0]}
