"""`make bench`: how fast plans, tables, softgen and a point are here, and whether it repeats.

Absolute numbers are this machine's at this hour; the ratios say whether softgen is good enough, and
three whole runs of nat_64b side by side whether its knees and its capacity hold.
"""

import argparse
import json
import re
import shlex
import statistics
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
sys.path[:0] = [str(REPOSITORY / path) for path in ("workflow/scripts", "tests")]

import yaml  # noqa: E402 - the paths above come first

import bench_runs  # noqa: E402
import bench_snakemake  # noqa: E402
import bench_states  # noqa: E402
import bench_throughput  # noqa: E402
from measured_points import wide_record  # noqa: E402
from middlebench.duts.ovs.sandbox import OvsDpdk  # noqa: E402
from middlebench.duts.vhost_programs import Testpmd  # noqa: E402
from middlebench.experiment import grid  # noqa: E402
from middlebench.hosts.cpus import choose_cpus  # noqa: E402
from middlebench.hosts.lock import machine_lock  # noqa: E402
from middlebench.loadgens.softgen import Softgen  # noqa: E402
from middlebench.measuring.assembly import assembled  # noqa: E402
from middlebench.measuring.parts import Parts  # noqa: E402
from middlebench.records import read as record_read  # noqa: E402
from middlebench.testbeds.sandbox import Sandbox  # noqa: E402
from middlebench.units import rate_mbit  # noqa: E402
from records import write_record  # noqa: E402
from results import IDENTITY, SETTINGS  # noqa: E402
from sshd import running_sshd  # noqa: E402
from workspace import ONCE, build, copy_workflow, edit_config, snakemake  # noqa: E402

ROUNDS = 3
RECORDS = 1000
TURNS = 30
PEER_S = 5  # with about one second of start
FULL_SPEED_MBIT = 10_000  # 19.5 Mpps of 64 B frames: more than one core makes
PEERS = {
    "flowgen": "--forward-mode=flowgen",  # both directions, receives what comes back
    # one direction, receives nothing
    "txonly": "--forward-mode=txonly --portmask=0x1 --port-topology=loop",
}


def peer_pps(parts: Parts, settings: dict, mode: str) -> float:
    """Packets/s that dpdk-testpmd sends over the same two ports, the median of its seconds."""
    dut_cpu, generator_cpu = choose_cpus()
    with (
        Sandbox() as sandbox,
        OvsDpdk(sandbox, settings["dut"], parts.function, parts.program, dut_cpu) as dut,
    ):
        said = sandbox.run(peer_command(dut, mode, f"{dut_cpu},{generator_cpu}")).stdout
    seconds = said.split("Port statistics")[2:]
    rates = [sum(int(pps) for pps in re.findall(r"Tx-pps:\s+(\d+)", part)) for part in seconds]
    return statistics.median(rate for rate in rates if rate)


def peer_command(dut: OvsDpdk, mode: str, cpus: str) -> str:
    """A shell command that runs testpmd some seconds; the first CPU is its main thread's."""
    devices, attach = dut.attachment
    vdevs = " ".join(f"--vdev={device}" for device in devices)
    return (
        f"export GENERATOR=$$; sh -euc {shlex.quote(attach)} > /dev/null & "
        f"timeout {PEER_S} dpdk-testpmd -l {cpus} "
        f"--no-pci --no-huge --no-shconf --no-telemetry -m 256 {vdevs} -- {PEERS[mode]} "
        "--rxd=1024 --txd=1024 --total-num-mbufs=16384 --auto-start --stats-period=1 "
        "--no-mlockall || test $? -eq 124"  # it ends by the time limit only
    )


def speeds(parts: Parts, settings: dict) -> float:
    """Print softgen's highest rate beside testpmd's; returns softgen's [packets/s]."""
    settings = settings | {"gating": None}
    settings["durations"] = settings["durations"] | {"window_ms": 1000}
    ours, received, peers = [], [], {mode: [] for mode in PEERS}
    for _ in range(ROUNDS):
        with assembled(parts, settings["dut"]) as made:
            raw = made.generator.run_trial(FULL_SPEED_MBIT, 64, 100, settings, 1)["raw"]
            ours.append(raw["sent"] / raw["duration_s"])
            received.append(raw["received"] / raw["duration_s"])
        for mode in PEERS:
            peers[mode].append(peer_pps(parts, settings, mode))
    print(
        f"softgen, 64 B through forwarding: sends {statistics.median(ours) / 1e6:.2f} Mpps, ",
        end="",
    )
    print(f"{statistics.median(received) / 1e6:.2f} come back and are timed")
    for mode, rates in peers.items():
        ratio = statistics.median(a / b for a, b in zip(ours, rates, strict=True))
        print(f"  testpmd {mode}: {statistics.median(rates) / 1e6:.2f} Mpps; ratio {ratio:.2f}")
    return statistics.median(ours)


def in_turns(what: str, settings: dict, ours: tuple[Path, bool], other: tuple[Path, bool]) -> None:
    """Print the ratio of softgen's highest rates in turns: (binary, does it check the load?)."""
    dut_cpu, generator_cpu = choose_cpus()
    rates: tuple[list[float], list[float]] = ([], [])
    program = Path("dpdk-testpmd")
    with Sandbox() as sandbox, Testpmd(sandbox, {}, "forward", program, dut_cpu) as dut:
        for number in range(2 * TURNS):
            turn = int(number % 4 in (1, 2))  # what drifts falls on both
            binary, check = (ours, other)[turn]
            generator = Softgen(sandbox, binary, generator_cpu, *dut.attachment, check=check)
            gated = generator.run_trial(FULL_SPEED_MBIT, 64, 100, settings, number)["gated"]
            rates[turn].append(gated["received"] / max(gated["duration_s"], 1e-9))
    ratios = [a / b for a, b in zip(*rates, strict=True) if a and b]
    print(
        f"{what}, through testpmd: median {statistics.median(ratios):.3f} of {len(ratios)} "
        f"(quartiles {', '.join(f'{q:.3f}' for q in statistics.quantiles(ratios))}), "
        f"best / best {max(rates[0]) / max(rates[1]):.3f}",
        flush=True,
    )


def pacing(parts: Parts, settings: dict, highest_pps: float) -> None:
    """Print how far the offered rate of clean time is from the one asked for."""
    settings = settings | {"durations": settings["durations"] | {"window_ms": 500}}
    for share in (0.1, 0.5, 0.8):
        asked = rate_mbit(share * highest_pps, 64)
        with assembled(parts, settings["dut"]) as made:
            result = made.generator.run_trial(asked, 64, 100, settings, 1)
        gated = result["gated"]
        if not gated["duration_s"]:
            print(f"pacing at {share:.0%}: no clean time")
            continue
        put = (gated["sent"] + gated["refused"]) / gated["duration_s"]
        error = put / (share * highest_pps) - 1
        print(
            f"pacing at {share:.0%} ({share * highest_pps / 1e6:.2f} Mpps): "
            f"{error:+.4%} of clean time"
        )


def dut_start(parts: Parts, settings: dict) -> None:
    """Print how long it takes from nothing to a switch with its rules."""
    taken = []
    for _ in range(ROUNDS + 2):
        begin = time.monotonic()
        with Sandbox() as sandbox:
            function, rules, cpu = parts.function, parts.program, choose_cpus()[0]
            with OvsDpdk(sandbox, settings["dut"], function, rules, cpu) as dut:
                dut.wait_until_started()
                taken.append(time.monotonic() - begin)
    print(f"DUT start: median {statistics.median(taken):.2f} s of {len(taken)} (sandbox included)")


def point_overhead(place: str, host: dict | None = None) -> float:
    """Print what a point takes beyond its traffic [s], through Snakemake, and return it."""

    def change(config: dict) -> None:
        rates = {"from": 100, "to": 400, "step": 25}
        config["figures"] = {"nat_64b": config["figures"]["nat_64b"] | {"rates_mbit": rates}}
        config["cost"] = config["cost_linux"] = config["throughput"] = config["compare"] = None
        config["figures"]["nat_64b"]["flows"] = [100]
        config["figures"]["nat_64b"]["repetitions"] = ONCE | {"min": 2, "max": 2}
        if host:
            config["testbeds"]["sandbox"]["host"] = host

    with tempfile.TemporaryDirectory() as name:
        folder = copy_workflow(Path(name) / "run")
        edit_config(folder, change)
        snakemake(folder, "--cores", "1", "checks", "calibrations")
        table = "results/sandbox/figures/nat_64b/points.csv"
        run = snakemake(folder, "--cores", "1", table)
        if run.returncode:
            sys.exit(run.stderr)
        records = sorted(
            (folder / "results").rglob("*flows/*.json"), key=lambda p: p.stat().st_mtime
        )
        spent = records[-1].stat().st_mtime - records[0].stat().st_mtime
        traffic = sum(json.loads(p.read_text())["totals"]["traffic_s"] for p in records[1:])
        count = len(records) - 1
    overhead = (spent - traffic) / count
    print(f"overhead a point beyond its traffic, {place}: {overhead:.2f} s ({count} points)")
    return overhead


def overheads() -> None:
    """Print what a point takes here and on the far side of an SSH connection, side by side."""
    with tempfile.TemporaryDirectory() as name, running_sshd(Path(name) / "sshd") as sshd:
        here = point_overhead("here")
        far = point_overhead("over SSH", sshd.settings)
    print(f"  SSH adds {far - here:+.2f} s a point (loopback)")


def reading() -> None:
    """Print how fast records are read, with all that is looked at."""
    with tempfile.TemporaryDirectory() as name:
        identities = [IDENTITY | {"repetition": number} for number in range(1, RECORDS + 1)]
        made = (wide_record(identity, SETTINGS) for identity in identities)
        paths = [write_record(Path(name), record) for record in made]
        size_mb = sum(path.stat().st_size for path in paths) / 1e6
        begin = time.process_time()  # others may use the core meanwhile, not this time
        for path in paths:
            record_read.read(path)
        took = time.process_time() - begin
        begin = time.process_time()
        for path in paths:
            json.loads(path.read_bytes())
        parsed = time.process_time() - begin
    print(
        f"records: {RECORDS / took:.0f}/s are read and believed ({size_mb / RECORDS * 1e3:.0f} kB "
        f"each, {size_mb:.0f} MB); 10000 take {10_000 / RECORDS * took:.1f} s of a CPU, of which "
        f"parsing alone {10_000 / RECORDS * parsed:.1f} s",
        flush=True,
    )


def main() -> None:
    """Run all, with the machine to itself."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="whole runs of nat_64b (%(default)s)")
    parser.add_argument("--only-runs", action="store_true", help="nothing but these")
    arguments = parser.parse_args()
    if not arguments.only_runs:
        bench_snakemake.plans()
        reading()
        bench_snakemake.tables()
        parts_of_a_point()
    bench_runs.repeated_runs(arguments.runs)


def parts_of_a_point() -> None:
    """What softgen, the DUT's start and Snakemake take."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    settings = grid.measuring_settings(config, "nat_64b")
    rules = REPOSITORY / "workflow/middleboxes/open_vswitch/forward.flows"
    with tempfile.TemporaryDirectory() as name:
        binary = build("loadgens/softgen", Path(name))
        portable = build("loadgens/softgen", Path(name) / "portable", "MARCH=")
        parts = Parts("ovs-dpdk", "forward", rules, binary)
        with machine_lock():
            said = "highest rate built for this processor / with DPDK's own flags"
            in_turns(said, settings, (binary, True), (portable, True))
            said = "highest rate with the check of the load / without (wanted: at least 0.97)"
            in_turns(said, settings, (binary, True), (binary, False))
            pacing(parts, settings, speeds(parts, settings))
            dut_start(parts, settings)
            nat = parts._replace(function="nat", program=rules.with_name("nat.flows"))
            calibration = grid.calibration_settings(config, "sandbox", "vhost-user", "udp")
            bench_states.states(parts, nat, settings, calibration)
            bench_throughput.side_by_side(nat)
    overheads()


if __name__ == "__main__":
    main()
