"""Whose fault a silence of the DUT was: planted in a token bucket, and told by the witness."""

import os
from contextlib import nullcontext

import pytest
from test_token_bucket import FLOWS, FRAME_SIZE, LIMITS

from middlebench.duts.vhost_programs import PROCESS, TokenBucket
from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.softgen import Softgen
from middlebench.testbeds.sandbox import Sandbox
from middlebench.units import rate_mbit
from stolen import competing, stolen

OWN = ("busy", "asleep", "stopped")
LOAD = 0.5
STOPPING = (
    f"p=$(cat {PROCESS}); (while kill -STOP $p; do sleep 0.006; kill -CONT $p; sleep 0.02; done)"
    " > /dev/null 2>&1 &"
)
FEW, MANY = (2, 0), (20, 1)
"""Trials, and how many of them may be told wrongly: 19 of 20 are to be told."""

PLANTS = {
    "busy": {"pause_share": 0.2},
    "asleep": {"pause_share": 0.2, "pause_asleep": 1},
    "stopped": {},
    "preempted": {},
    "stolen": {},
}
PROGRAMS = ("preempted", "stolen")
TRIES = 4
"""Of a trial, where another program wants the DUT's CPU too: that one says nothing of the plant."""

QUIET = 5
"""Load average of two CPUs with nothing but the DUT, the generator, the probe and the tests."""

ALSO = {"stolen": ("machine", "preempted")}
"""A real-time process is another program that lets nobody in: who steals must not matter."""


@pytest.fixture(scope="module")
def silences(program, binary, settings):
    """`silences(planted)`: a trial's silences by fault, each {count, total_us, max_us}; its stops.

    Of a few trials the first without another program that was not planted, else the last.
    """
    cpu, generator_cpu = choose_cpus()
    looking = {"dut_cpu": cpu, "busy_dut": 10**6, "busy_generator": 10**6, "far": 0}
    durations = settings["durations"] | {"window_ms": 300, "max_windows": 1}
    chosen = settings | {"durations": durations, "probing": looking}
    rate = rate_mbit(LOAD * LIMITS["capacity_pps"], FRAME_SIZE)

    def alone(planted):
        for _ in range(TRIES):
            found, stops = measure(planted)
            if planted in PROGRAMS or not found["preempted"]["count"]:
                break
        return found, stops

    def measure(planted):
        limits = LIMITS | PLANTS.get(planted, {})
        beside = {"preempted": competing, "stolen": stolen}.get(planted, nullcontext)
        then = STOPPING if planted == "stopped" else ":"
        with Sandbox() as sandbox, TokenBucket(sandbox, limits, "forward", program, cpu) as dut:
            generator = Softgen(sandbox, binary, generator_cpu, *dut.attachment)
            with beside(cpu):
                result = generator.run_trial(rate, FRAME_SIZE, FLOWS, chosen, 1, then)
        return result["probe"]["silences"], result["dut_stops"]

    return alone


def told(found, planted):
    """Is what was planted the most of what the witness told?  The machine has stops of its own."""
    kinds = ALSO.get(planted, (planted,))
    others = [kind for kind in found if kind not in (*kinds, "machine", "unseen")]
    most = max(found[kind]["total_us"] for kind in others)
    return sum(found[kind]["total_us"] for kind in kinds) > most


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("trials", "wrong"), [FEW, pytest.param(*MANY, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.parametrize("planted", PLANTS)
def test_what_was_planted_is_told_from_the_others(silences, planted, trials, wrong):
    """A busy pause, sleep, a signal from outside, another program, a CPU that is taken away."""
    seen = [silences(planted) for _ in range(trials)]
    mistold = sum(not told(found, planted) for found, _ in seen)
    if mistold > wrong and os.getloadavg()[0] > QUIET:
        pytest.skip(f"{os.getloadavg()[0]} programs want to run: its plants are not alone")
    assert mistold <= wrong, seen
    if planted in OWN:
        assert sum(not stops["count"] for _, stops in seen) <= wrong


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("trials", "wrong"), [(2, 0), pytest.param(200, 2, marks=pytest.mark.slow)]
)
def test_a_dut_that_never_stops_is_not_accused(silences, trials, wrong):
    """However the machine is disturbed: at most 2 of 200 quiet trials."""
    seen = [silences(None)[0] for _ in range(trials)]
    accused = [found for found in seen if any(found[kind]["count"] for kind in OWN)]
    assert len(accused) <= wrong, accused
