"""The DUT `ovs-dpdk` in a sandbox: Open vSwitch's userspace datapath with two vhost-user ports.

The generator is the server of the ports' sockets, as only the switch's client ports count packets.
Such a port looks for its server at once when it is added, and then only once a second: so ports are
added (`attachment`) when the generator's sockets are there, and anew for another generator.
"""

import shlex
from string import Template
from typing import Any

from invoke.runners import Promise

from middlebench.duts.interface import FOLDER
from middlebench.duts.ovs import other_config
from middlebench.duts.ovs.loading import GIVE, PLACEHOLDERS
from middlebench.duts.ovs.switch import (
    ANSWER_S,
    DAEMON,
    PACKAGE,
    START_TIMEOUT_S,
    OpenVSwitch,
)
from middlebench.duts.supplied import PORTS
from middlebench.errors import CommandError

START = Template(
    """
$give
${environment}export OVS_RUNDIR=$folder OVS_LOGDIR=$folder OVS_DBDIR=$folder OVS_SYSCONFDIR=$folder
$present || { echo $missing >&2; exit 1; }
cd $folder
$known
$origin > origin &
ovsdb-tool create conf.db $schema
ovsdb-server conf.db --remote=punix:db.sock --detach --no-chdir --pidfile --log-file -vconsole:off
ovs-vsctl --no-wait init -- set Open_vSwitch . $options \
  -- add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure $ports
taskset -c $cpu $daemon unix:db.sock --detach --no-chdir --pidfile=$folder/vswitchd.pid \
  --unixctl=$folder/vswitchd.ctl --log-file=$folder/vswitchd.log -vconsole:off
give_rules || { tail -n 1 rules.refused >&2; exit 1; }
ovs-appctl -t $folder/vswitchd.ctl version
ovs-vsctl get Open_vSwitch . dpdk_version
wait $$!
cat origin
"""
)

# No hugepages: --legacy-mem keeps OVS from adding --in-memory, which excludes --no-huge.
# per-port-memory: the shared pool would ask for 262144 buffers (2 GB).
DPDK_OPTIONS = Template(
    "other_config:dpdk-init=true other_config:dpdk-extra="
    '"--no-pci --no-telemetry --no-huge --legacy-mem -m $memory_mb$drivers" '
    "other_config:per-port-memory=true other_config:pmd-cpu-mask=$mask "
    "other_config:pmd-perf-metrics=true other_config:dpdk-lcore-mask=$mask $other_config"
)

AWAIT_START = (
    "until test -e started; do test ! -e broken; kill -0 $GENERATOR 2> /dev/null; sleep 0.005; done"
)

# The generator (process $GENERATOR) makes its second socket when the first has a client: one port
# after the other.  Its socket gets a name that the port of an earlier generator does not look for.
# That port, or what held its place for the rules, goes in a transaction of its own: one that adds a
# port of this name too changes nothing.
ATTACH_PORT = Template(
    """
until test -S $folder/$port; do kill -0 $$GENERATOR 2> /dev/null; sleep 0.005; done
mv $port $port.$$GENERATOR
export OVS_RUNDIR=$folder
ovs-vsctl --timeout=$limit del-port $port
ovs-vsctl --timeout=$limit add-port br0 $port \\
  -- set interface $port type=dpdkvhostuserclient ofport_request=$number \\
  options:vhost-server-path=$folder/$port.$$GENERATOR
"""
)


class OvsDpdk(OpenVSwitch):
    """Context manager of one brand-new switch with one function's rules (see `duts.interface`)."""

    _polls = True
    tools = {DAEMON: PACKAGE}  # noqa: RUF012 - never changed

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._start: Promise | None = None
        self._refused = False

    def __enter__(self) -> "OvsDpdk":
        self._supply_rules()
        options = DPDK_OPTIONS.substitute(
            memory_mb=self._settings["memory_mb"],
            drivers=self._switch.drivers,
            mask=hex(1 << self._cpu),
            other_config=other_config.columns(self._settings),
        )
        script = START.substitute(
            folder=FOLDER,
            **self._switch._asdict(),
            options=options,
            ports=PLACEHOLDERS,
            cpu=self._cpu,
            give=GIVE,
            known=other_config.check(self._settings, self._switch.daemon),
        )
        # the limit is a shell's, so that the attachment hears of it
        late = f"echo 'not done within {START_TIMEOUT_S} s' >&2"
        self._start = self._place.start(
            f"cd {FOLDER}; timeout -k 1 {START_TIMEOUT_S} sh -euc {shlex.quote(script)} "
            f"&& touch started || {{ test $? != 124 || {late}; touch broken; exit 1; }}",
            limit_s=START_TIMEOUT_S + 5,
        )
        return self

    def __exit__(self, under_way: type[BaseException] | None, *_: object) -> None:
        if under_way and not issubclass(under_way, Exception):
            return  # this process is to end, and the sandbox does
        try:
            self.wait_until_started()
            if not self._refused:
                self._check_alive()
        finally:
            # SIGKILL: nothing of this switch is used again, and a graceful end takes a second
            self._place.run(f"kill -9 $(cat {FOLDER}/*.pid) 2> /dev/null || :")

    def wait_until_started(self) -> None:
        """Return when the switch has its rules; DutError with the reason when it does not start.

        Nobody need call it: the attachment waits too, so that a generator can start meanwhile.
        """
        if self._start is None:
            return
        started, self._start = self._start, None
        try:
            said = self._place.wait(started).stdout
        except CommandError as error:
            self._refused = True
            raise self._not_started(error) from error
        self._note_versions(said)

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
            ATTACH_PORT.substitute(folder=FOLDER, limit=ANSWER_S, port=port, number=number)
            for number, port in enumerate(PORTS, start=1)
        )
        return (
            f"{self._switch.environment}cd {FOLDER}; rm -f {paths}; {AWAIT_START}; {''.join(added)}"
        )
