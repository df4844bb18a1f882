"""Stand-ins for mOS's programs, and a place to run them at."""

import subprocess
import threading
import time
from pathlib import Path

from middlebench.errors import CommandError, TimeLimitError

# As core.c:318 and :337 print them, a number of its own in file `flows`.
RUNNING = """#!/bin/sh
echo "$@" > arguments
while :; do
  echo '[ ALL ] dpdk0, RX:       0(pps) (err:     0),  0.00(Gbps), TX: 0(pps),  0.00(Gbps)' >&2
  printf '[ ALL ] flows: %6u\\n' $(cat flows 2> /dev/null || echo 0) >&2
  cat full >&2 2> /dev/null
  sleep 0.05
done
"""
# tcp_stream.c:442, by TRACE_ERROR of debug.h
FULL = (
    "[CreateTCPStream: 442] Cannot allocate memory for the stream. "
    "g_config.mos->max_concurrency: 20, concurrent: 20"
)
SILENT = RUNNING.replace("while :; do", "for once in 1; do") + "exec sleep 60\n"
MEMORY = "#!/bin/sh\necho 'EAL: Detected 8 lcore(s)'\necho 'Cannot init mbuf pool' >&2\nexit 1\n"


class Folder:
    """A place as a DUT has it: commands run by a shell, in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self._begun: list[subprocess.Popen] = []

    def run(self, command, poll_s=0.01, limit_s=60):
        """Run it; CommandError with its last line, or that its time is over."""
        limited = ["timeout", str(limit_s), "sh", "-c", command]
        done = subprocess.run(limited, capture_output=True, text=True, check=False)
        if done.returncode == 124:
            raise TimeLimitError("late")
        if done.returncode:
            raise CommandError((done.stderr or done.stdout).strip().splitlines()[-1])
        return done

    def start(self, command, poll_s=0.01):
        """Begin it."""
        self._begun.append(subprocess.Popen(["sh", "-euc", command], start_new_session=True))

    def path(self, file):
        """A file of this machine."""
        return str(file)

    def tree(self, folder):
        """Installations are where they are."""
        return str(folder)

    def end(self):
        """What still runs at the end of a test: a DUT's own end should leave nothing."""
        for begun in self._begun:
            begun.kill()
            begun.wait()

    def left(self):
        """How many did not end within a second."""
        timers = [threading.Timer(1, begun.kill) for begun in self._begun]
        for timer in timers:
            timer.start()
        begun_at = time.monotonic()
        for begun in self._begun:
            begun.wait()
        for timer in timers:
            timer.cancel()
        return time.monotonic() - begun_at >= 1
