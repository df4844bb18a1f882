"""softgen's command line, and its load through ports that need no switch."""

import json
import os
import subprocess

import pytest

from middlebench.errors import GeneratorError
from middlebench.loadgens.softgen import Softgen
from middlebench.testbeds.sandbox import Sandbox

EAL = ["--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "--log-level=*:error", "-m", "128"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "x", "--rate-pps", "0"], "--rate-pps: 0; allowed: a number from 1 to 1e+09"),
        (["--out", "x", "--frame-size", "63"], "--frame-size: 63; allowed: a whole number"),
        (["--out", "x", "--frame-size", "64.5"], "--frame-size: 64.5; allowed: a whole number"),
        (["--out", "x", "--flows", "many"], "--flows: many; allowed"),
        (["--out", "x", "--order", "sorted"], "--order: sorted; allowed: round_robin, random"),
        (["--out", "x", "--protocol", "sctp"], "--protocol: sctp; allowed: udp, tcp"),
        (["--out", "x", "--speed", "9"], "unknown option or missing value: --speed"),
        (["--rate-pps", "1000"], "--out is missing"),
        (["--out", "x"], "--rate-pps is missing"),
        (["--out", "x", "--rate-pps", "1000", "y"], "unexpected argument: y"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_1(binary, options, said):
    """Before any port is opened: what, where, what is allowed."""
    run = subprocess.run([binary, "--", *options], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("softgen: ")
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_help_names_every_option(binary):
    """Status 0, and a default behind each option that has one."""
    run = subprocess.run([binary, "--", "--help"], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    for option in ("--out", "--rate-pps", "--max-windows", "--exchange", "--gate", "--then"):
        assert option in run.stdout


def run_softgen(binary, devices, options):
    """Run in a sandbox; (status, stderr, result file's text or None)."""
    cpu = max(os.sched_getaffinity(0))
    words = [str(binary), "-l", str(cpu), *EAL, *(f"--vdev={device}" for device in devices)]
    command = " ".join([*words, "--", "--out", "/run/middlebench/r", *options])
    with Sandbox() as sandbox:
        said = sandbox.run(f"timeout 30 {command} 2>&1; echo status $?").stdout
        result = sandbox.run("cat /run/middlebench/r 2> /dev/null || :").stdout
    text, _, status = said.rpartition("status ")
    return int(status), text, result or None


def test_one_port_is_not_enough(binary):
    """Two are needed, inside first."""
    status, said, result = run_softgen(binary, ["net_null0"], ["--rate-pps", "1000"])
    assert status == 2
    assert "1 DPDK ports; needed: 2" in said
    assert result is None


def test_no_frame_coming_through_is_a_fault(binary):
    """A port that swallows everything: status 3 and no result file."""
    options = ["--rate-pps", "1000", "--ready-ms", "50"]
    status, said, result = run_softgen(binary, ["net_null0", "net_null1"], options)
    assert status == 3
    assert "no frame came through in 50 ms" in said
    assert result is None


@pytest.fixture
def loopback_result(binary):
    """One trial between two AF_PACKET ports on the ends of one veth pair: no DUT at all."""
    cpu = max(os.sched_getaffinity(0))
    devices = "--vdev=net_af_packet0,iface=v0 --vdev=net_af_packet1,iface=v1"
    options = "--rate-pps 5000 --frame-size 200 --flows 7 --window-ms 200 --warmup-ms 20"
    command = (
        "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "
        f"timeout 30 {binary} -l {cpu} {' '.join(EAL)} {devices} -- {options} "
        "--out /run/middlebench/r && cat /run/middlebench/r"
    )
    with Sandbox() as sandbox:
        return json.loads(sandbox.run(command).stdout)


def test_it_runs_on_kernel_interfaces_too(loopback_result):
    """Ports are EAL devices: on a veth pair all frames of a slow load come back, each once."""
    raw = loopback_result["raw"]
    assert raw["duration_s"] == pytest.approx(0.2, abs=0.01)
    assert raw["offered"] == pytest.approx(1000, abs=2)
    assert raw["received"] == raw["sent"] > 0
    assert raw["duplicated"] == 0
    assert loopback_result["learned_flows"] == 7


WAITING = [f"net_virtio_user{port},path=/run/middlebench/{port},server=1" for port in range(2)]
"""Ports that DPDK opens when a switch has connected, however long that takes."""


def test_it_ends_when_its_time_is_over(binary):
    """Even while DPDK waits for a switch that never comes: status 6, and a line that says so."""
    devices = [f"'{device}'" for device in WAITING]
    status, said, result = run_softgen(binary, devices, ["--rate-pps", "1000", "--limit-s", "1"])
    assert status == 6
    assert said.splitlines()[-1] == "softgen: not done within 1 s"
    assert result is None


def test_it_ends_when_the_dut_cannot_be_attached(binary):
    """$GENERATOR is the program itself, so nothing stands between it and its end."""
    attach = """
    for try in $(seq 1000); do
        grep -q softgen /proc/$GENERATOR/comm && { touch /run/middlebench/seen; exit 1; }
        sleep 0.01
    done
    """
    with Sandbox() as sandbox:
        generator = Softgen(sandbox, binary, max(os.sched_getaffinity(0)), WAITING, attach)
        with pytest.raises(GeneratorError):
            generator.exchange([(0, bytes(60))])
        sandbox.run("test -e /run/middlebench/seen")
