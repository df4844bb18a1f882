"""What the switch says about its cycles: real outputs, and texts made of them."""

import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.duts.ovs.pmd_perf import LOOKUPS, parse

GOLDEN = Path(__file__).parents[1] / "golden"

THREAD = """
pmd thread numa_id 0 core_id {core}:

  Iterations:              1710395  (0.31 us/it)
  - Used TSC cycles:    {used:10d}  ( 98.6 % of total cycles)
  - idle iterations:       1410396  ({idle:5.1f} % of used cycles)
  - busy iterations:        299999  ( 68.0 % of used cycles)
  - sleep iterations:            0  (  0.0 % of iterations)
  Sleep time (us):               0  (  0 us/iteration avg.)
  Rx packets:           {packets:10d}  (605 Kpps, {cost} cycles/pkt)
  Datapath passes:      {packets:10d}  (1.00 passes/pkt)
  - Simple Match hits:           0  (  0.0 %)
  - EMC hits:           {packets:10d}  ( 97.4 %)
  - Megaflow hits:               0  (  0.0 %, 1.55 subtbl lookups/hit)
  - Upcalls:                     0  (  0.0 %, 0.0 us/upcall)

   ms             iterations   cycles/it    Kpps         cycles/pkt   pkts/batch
{rows}
"""
ROW = "   {ms:<15d}8123         287          {kpps:<13d}{cost:<13d}" + 4 * "1            "

COUNT = st.integers(0, 2**40)
THREADS = st.lists(
    st.tuples(COUNT, st.integers(1, 10**5), st.integers(1, 2**45), st.integers(0, 1000)),
    min_size=1,
    max_size=3,
)
COSTS = st.lists(st.integers(0, 10**6), max_size=30)


def test_a_loaded_switch():
    """A NAT under load: every packet takes two lookups, and the milliseconds have a middle."""
    found = parse((GOLDEN / "pmd_perf_load.txt").read_text(encoding="utf-8"))
    assert found["packets"] == 433487
    assert found["used_cycles"] == 5269831682
    assert found["idle_share"] == 0.509
    assert found["cycles_per_packet"] == 5963
    assert found["passes"] == sum(found["lookups"].values()) == 2 * found["packets"]
    middle = found["milliseconds"]
    assert 0 < middle["p25"] <= middle["p50"] <= middle["p75"] < found["cycles_per_packet"]


def test_an_idle_switch():
    """Without a packet there is a count of 0 and no cost of one."""
    found = parse((GOLDEN / "pmd_perf_idle.txt").read_text(encoding="utf-8"))
    assert found["packets"] == found["passes"] == 0
    assert found["idle_share"] == 1
    assert found["cycles_per_packet"] is found["milliseconds"] is None
    assert found["lookups"] == dict.fromkeys(LOOKUPS, 0)


@given(THREADS, COSTS)
def test_what_is_printed_is_found(threads, costs):
    """Counters of all threads add up; milliseconds without packets do not count."""
    rows = "\n".join(
        ROW.format(ms=28146344 - number, kpps=0, cost=cost) for number, cost in enumerate(costs)
    )
    text = "Time: 05:40:12.956\nMeasurement duration: 0.541 s\n" + "".join(
        THREAD.format(core=core, packets=p, cost=c, used=u, idle=i / 10, rows=rows)
        for core, (p, c, u, i) in enumerate(threads)
    )
    found = parse(text)
    packets = sum(of[0] for of in threads)
    assert (found["packets"], found["used_cycles"]) == (packets, sum(of[2] for of in threads))
    assert 0 <= found["idle_share"] <= 1
    if packets:
        costs_of = [of[1] for of in threads if of[0]]
        assert min(costs_of) - 0.01 <= found["cycles_per_packet"] <= max(costs_of) + 0.01
    known = [cost for cost in costs for _ in threads if cost]
    if len(known) > 1:
        assert found["milliseconds"]["count"] == len(known)
        assert found["milliseconds"]["p50"] == statistics.median(known)
    else:
        assert found["milliseconds"] is None


@pytest.mark.parametrize("text", ["", "pmd thread numa_id 0 core_id 0:\n", "no such command\n"])
def test_a_text_without_counters_gives_none(text):
    """A switch that says nothing leaves the section of the record null."""
    assert parse(text) is None


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    """Whatever it is: counters or None."""
    parse(text)


@pytest.mark.tried("lies")
def test_cycles_of_a_switch_that_stood_still_wrap():
    """Fewer than none since they were cleared, printed as nearly 2^64: they are not taken."""
    wrapped = {"core": 0, "idle": 1.0, "packets": 5, "cost": 9, "rows": ""}
    assert parse(THREAD.format(used=18446744072632545824, **wrapped)) is None
    assert parse(THREAD.format(used=2**45, **wrapped))["used_cycles"] == 2**45
