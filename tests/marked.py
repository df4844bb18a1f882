"""Processes of a test that can be told from all others, and waiting for their end."""

import contextlib
import time
import uuid

import psutil
import pytest

CLEAN_WITHIN_S = 5
"""How long a process may need to end once nobody wants it."""


def wait_for(condition, timeout_s, what):
    """The first true value of `condition()`; fails the test after `timeout_s`."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"{what}: not within {timeout_s} s")
    return None


def send_to_all(processes, number):
    """A signal to each process that is still there: one may end between the look and the signal."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            process.send_signal(number)


def descendants(process):
    """All processes below one, those of its sandbox included."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def running(processes, name):
    """Is one of them a program of that name?"""
    found = []
    for process in processes:
        try:
            found.append(process.name())
        except psutil.NoSuchProcess:
            continue
    return any(entry.startswith(name) for entry in found)


def alive(processes):
    """Those that still run (a zombie has ended; so has what ends while it is asked)."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


class Marked:
    """Processes that can be told from all others: each has `word` in its command line."""

    def __init__(self):
        self.word = str(uuid.uuid4().int)
        self.sleep = f"sleep 600.{self.word}"

    def found(self):
        """Those that run now."""
        alive = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess):
                if self.word in " ".join(process.cmdline()):
                    alive.append(process)
        return alive

    def asleep(self):
        """The sleeping ones among them."""
        named = []
        for process in self.found():
            with contextlib.suppress(psutil.NoSuchProcess):
                named += [process] if process.name() == "sleep" else []
        return named
