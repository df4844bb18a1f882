"""A machine on which other programs want both CPUs: points hold, and say what they say without."""

import statistics
from contextlib import ExitStack

import pytest
import yaml
from test_point import identity

from middlebench.experiment import grid
from middlebench.hosts.cpus import choose_cpus
from middlebench.measuring.calibration import calibrate
from middlebench.measuring.point import measure_point
from middlebench.records.judging import judged_state
from middlebench.records.verdict import VALID_VERDICTS
from stolen import competing
from workspace import REPOSITORY

FLOWS, POINTS, FEW = 100, 10, 3
OVERLOAD_MBIT = 1600


@pytest.fixture(scope="module")
def points(parts, settings, binary):
    """`points(count, *cpus)`: records of overloaded points while these CPUs are wanted."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    chosen = grid.calibration_settings(config, "sandbox", "udp")
    calibration = calibrate("testpmd", 64, FLOWS, chosen, binary)

    def measure(count, *cpus):
        with ExitStack() as stack:
            for cpu in cpus:
                stack.enter_context(competing(cpu))
            cell = identity("nat", FLOWS, OVERLOAD_MBIT)
            nat = parts("nat")
            return [measure_point(cell, settings, nat, calibration) for _ in range(count)]

    return measure


def by_state(records):
    """Packets/s of those that hold, by the state that they were judged in."""
    found = {}
    for record in records:
        if record["verdict"]["name"] in VALID_VERDICTS:
            found.setdefault(judged_state(record), []).append(record["gated"]["received_pps"])
    return found


@pytest.mark.slow
def test_points_hold_beside_a_program_on_each_cpu_and_say_the_same(points):
    """At least 8 of 10, and what the DUT carries in a state is within 3 % of what it is alone."""
    quiet, busy = by_state(points(POINTS)), by_state(points(POINTS, *choose_cpus()))
    assert sum(map(len, busy.values())) >= 0.8 * POINTS
    common = [state for state in busy if min(len(busy[state]), len(quiet.get(state, []))) >= FEW]
    if not common:
        pytest.skip(f"no state in which the machine was both times: {quiet}, {busy}")
    for state in common:
        assert statistics.median(busy[state]) == pytest.approx(
            statistics.median(quiet[state]), rel=0.03
        )
