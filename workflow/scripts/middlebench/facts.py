"""What a record says about where and with what it was measured."""

import hashlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from middlebench.assembly import Assembly


def generator_facts(binary: Path, result: dict[str, Any]) -> dict[str, str]:
    """Name, DPDK version and hash of the generator that made a result."""
    return {
        "name": "softgen",
        "dpdk": result["dpdk"],
        "sha256": hashlib.sha256(binary.read_bytes()).hexdigest(),
    }


def host_facts(made: Assembly) -> dict[str, Any]:
    """Kernel, CPU model, CPUs of this process, and those that DUT and generator poll on."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return {
        "kernel": platform.release(),
        "cpu": model,
        "cpus": len(os.sched_getaffinity(0)),
        "dut_cpu": made.dut_cpu,
        "generator_cpu": made.generator_cpu,
    }


def now() -> str:
    """UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
