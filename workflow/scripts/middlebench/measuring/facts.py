"""What a record says about where and with what it was measured."""

import os
import platform
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from invoke import Context

from middlebench.hosts.commands import is_remote
from middlebench.hosts.cpus import ALLOWED, cpu_set
from middlebench.measuring.parts import Assembly


def host_facts(made: Assembly) -> dict[str, Any]:
    """Kernel, CPU model, CPUs of a process, and those that DUT and generator poll on.

    The same under `loadgen` where the generator has a host of its own, else None.
    """
    return {
        **_machine(made.host),
        "dut_cpu": made.dut_cpu,
        "generator_cpu": made.generator_cpu,
        "loadgen": _machine(made.loadgen) if made.loadgen else None,
    }


def _machine(host: Context | None) -> dict[str, Any]:
    kernel, cpus, model = _asked(host) if is_remote(host) else _own()
    return {"kernel": kernel, "cpu": model or "unknown", "cpus": cpus}


def _own() -> tuple[str, int, str]:
    """Kernel, number of CPUs and CPU model of this machine."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line for line in lines if line.startswith("model name")), "")
    return platform.release(), len(os.sched_getaffinity(0)), _value(model)


def _asked(host: Context) -> tuple[str, int, str]:
    """The same of another host."""
    kernel, allowed, *model = host.run(
        f"uname -r; grep {ALLOWED} /proc/self/status; grep -m 1 '^model name' /proc/cpuinfo || :"
    ).stdout.splitlines()
    return kernel, len(cpu_set(_value(allowed))), _value("".join(model))


def _value(line: str) -> str:
    return line.partition(":")[2].strip()


def now() -> str:
    """UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def later(start: str, seconds: float) -> str:
    """The time so many seconds after `now()` said `start`, whatever was done to the clock since."""
    after = datetime.fromisoformat(start) + timedelta(seconds=seconds)
    return after.isoformat(timespec="milliseconds")
