"""dpdk-testpmd as a second generator: `flowgen` into the inside of a DUT, counted on the outside.

It has a thread for each direction.  The one from the outside inwards is of the kernel's idle class,
so that it hardly ever runs beside the other: softgen sends one way too.
"""

import re
import shlex
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from middlebench.duts.interface import FOLDER
from middlebench.duts.ovs.pmd_perf import HISTORY_MS
from middlebench.measuring.parts import Assembly
from middlebench.measuring.probing import LIMITS
from milliseconds import Onlooked, Row, read_onlooked, read_rows

BUFFERS = 12286
"""Packet buffers, as many as softgen has in both pools: more would take more of the caches."""

HISTORIES = 2
PARTING = "-- then --\n"

# All threads are on the generator's CPU; testpmd's first one only waits for commands.
RUN = Template(
    """
cd $folder
rm -f commands said; mkfifo commands
sh beginning < commands > said 2>&1 &
exec 3> commands
until grep -q 'testpmd>' said; do kill -0 $$! || { cat said >&2; exit 1; }; sleep 0.01; done
inwards=$$(grep -l 'worker-1$$' /proc/$$!/task/*/comm)
chrt --idle --pid 0 $$(basename $$(dirname $$inwards))
echo start >&3
sleep 0.2
$onlooker > states &
onlooker=$$!
for history in $histories; do
    sleep 0.95
    ovs-appctl -t $folder/vswitchd.ctl dpif-netdev/pmd-perf-show -nh -ms $history_ms >> history
done
wait $$onlooker
echo stop >&3
until grep -q Accumulated said; do sleep 0.01; done
sleep 0.05
OVS_RUNDIR=$folder ovs-ofctl --timeout=5 dump-ports br0 > counters
echo quit >&3
exec 3>&-
wait
for file in said counters history states; do cat $$file; echo '$parting'; done
rm history
"""
)


class Flowgen(NamedTuple):
    """What came of it: frames by testpmd's count and by the switch's; milliseconds and states."""

    sent: int
    received: int
    switch: dict[str, int]
    """Keys like `inside_rx`; of `OpenVSwitch.counted`."""
    rows: list[Row]
    seen: Onlooked


def flowgen(
    made: Assembly, onlooker: Path, machine: dict[str, Any], frame_size: int, flows: int
) -> Flowgen:
    """Two seconds of all that it sends, into `made.dut`; `machine` is a calibration's."""
    place, folder = made.dut._place, FOLDER
    looking = (made.dut_cpu, made.generator_cpu, *(machine[limit] for limit in LIMITS))
    seconds = HISTORIES * 0.95
    script = RUN.substitute(
        folder=folder,
        onlooker=f"{onlooker} {' '.join(map(str, looking))} {1000 * seconds:.0f}",
        histories=" ".join(map(str, range(HISTORIES))),
        history_ms=HISTORY_MS,
        parting=PARTING.strip(),
    )
    place.run(f"printf %s {shlex.quote(_beginning(made, frame_size, flows))} > {folder}/beginning")
    said, counters, history, states, _ = place.run(f"sh -euc {shlex.quote(script)}").stdout.split(
        PARTING
    )
    (sent, received) = (
        int(re.search(rf"statistics for port {port} .*?{way}-packets: (\d+)", said, re.S)[1])
        for port, way in ((0, "TX"), (1, "RX"))
    )
    return Flowgen(sent, received, _counters(counters), read_rows(history), read_onlooked(states))


def _beginning(made: Assembly, frame_size: int, flows: int) -> str:
    """A shell script that becomes testpmd."""
    devices, attach = made.dut.attachment
    cpu = made.generator_cpu
    vdevs = " ".join(f"--vdev={device}" for device in devices)
    return (
        f"export GENERATOR=$$ RUNTIME_DIRECTORY={FOLDER}\n"
        f"sh -euc {shlex.quote(attach)} > /dev/null &\n"
        f"exec taskset -c {cpu} stdbuf -oL dpdk-testpmd --lcores 0@{cpu},1@{cpu},2@{cpu} "
        f"--no-pci --no-huge --no-shconf --no-telemetry --log-level=*:error -m 256 {vdevs} -- -i "
        f"--nb-cores=2 --forward-mode=flowgen --flowgen-flows={flows} --txpkts={frame_size} "
        f"--rxd=1024 --txd=1024 --total-num-mbufs={BUFFERS} --no-mlockall\n"
    )


def _counters(said: str) -> dict[str, int]:
    """Frames by port of the switch, from `dump-ports`; 1 is the inside."""
    found = {}
    for number, port in ((1, "inside"), (2, "outside")):
        part = re.search(rf"port +{number}: (rx .*?\n *tx .*?)\n", said)[1]
        for way, packets, drop in re.findall(r"(rx|tx) pkts=(\d+),.*?drop=(\d+)", part):
            found |= {f"{port}_{way}": int(packets), f"{port}_{way}_drop": int(drop)}
    return found
