"""Which CPUs are taken, and what a process with one CPU is told."""

import os

import pytest

from middlebench.errors import SandboxError
from middlebench.hosts import cpus as pinning


@pytest.mark.parametrize(
    ("cpus", "siblings", "chosen"),
    [
        ([0, 1], [{0}, {1}], (0, 1)),
        ([0, 1], [{0, 1}, {0, 1}], (0, 1)),
        ([0, 1, 2, 3], [{0, 1}, {0, 1}, {2, 3}, {2, 3}], (1, 3)),
        ([0, 1, 2, 3], [{0, 2}, {1, 3}, {0, 2}, {1, 3}], (2, 3)),
        ([4, 7], [{4}, {7}], (4, 7)),
    ],
)
def test_the_last_two_that_share_no_core(cpus, siblings, chosen):
    """The generator gets the last CPU, the DUT the last that is not its sibling, if any."""
    cores = {cpu: frozenset(group) for cpu, group in zip(cpus, siblings, strict=True)}
    assert pinning.pick(cpus, cores) == chosen


def test_one_cpu_is_a_clear_error(monkeypatch):
    """Two loops that poll cannot share a CPU."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    with pytest.raises(SandboxError, match=r"\[3\]; needed: 2"):
        pinning.choose_cpus()
