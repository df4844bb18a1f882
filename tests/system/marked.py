"""Processes of a test that can be told from all others."""

import contextlib

import psutil

CLEAN_WITHIN_S = 5
"""How long a process may need to end once nobody wants it."""


class Marked:
    """Processes that can be told from all others: each has `word` in its command line."""

    def __init__(self, word):
        self.word = word
        self.sleep = f"sleep 600.{word}"

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
