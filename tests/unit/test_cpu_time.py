"""What a packet takes of a kernel DUT's CPU."""

import pytest

from middlebench.analysis.cost import cost_table
from middlebench.duts.interface import Counted, CpuTime
from middlebench.duts.linux.cpu_time import cpu_time, noted
from middlebench.figures.cost.words import footer
from middlebench.measuring.point import _switch_cycles
from middlebench.records import rules
from middlebench.records.table import table_of
from records import make_record

BEFORE = """\
100 0 50 900 0 0 30 0 0 0
 6400 100 0 0 0 0 0 0 0 0 0 0 0 0 0 0
"""
AFTER = """\
110 0 60 920 0 0 70 0 9 0
 6400000 100100 0 20000 0 0 0 0 0 0 0 0 0 0 0 0
"""


def test_time_in_softirqs_between_two_notes():
    """0.4 s of 0.8 s (a guest's are the user's), for 100000 frames less 20000 turned away."""
    assert cpu_time(BEFORE + AFTER) == CpuTime(0.4, 0.8, 80_000)


@pytest.mark.parametrize("said", ["", BEFORE, BEFORE + BEFORE, BEFORE + AFTER.splitlines()[0]])
def test_notes_that_are_not_whole_say_nothing(said):
    """As where nothing was noted, or no time passed."""
    assert cpu_time(said) is None


def test_each_cpu_and_the_loaded_port_are_noted():
    """No other CPU whose number begins so."""
    command = noted(1, "cpu_learned")
    assert "s/^cpu1 *//p" in command
    assert "s/^ *inside: *//p" in command
    assert command.endswith("> /run/middlebench/cpu_learned")


def test_it_is_told_in_cycles_and_stands_in_the_tables():
    """5 us a packet are 10000 cycles of 2 GHz; the CPU did nothing for half of the time."""
    counted = Counted(None, None, {}, cpu=CpuTime(0.4, 0.8, 80_000))
    record = make_record()
    record["switch_cycles"] = _switch_cycles(counted, {"tsc_hz": 2e9}, virtual=True)
    assert rules._switch_cycles(record) is None
    row = table_of([(record, "x")]).iloc[0]
    assert (row["switch_cycles_per_packet"], row["switch_idle_share"]) == (10_000, 0.5)
    nothing = Counted(None, None, {}, cpu=CpuTime(0.0, 0.8, 0))
    record["switch_cycles"] = _switch_cycles(nothing, {"tsc_hz": 2e9}, virtual=True)
    assert rules._switch_cycles(record) is None
    assert record["switch_cycles"]["cycles_per_packet"] is None


def worked(function, us, **about):
    """A trial at 200 Mbit/s of 64 B frames in which each packet took so long of the CPU."""
    record = make_record(dut="linux", function=function, rate_mbit=200, **about)
    counted = Counted(None, None, {}, cpu=CpuTime(us * 0.1, 0.8, 100_000))
    record["switch_cycles"] = _switch_cycles(counted, {"tsc_hz": 2e9}, virtual=True)
    return record


def test_the_ladder_of_the_kernel_is_told_apart_by_cpu_time():
    """All four functions carry all that was offered, so that rates tell nothing."""
    rungs = {"forward": 1.0, "stateless_firewall": 1.2, "firewall": 2.0, "nat": 2.5}
    records = [worked(name, us, repetition=n) for name, us in rungs.items() for n in (1, 2)]
    points = table_of((record, str(at)) for at, record in enumerate(records))
    table = cost_table(points, 0.005, 0.25)
    cost = table.set_index(["kind", "name"])["counter_ns"]
    assert list(cost["rung"]) == pytest.approx([1000, 1200, 2000, 2500])
    assert list(cost["component"]) == pytest.approx([1000, 200, 800, 500])
    assert "Busy cycles of linux: its CPU's time in softirqs." in footer(table)
    assert not any("softirqs" in line for line in footer(table.assign(dut="ovs-dpdk")))
