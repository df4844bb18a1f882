"""The DUT `ovs-dpdk`: Open vSwitch's userspace datapath with two vhost-user ports, in a sandbox.

The switch is the distribution's, or one that `middlebench.builds` installed in a prefix.
The generator is the server of the ports' sockets, as only the switch's client ports count packets.
Such a port looks for its server at once when it is added, and then only once a second: so ports are
added (`attachment`) when the generator's sockets are there.
"""

import hashlib
import json
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from invoke.runners import Promise

from middlebench import pmd_perf
from middlebench.dut import FOLDER, PORTS, Counted, as_used
from middlebench.errors import DutError, SandboxError
from middlebench.sandbox import Sandbox

DAEMON = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PACKAGE = "openvswitch-switch-dpdk"
START_TIMEOUT_S = 30
APPCTL = f"ovs-appctl -t {FOLDER}/vswitchd.ctl"
STATEFUL = ("firewall", "nat", "nat_thesis")
"""The functions that keep a connection-tracking entry a flow."""

# No hugepages: --legacy-mem keeps OVS from adding --in-memory, which excludes --no-huge.
# per-port-memory: the shared pool would ask for 262144 buffers (2 GB).
START = Template(
    """
${environment}export OVS_RUNDIR=$folder OVS_LOGDIR=$folder OVS_DBDIR=$folder OVS_SYSCONFDIR=$folder
$present || { echo $missing >&2; exit 1; }
cd $folder
$origin > origin &
ovsdb-tool create conf.db $schema
ovsdb-server conf.db --remote=punix:db.sock --detach --no-chdir --pidfile --log-file -vconsole:off
ovs-vsctl --no-wait init -- set Open_vSwitch . other_config:dpdk-init=true \
  other_config:dpdk-extra="--no-pci --no-telemetry --no-huge --legacy-mem -m $memory_mb$drivers" \
  other_config:per-port-memory=true other_config:pmd-cpu-mask=$mask \
  other_config:pmd-perf-metrics=true \
  other_config:dpdk-lcore-mask=$mask \
  -- add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
taskset -c $cpu $daemon unix:db.sock --detach --no-chdir --pidfile=$folder/vswitchd.pid \
  --unixctl=$folder/vswitchd.ctl --log-file=$folder/vswitchd.log -vconsole:off
printf %s $rules | ovs-ofctl --bundle add-flows br0 -
ovs-appctl -t $folder/vswitchd.ctl version
ovs-vsctl get Open_vSwitch . dpdk_version
wait $$!
cat origin
"""
)

AWAIT_START = (
    "until test -e started; do test ! -e broken; kill -0 $GENERATOR 2> /dev/null; sleep 0.005; done"
)

# The generator (process $GENERATOR) makes its second socket when the first has a client: one port
# after the other.
ATTACH_PORT = Template(
    """
until test -S $folder/$port; do kill -0 $$GENERATOR 2> /dev/null; sleep 0.005; done
OVS_RUNDIR=$folder ovs-vsctl --timeout=10 --if-exists del-port $port -- add-port br0 $port \\
  -- set interface $port type=dpdkvhostuserclient ofport_request=$number \\
  options:vhost-server-path=$folder/$port
"""
)


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


class OvsDpdk:
    """Context manager of one brand-new switch with one function's rules (see `middlebench.dut`)."""

    def __init__(
        self, sandbox: Sandbox, settings: dict[str, Any], function: str, program: Path, cpu: int
    ) -> None:
        self._sandbox = sandbox
        self._settings = settings
        self._function = function
        self._rules = program
        self._cpu = cpu
        prefix = settings.get("prefix")
        self._switch = built_switch(Path(prefix).resolve()) if prefix else distributions_switch()
        self._start: Promise | None = None
        self._versions: dict[str, str] = {}

    def __enter__(self) -> "OvsDpdk":
        script = START.substitute(
            folder=FOLDER,
            **self._switch._asdict(),
            memory_mb=self._settings["memory_mb"],
            mask=hex(1 << self._cpu),
            cpu=self._cpu,
            rules=shlex.quote(self.rules_text()),
        )
        # the time limit is the shell's: invoke would count the generator's time in
        self._start = self._sandbox.start(
            f"cd {FOLDER}; timeout {START_TIMEOUT_S} sh -euc {shlex.quote(script)} "
            "&& touch started || { touch broken; exit 1; }"
        )
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.wait_until_started()
        finally:
            # SIGKILL: nothing of this switch is used again, and a graceful end takes a second
            self._sandbox.run(f"kill -9 $(cat {FOLDER}/*.pid) 2> /dev/null || :")

    def wait_until_started(self) -> None:
        """Return when the switch has its rules; DutError with the reason when it does not start.

        Nobody need call it: the attachment waits too, so that a generator can start meanwhile.
        """
        if self._start is None:
            return
        started, self._start = self._start, None
        try:
            said = self._sandbox.wait(started).stdout
        except SandboxError as error:
            raise DutError(f"Open vSwitch does not start: {error}{self._log_tail()}") from error
        lines = said.splitlines()
        # ovs-vswitchd-dpdk (Open vSwitch) 3.1.0, "DPDK 22.11.11", then what `origin` printed
        at = next(i for i, line in enumerate(lines) if line.startswith("ovs-vswitchd"))
        self._versions = {
            "version": lines[at].split()[-1],
            "dpdk": lines[at + 1].strip('"'),
            **_origin(lines[at + 2 :]),
        }

    @property
    def attachment(self) -> tuple[list[str], str]:
        """(DPDK devices of inside and outside, shell command that connects the switch to them)."""
        return self._devices(), self._attach_command()

    def _devices(self) -> list[str]:
        return [
            f"net_virtio_user{number},path={FOLDER}/{port},queue_size=1024,server=1"
            for number, port in enumerate(PORTS)
        ]

    def _attach_command(self) -> str:
        paths = " ".join(f"{FOLDER}/{port}" for port in PORTS)
        added = (
            ATTACH_PORT.substitute(folder=FOLDER, port=port, number=number)
            for number, port in enumerate(PORTS, start=1)
        )
        return (
            f"{self._switch.environment}cd {FOLDER}; rm -f {paths}; {AWAIT_START}; {''.join(added)}"
        )

    def rules_text(self) -> str:
        """The OpenFlow rules as they are given to the switch."""
        return as_used(self._rules, self._settings)

    def facts(self) -> dict[str, str]:
        """What was measured: name, versions, the package or the build, and the rules' hash."""
        self.wait_until_started()
        return {
            "name": "Open vSwitch",
            **self._versions,
            "rules": self._rules.name,
            "rules_sha256": hashlib.sha256(self.rules_text().encode()).hexdigest(),
        }

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make."""
        return flows if self._function in STATEFUL else 0

    def tracked(self) -> list[str]:
        """The connection-tracking table now, a line an entry."""
        command = f"{self._switch.environment}{APPCTL} dpctl/dump-conntrack"
        return self._sandbox.run(command).stdout.splitlines()

    @property
    def learned_command(self) -> str:
        """Run in the sandbox when the flows are learned: notes the entries, forgets the cycles."""
        return (
            f"{self._switch.environment}cd {FOLDER}; {APPCTL} dpctl/ct-get-nconns > learned; "
            f"{APPCTL} dpif-netdev/pmd-stats-clear > /dev/null"
        )

    @property
    def counting_command(self) -> str:
        """Run in the sandbox while the generator holds the ports: the counters go with it."""
        return (
            f"{self._switch.environment}cd {FOLDER}; "
            f"{APPCTL} dpif-netdev/pmd-perf-show -nh -ms {pmd_perf.HISTORY_MS} > cycles; "
            f"OVS_RUNDIR={FOLDER} ovs-ofctl dump-ports br0 > counters; "
            f"{APPCTL} dpctl/ct-get-nconns > tracked"
        )

    def counted(self) -> Counted:
        """What the two commands saw; keys of the frames are like `inside_rx`, `outside_tx_drop`."""
        learned, tracked, said = self._sandbox.run(
            f"cd {FOLDER}; cat learned tracked counters"
        ).stdout.split("\n", 2)
        counters = {}
        for number, port in enumerate(PORTS, start=1):
            part = re.search(rf"port +{number}: (rx .*?\n *tx .*?)\n", said)
            for way, packets, drop in re.findall(
                r"(rx|tx) pkts=(\d+),.*?drop=(\d+)", part[1] if part else ""
            ):
                counters |= {f"{port}_{way}": int(packets), f"{port}_{way}_drop": int(drop)}
        said = self._sandbox.run(f"cat {FOLDER}/cycles").stdout
        return Counted(int(learned), int(tracked), counters, pmd_perf.parse(said))

    def _log_tail(self) -> str:
        log = self._sandbox.run(f"grep -hE '\\|(ERR|EMER)\\|' {FOLDER}/vswitchd.log || :").stdout
        lines = log.strip().splitlines()
        return f" ({lines[-1]})" if lines else ""


def _origin(lines: list[str]) -> dict[str, str]:
    """What `Switch.origin` printed, as facts."""
    if len(lines) == 1:  # openvswitch-switch-dpdk<tab>3.1.0-2
        return {"package": lines[0].replace("\t", " ")}
    manifest = json.loads(lines[1])
    return {"source": manifest["source"], "manifest_sha256": lines[0].split()[0]}
