"""The DUTs `ovs-dpdk` and `ovs-kernel` on a host of its own, on ports that are there.

The daemons stay in the foreground of one command, which ends with its `RunFolder` or with the
connection, whichever is first.  Every start makes an empty database, a new bridge with counters at
zero and an empty connection-tracking table: so every point starts from the same state.
"""

import shlex
from collections.abc import Sequence
from string import Template
from typing import Any

from middlebench.duts.ovs import other_config
from middlebench.duts.ovs.loading import GIVE, PLACEHOLDERS
from middlebench.duts.ovs.switch import START_TIMEOUT_S, OpenVSwitch
from middlebench.duts.supplied import PORTS
from middlebench.errors import CommandError, MiddlebenchError, TimeLimitError

# Whoever waits for `serving` looks at `refused` too.  RUNTIME_DIRECTORY: DPDK's folder for what it
# would else put into /run.
SERVE = Template(
    """
${environment}export OVS_RUNDIR=$folder OVS_LOGDIR=$folder OVS_DBDIR=$folder OVS_SYSCONFDIR=$folder
export RUNTIME_DIRECTORY=$folder
cd $folder
begin() {
  $present || { echo $missing; return 1; }
  $prepare
  ovsdb-tool create conf.db $schema || return 1
}
begin > refused 2>&1 || { touch broken; exit 0; }
ovsdb-server conf.db --remote=punix:db.sock --unixctl=$folder/ovsdb.ctl --log-file -vconsole:off \\
  > daemons 2>&1 & echo $$! > ovsdb.pid
until test -S db.sock; do kill -0 $$(cat ovsdb.pid) || { touch broken; exit 0; }; sleep 0.005; done
ovs-vsctl --timeout=$limit --no-wait init -- set Open_vSwitch . $options
$daemon unix:db.sock --unixctl=$folder/vswitchd.ctl --log-file=$folder/vswitchd.log -vconsole:off \\
  >> daemons 2>&1 & echo $$! > vswitchd.pid
touch serving
wait
"""
)

SET_UP = Template(
    """
$give
${environment}export OVS_RUNDIR=$folder
cd $folder
until test -e serving; do
  if test -e broken; then cat refused daemons >&2 2> /dev/null || :; exit 1; fi; sleep 0.005
done
alive() {
  kill -0 $$(cat vswitchd.pid) 2> /dev/null || { tail -n 1 daemons >&2; exit 1; }
}
until ovs-appctl -t $folder/vswitchd.ctl version > version 2> /dev/null; do alive; sleep 0.01; done
ovs-vsctl --timeout=$limit add-br br0 -- set bridge br0 datapath_type=$datapath fail-mode=secure \\
  $placeholders
give_rules || { tail -n 1 rules.refused >&2; exit 1; }
ovs-vsctl --timeout=$limit del-port inside -- del-port outside
ovs-vsctl --timeout=$limit $added > added 2>&1 || { cat added >&2; exit 1; }
for port in $names; do
  fault=$$(ovs-vsctl get interface $$port error)
  test "$$fault" = "[]" ||
    { echo "$$port: $$fault $$(grep -m 1 -oE 'ERR\\|.*' vswitchd.log)" >&2; exit 1; }
done
cat version
ovs-vsctl get Open_vSwitch . dpdk_version
$origin
"""
)

# $1: the name of a port.  Its address would go, and with it, perhaps, the way to the host.
TAKE_INTERFACE = """
take() {
  ip link show dev "$1" > /dev/null 2>&1 ||
    { echo "no interface $1 here (does a DPDK driver have it?)"; return 1; }
  if ip -o address show dev "$1" scope global | grep -q inet; then
    echo "interface $1 has an address, so it is not a port of the testbed"; return 1
  fi
  test -n "$(ip -o link show dev "$1" up)" || echo "ip link set dev $1 down" >> undo
  ip link set dev "$1" up
}
"""

MODULE = (
    "test -d /sys/module/openvswitch || modprobe openvswitch 2> /dev/null || "
    '{ echo "the kernel has no module openvswitch: ovs-kernel cannot run here; install the '
    'kernel that brings it (linux-image-amd64), or measure ovs-dpdk"; return 1; }'
)

ALONE = (
    "if ovs-dpctl dump-dps 2> /dev/null | grep -q ovs-system; then "
    'echo "another Open vSwitch has the kernel datapath ovs-system: stop it first '
    '(systemctl stop openvswitch-switch)"; return 1; fi'
)


class OvsOnHost(OpenVSwitch):
    """Context manager of one brand-new switch between two `ports` of a host, as testbeds name them.

    The place is a `RunFolder`.  DutError with one line when it does not start.
    """

    datapath = ""

    def __init__(self, *arguments: Any, ports: Sequence[dict[str, str]]) -> None:
        super().__init__(*arguments)
        self._ports = ports

    def __enter__(self) -> "OvsOnHost":
        words = {
            **self._switch._asdict(),
            "folder": self._place.folder,
            "prepare": self._prepare(),
            "options": self._options() or "other_config:dpdk-init=false",
            "limit": START_TIMEOUT_S,
            "datapath": self.datapath,
            "added": self._added(),
            "names": " ".join(name for name, _ in self._interfaces()),
            "give": GIVE,
            "placeholders": PLACEHOLDERS,
        }
        self._supply_rules()
        self._place.start(SERVE.substitute(words))
        set_up = shlex.quote(SET_UP.substitute(words))
        try:
            said = self._place.run(f"sh -euc {set_up}", limit_s=START_TIMEOUT_S).stdout
        except (CommandError, TimeLimitError) as error:
            raise self._not_started(error) from error
        self._note_versions(said)
        return self

    def __exit__(self, under_way: type[BaseException] | None, *_: object) -> None:
        """The daemons end with the folder that they run in; DutError when one did before."""
        if under_way is None or issubclass(under_way, MiddlebenchError):
            self._check_alive()

    @property
    def attachment(self) -> tuple[list[str], str]:
        """Nothing is connected: the generator has ports of its own, on the other end of cables."""
        return [], ":"

    def facts(self) -> dict[str, str]:
        """Those of any Open vSwitch, the datapath, and how this point began."""
        return super().facts() | {"datapath": self.datapath, "reset": "new switch"}

    def _prepare(self) -> str:
        """What is done before the daemons start; `return 1` after a line refuses."""
        return ":"

    def _options(self) -> str:
        """Settings of the switch as a whole, for `ovs-vsctl set Open_vSwitch .`."""
        return ""

    def _added(self) -> str:
        """The ovs-vsctl commands that give the bridge its ports."""
        return " -- ".join(
            f"add-port br0 {name} -- set interface {name} ofport_request={number} {options}"
            for number, (name, options) in enumerate(self._interfaces(), start=1)
        )

    def _interfaces(self) -> list[tuple[str, str]]:
        """(name, columns) of both ports, inside first."""
        raise NotImplementedError


class OvsDpdkOnHost(OvsOnHost):
    """The userspace datapath on network cards that DPDK drives, or on DPDK's virtual devices.

    Hugepages are used where there is a card; `memory_mb` counts only without.
    """

    datapath = "netdev"
    _polls = True

    def _options(self) -> str:
        cards = [port["pci"] for port in self._ports if "pci" in port]
        if cards:
            extra = " ".join(f"-a {card}" for card in cards)
        else:
            # as in a sandbox: --legacy-mem keeps OVS from adding --in-memory, which wants hugepages
            extra = f"--no-pci --no-huge --no-shconf --legacy-mem -m {self._settings['memory_mb']}"
        return (
            "other_config:dpdk-init=true "
            f'other_config:dpdk-extra="--no-telemetry {extra}{self._switch.drivers}" '
            "other_config:per-port-memory=true other_config:pmd-perf-metrics=true "
            f"other_config:pmd-cpu-mask={hex(1 << self._cpu)} "
            f"{other_config.columns(self._settings)}"
        )

    def _prepare(self) -> str:
        checked = other_config.check(self._settings, self._switch.daemon)
        return f"{super()._prepare()}\n( {checked or ':'}\n) 2>&1 || return 1"

    def _interfaces(self) -> list[tuple[str, str]]:
        devices = [port.get("pci") or port["vdev"] for port in self._ports]
        return [
            (name, f"type=dpdk options:dpdk-devargs={shlex.quote(device)}")
            for name, device in zip(PORTS, devices, strict=True)
        ]


class OvsKernel(OvsOnHost):
    """The thesis's DUT: the kernel's datapath between two interfaces, netfilter's connections.

    Only entries that hosts of the inside (10.0.0.0/8) began are counted: the table is the host's,
    and knows its own connections too.
    """

    datapath = "system"

    def _count_entries(self, file: str) -> str:
        dumped = f"{self._appctl} dpctl/dump-conntrack > {file}.all"
        return f"{dumped}; grep -c 'orig=(src=10\\.' {file}.all > {file} || :"

    def _prepare(self) -> str:
        taken = " && ".join(f"take {port['interface']}" for port in self._ports)
        undo = (
            f"echo '{self._switch.environment}ovs-dpctl del-dp system@ovs-system' >> undo"
            # what netfilter still knows of the trial is none of the host's
            "; echo 'conntrack -F > /dev/null 2>&1 || :' >> undo"
        )
        flushed = (
            "command -v conntrack > /dev/null || "
            "{ echo 'conntrack is missing: install the package conntrack'; return 1; }; "
            "conntrack -F > /dev/null 2>&1 || { echo 'conntrack -F fails'; return 1; }"
        )
        parts = (MODULE, ALONE, TAKE_INTERFACE, f"{taken} || return 1", undo, flushed)
        return "\n".join(parts)

    def _interfaces(self) -> list[tuple[str, str]]:
        return [(port["interface"], "type=system") for port in self._ports]

    def facts(self) -> dict[str, str]:
        """And that netfilter's table was emptied."""
        return super().facts() | {"reset": "new switch, conntrack -F"}
