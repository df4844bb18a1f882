"""Whatever is stopped or killed under a trial, the job ends within its own limit, and says why."""

import contextlib
import os
import re
import signal
import threading
from pathlib import Path

import psutil
import pytest

from marked import CLEAN_WITHIN_S, wait_for
from middlebench.duts.ovs import switch as open_vswitch
from middlebench.errors import DutError, GeneratorError, SandboxError
from middlebench.loadgens import softgen
from middlebench.measuring.point import measure_point

LIMIT_S = 6
"""Time [s] after which softgen ends itself here; what it is asked for takes 2 s."""

CELL = {
    "testbed": "sandbox",
    "dut": "ovs-dpdk",
    "function": "nat",
    "frame_size": 64,
    "flows": 10,
    "rate_mbit": 20,
    "repetition": 1,
}
SHORT = {"warmup_ms": 50, "window_ms": 1000, "max_windows": 1}


def below(name):
    """The first process below this one that runs a program whose name begins so."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name().startswith(name):
                return process
    return None


def learned():
    """Have the flows of the trial been learned, so that the window follows?"""
    generator = below("softgen")
    noted = generator and Path(f"/proc/{generator.pid}/root/run/middlebench/learned")
    with contextlib.suppress(OSError):
        return noted and noted.stat().st_size > 0
    return False


def strike(name, *signals):
    """Signal the process of that name once the window begins."""
    wait_for(learned, 30, "the window")
    process = below(name)
    for number in signals:
        os.kill(process.pid, number)
        if number == signal.SIGSTOP:
            wait_for(lambda: process.status() == psutil.STATUS_STOPPED, 5, "a stopped process")


@pytest.fixture
def measured(parts, settings, calibration, monkeypatch):
    """`measured(name, *signals)`: a NAT point under which a process is signalled."""
    monkeypatch.setattr(softgen, "longest_s", lambda *_: LIMIT_S)
    monkeypatch.setattr(softgen, "MARGIN_S", 4)
    monkeypatch.setattr(open_vswitch, "ANSWER_S", 1)
    chosen = settings | {"durations": settings["durations"] | SHORT}

    def measure(name, *signals):
        thread = threading.Thread(target=strike, args=(name, *signals))
        thread.start()
        try:
            return measure_point(CELL, chosen, parts("nat"), calibration)
        finally:
            thread.join()

    yield measure
    wait_for(lambda: not psutil.Process().children(recursive=True), CLEAN_WITHIN_S, "all ends")


@pytest.mark.tried("hangs")
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("name", "number", "error", "said"),
    [
        ("ovsdb-server", signal.SIGKILL, DutError, "Open vSwitch ended: ovsdb-server was killed"),
        ("ovs-vswitchd", signal.SIGKILL, DutError, "Open vSwitch ended: ovs-vswitchd was killed"),
        ("softgen", signal.SIGKILL, GeneratorError, "softgen: ended by signal 9 (killed)"),
        pytest.param(
            *("softgen", signal.SIGSTOP, GeneratorError),
            "softgen: not done within 10 s, and deaf to",
            marks=pytest.mark.slow,
        ),
        ("cat", signal.SIGKILL, SandboxError, "the sandbox ended (its first process was killed)"),
        ("unshare", signal.SIGKILL, SandboxError, "the sandbox ended"),
    ],
    ids=[
        "ovsdb_server_killed",
        "ovs_vswitchd_killed",
        "softgen_killed",
        "softgen_stopped_for_good",
        "first_process_of_the_sandbox_killed",
        "holder_of_the_sandbox_killed",
    ],
)
def test_a_process_lost_in_the_window_ends_the_job(measured, name, number, error, said):
    """One line names the process, and nothing is left."""
    with pytest.raises(error, match=f"^{re.escape(said)}"):
        measured(name, number)


@pytest.mark.tried("hangs")
@pytest.mark.timeout(60)
def test_ovs_vswitchd_stopped_in_the_window_is_a_record(measured):
    """It says that Open vSwitch does not answer, and has what softgen counted."""
    record = measured("ovs-vswitchd", signal.SIGSTOP)
    assert record["verdict"]["name"] in ("failed", "stalled")
    assert record["state"]["fault"] == "Open vSwitch does not answer within 1 s"
    assert record["state"]["found_after_window"] is None
    assert record["raw"]["offered"] > record["raw"]["received"]


@pytest.mark.tried("hangs")
@pytest.mark.timeout(60)
def test_softgen_stopped_and_continued_is_a_record(measured):
    """Nothing that waits for it stays stopped."""
    assert measured("softgen", signal.SIGSTOP, signal.SIGCONT)["state"]["found_after_window"] == 10
