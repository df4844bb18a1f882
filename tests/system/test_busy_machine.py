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
    chosen = grid.calibration_settings(config, "sandbox", "vhost-user", "udp")
    calibration = calibrate("wire", 64, FLOWS, chosen, binary)
    shipped = grid.measuring_settings(config, "nat_64b")["durations"]
    patient = settings | {"durations": shipped}

    def measure(count, *cpus):
        with ExitStack() as stack:
            for cpu in cpus:
                stack.enter_context(competing(cpu))
            cell = identity("nat", FLOWS, OVERLOAD_MBIT)
            nat = parts("nat")
            return [measure_point(cell, patient, nat, calibration) for _ in range(count)]

    return measure


def held(records):
    """Those that hold."""
    return [record for record in records if record["verdict"]["name"] in VALID_VERDICTS]


def alone(records):
    """Packets a cycle of the core, whatever its clock, of those that hold and were judged alone.

    Beside a busy sibling it matters what that one does.
    """
    return [
        record["gated"]["received_pps"] / record["machine"]["probe"]["dut"]["core_mhz"]
        for record in held(records)
        if judged_state(record) == "alone"
    ]


@pytest.mark.slow
def test_points_hold_beside_a_program_on_each_cpu_and_say_the_same(points):
    """At least 8 of 10, and what the DUT carries alone is within 3 % of what it is without."""
    quiet, busy = points(POINTS), points(POINTS, *choose_cpus())
    assert len(held(busy)) >= 0.8 * POINTS
    if min(len(alone(quiet)), len(alone(busy))) < FEW:
        pytest.skip("the machine gave too few points alone")
    assert statistics.median(alone(busy)) == pytest.approx(
        statistics.median(alone(quiet)), rel=0.03
    )
