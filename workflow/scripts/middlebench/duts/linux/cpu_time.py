"""What the work of a kernel DUT takes of its CPU: time in softirqs, for how many frames.

/proc/stat counts it a CPU, in 1/100 s.  A hypervisor that stops the CPU meanwhile is not told
from work, so on a shared machine it is too much.
"""

from middlebench.duts.interface import FOLDER, CpuTime
from middlebench.duts.linux.namespace import INSIDE_IT
from middlebench.duts.supplied import PORTS

TICKS_A_SECOND = 100
"""USER_HZ, on every machine that has one of our kernels."""

SOFTIRQ, FIELDS = 6, 8
"""Which of a CPU's times (proc_stat(5)) is that of softirqs, and how many add up to all time."""

_PACKETS, _DROPPED = 1, 3
_TOTAL = 2


def noted(cpu: int, file: str) -> str:
    """Shell command that notes both now, of a CPU and the port of the namespace that is loaded."""
    times = f"sed -n 's/^cpu{cpu} *//p' /proc/stat"
    frames = f"{INSIDE_IT} cat /proc/net/dev | sed -n 's/^ *{PORTS[0]}: *//p'"
    return f"{{ {times}; {frames}; }} > {FOLDER}/{file}"


def cpu_time(said: str) -> CpuTime | None:
    """What lies between two notes, one after the other; None where they are not whole."""
    rows = [[int(field) for field in line.split()] for line in said.splitlines() if line.strip()]
    if len(rows) != 2 * _TOTAL:
        return None
    (times, frames), (later, more) = rows[:_TOTAL], rows[_TOTAL:]
    passed = [after - before for before, after in zip(times, later, strict=True)][:FIELDS]
    taken = [of[_PACKETS] - of[_DROPPED] for of in (frames, more)]
    if not sum(passed):
        return None
    seconds = (count / TICKS_A_SECOND for count in (passed[SOFTIRQ], sum(passed)))
    return CpuTime(*seconds, taken[1] - taken[0])
