"""The measuring pipeline against forwarders whose behaviour is known: a token bucket, testpmd."""

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from middlebench.duts import vhost_programs
from middlebench.duts.vhost_programs import TokenBucket
from middlebench.errors import DutError
from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.softgen import Softgen
from middlebench.records import record
from middlebench.testbeds.sandbox import Sandbox
from middlebench.units import rate_mbit

FRAME_SIZE = 64
FLOWS = 10
CLEAN_S = 0.03
TRIES = 3
# A short queue: the guards around a pause are longer than it takes to drain.
LIMITS = {
    "capacity_pps": 500_000,
    "queue_packets": 256,
    "bucket_packets": 32,
    "delay_us": 0,
    "pause_share": 0,
    "seed": 1,
}
PAUSES = {"pause_share": 0.3}


@contextmanager
def running(dut_class, dut_settings, program, binary):
    """(DUT, generator) in a sandbox of their own."""
    dut_cpu, generator_cpu = choose_cpus()
    with Sandbox() as sandbox, dut_class(sandbox, dut_settings, "forward", program, dut_cpu) as dut:
        yield dut, Softgen(sandbox, binary, generator_cpu, *dut.attachment)


@pytest.fixture(scope="module")
def trial(program, binary, settings):
    """(raw, gated) of load at `load` times the capacity, with CLEAN_S gated at least.

    A shared machine may leave too little clean time: then it is tried again.
    """
    durations = {"window_ms": 3000 * CLEAN_S, "max_windows": 30}
    chosen = settings | {"durations": settings["durations"] | durations}

    def measure(load, **limits):
        limits = LIMITS | limits
        rate = rate_mbit(load * limits["capacity_pps"], FRAME_SIZE)
        for _ in range(TRIES):
            with running(TokenBucket, limits, program, binary) as (_, generator):
                result = generator.run_trial(rate, FRAME_SIZE, FLOWS, chosen, run_id=1)
            if result["gated"]["duration_s"] >= CLEAN_S:
                return [record.tally(result, name, virtual=True) for name in ("raw", "gated")]
        return pytest.skip(f"less than {CLEAN_S} s of clean time in {TRIES} trials")

    return measure


def test_below_its_capacity_the_delay_is_what_was_set(trial):
    """No loss in clean time, and the median latency grows by the delay."""
    delay_us = 100
    _, without = trial(0.5)
    _, delayed = trial(0.5, delay_us=delay_us)
    assert without["lost"] == delayed["lost"] == 0
    grown_ns = delayed["latency"]["p50_ns"] - without["latency"]["p50_ns"]
    assert grown_ns == pytest.approx(delay_us * 1000, rel=0.05)
    assert delayed["latency"]["min_ns"] >= delay_us * 1000 * 0.999


@pytest.mark.parametrize("capacity_pps", [200_000, 500_000, 1_000_000])
def test_above_its_capacity_the_received_rate_is_the_capacity(trial, capacity_pps):
    """Tokens limit; what finds no room in the queue is dropped there, not refused by the port."""
    _, gated = trial(1.5, capacity_pps=capacity_pps)
    assert gated["received_pps"] == pytest.approx(capacity_pps, rel=0.05)
    assert gated["loss_ratio"] == pytest.approx(1 - 1 / 1.5, abs=0.04)
    assert gated["refused"] <= 0.005 * gated["offered"]


def test_pauses_lose_frames_that_gating_leaves_out(trial):
    """The program stands still for 4 to 8 ms at a time: raw loss is large, gated loss is none."""
    raw, gated = trial(0.9, **PAUSES)
    assert raw["loss_ratio"] > 0.05
    assert gated["loss_ratio"] <= 0.005
    assert gated["received_pps"] == pytest.approx(0.9 * LIMITS["capacity_pps"], rel=0.01)


def test_the_capacity_is_found_through_pauses(trial):
    """Raw, the received rate lacks the pauses' share at least; gated, it is the capacity."""
    raw, gated = trial(1.5, **PAUSES)
    assert raw["received_pps"] < 0.9 * LIMITS["capacity_pps"]
    assert gated["received_pps"] == pytest.approx(LIMITS["capacity_pps"], rel=0.05)


def test_it_counts_what_the_generator_counts(program, binary, settings):
    """Generators come and go: counters go on, and agree with the sum of both trials."""
    chosen = settings | {"durations": settings["durations"] | {"max_windows": 1}}
    rate = rate_mbit(2 * LIMITS["capacity_pps"], FRAME_SIZE)
    with running(TokenBucket, LIMITS, program, binary) as (dut, generator):
        results = [
            generator.run_trial(
                *(rate, FRAME_SIZE, FLOWS, chosen), run_id=number, then=dut.counting_command
            )
            for number in (1, 2)
        ]
        counted = dut.counted()
    frames = counted.frames
    assert frames["inside_rx"] == sum(result["sent_total"] for result in results)
    assert frames["outside_tx"] == sum(result["received_total"] for result in results)
    lost = frames["inside_rx"] - frames["outside_tx"]
    assert frames["inside_rx_drop"] + frames["outside_tx_drop"] == lost > 0
    assert frames["outside_rx"] == frames["inside_tx"] == 0
    assert counted[:2] == (0, 0) == (dut.expected_entries(FLOWS),) * 2


def frames_of(port):
    """A UDP and an ARP frame for one port, different for each."""
    ends = {"src": f"02:00:00:00:00:0{port + 1}", "dst": "ff:ff:ff:ff:ff:ff"}
    udp = Ether(**ends) / IP(src="10.0.0.1", dst="198.18.0.1") / UDP() / Raw(bytes(18))
    arp = Ether(**ends) / ARP(op=1, psrc="10.0.0.1", pdst="198.18.0.1") / Raw(bytes(18))
    return [(port, bytes(udp)), (port, bytes(arp))]


@pytest.mark.parametrize("name", ["testpmd", "token bucket"])
def test_all_frames_pass_both_ways_and_for_a_second_generator(name, program, binary):
    """What goes into one port comes out of the other, as it was."""
    chosen = (TokenBucket, LIMITS, program)
    if name == "testpmd":
        chosen = (vhost_programs.Testpmd, {}, Path(shutil.which("dpdk-testpmd")))
    frames = frames_of(0) + frames_of(1)
    expected = {(1 - port, frame) for port, frame in frames}
    with running(*chosen, binary) as (dut, generator):
        for _ in range(2):
            assert set(generator.exchange(frames)) == expected
        facts = dut.facts()
    assert facts["name"].endswith(name)
    assert facts["version"].startswith("DPDK " if name == "testpmd" else tuple("0123456789abcdef"))


def test_one_follows_the_other_in_one_sandbox(program, binary):
    """Each is gone at its end, sockets included."""
    cpu, generator_cpu = choose_cpus()
    with Sandbox() as sandbox:
        for _ in range(2):
            with TokenBucket(sandbox, LIMITS, "forward", program, cpu) as dut:
                generator = Softgen(sandbox, binary, generator_cpu, *dut.attachment)
                assert generator.exchange(frames_of(0))
            assert "token_bucket" not in sandbox.run("cat /proc/[0-9]*/comm").stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "--capacity-pps is missing"),
        ("--capacity-pps 0", "--capacity-pps: 0; allowed: a number from 1 to 1e+09"),
        ("--capacity-pps 1e6 --queue-packets 31", "--queue-packets: 31; allowed: a whole number"),
        ("--capacity-pps 1e6 --delay-us 1e5", "--queue-packets + capacity * delay: 101024"),
        ("--capacity-pps 1e6 --pause-share 1", "--pause-share: 1; allowed: a number from 0 to 0.9"),
        ("--capacity-pps 1e6 --pause-low-ms 9", "--pause-low-ms: 9; allowed: up to"),
        ("--capacity-pps 1e6 --speed 9", "unknown option or missing value: --speed"),
        ("--capacity-pps 1e6 y", "unexpected argument: y"),
    ],
)
def test_a_wrong_option_is_one_line_and_status_1(program, options, said):
    """Before any port is opened: what, where, what is allowed."""
    command = [program, "--", *options.split()]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("token_bucket: ")
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_program_that_does_not_start_says_why(program, tmp_path):
    """Its own last line, whichever program it is."""
    wrong = LIMITS | {"pause_share": 2}
    missing = tmp_path / "dpdk-testpmd"
    with Sandbox() as sandbox:
        for dut, why in (
            (TokenBucket(sandbox, wrong, "forward", program, 0), "--pause-share: 2; allowed"),
            (
                vhost_programs.Testpmd(sandbox, {}, "forward", missing, 0),
                "No such file or directory",
            ),
        ):
            with pytest.raises(DutError, match=why), dut:
                pytest.fail("it started")


def test_a_program_without_sockets_is_given_up(tmp_path, monkeypatch):
    """One that runs but never listens."""
    monkeypatch.setattr(vhost_programs, "START_TIMEOUT_S", 1)
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    idle.chmod(0o755)
    with (
        Sandbox() as sandbox,
        pytest.raises(DutError, match="idle does not start: no sockets after 1 s"),
        vhost_programs.Testpmd(sandbox, {}, "forward", idle, 0),
    ):
        pytest.fail("it started")


def test_a_queue_that_is_not_full_yet_flatters_nobody(trial):
    """It takes what is too much for the DUT: nothing is lost, the capacity is told."""
    _, gated = trial(1.04, queue_packets=30_000)
    assert gated["shortfall_ratio"] == pytest.approx(1 - 1 / 1.04, abs=0.01)
    assert gated["loss_ratio"] >= gated["shortfall_ratio"]
    assert gated["arrived_pps"] == pytest.approx(LIMITS["capacity_pps"], rel=0.01)
