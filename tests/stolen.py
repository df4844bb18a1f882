"""A CPU that is taken away as a hypervisor does it: by a real-time process, from everyone on it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

THIEF = """
import os, random, sys, time
cpu, share, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
os.sched_setaffinity(0, {cpu})
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
print("ready", flush=True)
draw, over = random.Random(1), time.monotonic() + seconds
while time.monotonic() < over:
    end = time.monotonic() + draw.uniform(0.004, 0.008)
    while time.monotonic() < end:
        pass
    time.sleep(draw.expovariate(share / (1 - share) / 0.006))
"""
COMPETITOR = """
import os, sys, time
os.sched_setaffinity(0, {int(sys.argv[1])})
print("ready", flush=True)
over = time.monotonic() + float(sys.argv[3])
while time.monotonic() < over:
    pass
"""


def may_steal() -> bool:
    """May this process have real-time ones?"""
    before = os.sched_getscheduler(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except PermissionError:
        return False
    os.sched_setscheduler(0, before, os.sched_param(0))
    return True


@contextmanager
def _beside(program: str, cpu: int, share: float, seconds: float) -> Iterator[None]:
    arguments = (sys.executable, "-c", program, str(cpu), str(share), str(seconds))
    # another session, as another user's program has: the kernel shares out time by sessions
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


@contextmanager
def stolen(cpu: int, share: float = 0.3, seconds: float = 120) -> Iterator[None]:
    """Taken for 4 to 8 ms at a time, this share of the time; ends by itself after `seconds`."""
    if not may_steal():
        pytest.skip("real-time scheduling is not permitted")
    with _beside(THIEF, cpu, share, seconds):
        yield


@contextmanager
def competing(cpu: int, seconds: float = 120) -> Iterator[None]:
    """Wanted by a process that never rests; ends by itself after `seconds`."""
    with _beside(COMPETITOR, cpu, 0, seconds):
        yield
