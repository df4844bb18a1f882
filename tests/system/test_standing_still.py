"""DUTs that stand still, or hang: what is gated away as the machine's silence is bounded."""

import time

import pytest
from test_point import LOW_MBIT, identity

from middlebench.duts.interface import FOLDER, Counted
from middlebench.duts.ovs.sandbox import OvsDpdk
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point

BUCKET = {"capacity_pps": 1_000_000, "queue_packets": 256, "bucket_packets": 32, "seed": 1}
"""Ten times the load: it loses nothing unless it stands still."""

STATES = {"busy_dut": 10**6, "busy_generator": 10**6, "far": 0}
STATES |= {"core_dut_mhz": 2900.0, "core_generator_mhz": 2900.0}
"""As a calibration tells them apart: here every sibling counts as idle."""

FROZEN = "sleep 0.2; while kill -0 $p; do kill -STOP $p; sleep 0.3; kill -CONT $p; sleep 0.2; done"
FROZEN_ONCE = "sleep 0.2; kill -STOP $p; sleep 1; kill -CONT $p"
HANGS = "sleep 0.2; kill -STOP $p"

MANY_FLOWS = 200_000
"""They take a second a pass to be learned."""

LEARNING = "ovs-ofctl dump-ports br0 1 | grep -Eq 'rx pkts=[0-9]{5}'"
HANGS_WHILE_LEARNING = f"until {LEARNING}; do sleep 0.01; done; kill -STOP $p"


def beside(command):
    """The same in the background, with the switch's process as $p."""
    begin = f"cd {FOLDER}; export OVS_RUNDIR={FOLDER}; p=$(cat vswitchd.pid)"
    return f"({begin}; {command}) > /dev/null 2>&1 &"


@pytest.fixture
def measure(monkeypatch, parts, settings, calibration):
    """`measure(then)`: a point of a switch to which the shell command does something.

    That begins when the flows are learned; or when the ports are there, and then with more flows.
    """
    # a switch that hangs cannot be asked
    monkeypatch.setattr(OvsDpdk, "counting_command", ":")
    monkeypatch.setattr(OvsDpdk, "counted", lambda _: Counted(0, 0, {}))

    def start(then, learning=False):
        monkeypatch.setattr(OvsDpdk, "learned_command", ":" if learning else beside(then))
        if learning:
            attached = OvsDpdk.attachment.fget
            planted = property(lambda dut: (attached(dut)[0], f"{attached(dut)[1]}{beside(then)}"))
            monkeypatch.setattr(OvsDpdk, "attachment", planted)
        cell = identity("forward", MANY_FLOWS if learning else 10, LOW_MBIT)
        return measure_point(cell, settings, parts("forward"), calibration)

    return start


@pytest.mark.tried("lies")
@pytest.mark.parametrize(("stops", "longest_ms"), [(FROZEN, 200), (FROZEN_ONCE, 500)])
def test_a_dut_frozen_for_long_is_judged_by_that_time_too(measure, stops, longest_ms):
    """Frozen for 300 ms of every 500, or once for a second: its loss counts, and it is named."""
    point = measure(stops)
    assert point["raw"]["loss_ratio"] > 0.1
    assert point["disturbance"]["dut_stops"]["max_us"] > longest_ms * 1000
    # on a machine that leaves no clean time at all it is disturbed, as any point is there
    assert point["verdict"]["name"] in ("overloaded", "disturbed")
    if point["verdict"]["name"] == "overloaded":
        assert "the DUT stood still" in point["verdict"]["reason"]
        assert point["gated"]["loss_ratio"] > 0.1


@pytest.mark.tried("lies")
def test_a_dut_silent_most_of_the_time_is_named(program, binary, settings, calibration):
    """Stops of 4 to 8 ms as a machine makes them, but in the DUT alone: `disturbed`, by the DUT."""
    cell = identity("forward", 10, LOW_MBIT) | {"dut": "token-bucket"}
    chosen = settings | {"dut": BUCKET | {"pause_share": 0.7}}
    made = Parts("token-bucket", "forward", program, binary)
    point = measure_point(cell, chosen, made, calibration)
    assert point["disturbance"]["dut_stops"]["count"] == 0
    assert point["verdict"]["name"] == "disturbed"
    gaps = point["disturbance"]["generator_gaps"]["total_us"] / 1e6 / point["raw"]["duration_s"]
    if gaps < 0.2:  # else this machine itself stands still for so long that it may have been that
        assert "the DUT was silent" in point["verdict"]["reason"]
        assert "the generator's own core stood still" in point["verdict"]["reason"]


@pytest.mark.tried("lies")
@pytest.mark.parametrize(("asleep", "how"), [(0, "busy"), (1, "asleep")])
def test_short_stops_of_the_dut_itself_are_judged_where_a_witness_tells(
    program, binary, settings, calibration, asleep, how
):
    """The same stops, and a probe on the DUT's CPU that was awake meanwhile."""
    cell = identity("forward", 10, LOW_MBIT) | {"dut": "token-bucket"}
    pauses = {"pause_share": 0.3, "pause_asleep": asleep}
    chosen = settings | {"dut": BUCKET | pauses}
    known = calibration | {"machine": STATES}
    made = Parts("token-bucket", "forward", program, binary)
    point = measure_point(cell, chosen, made, known)
    silences = point["machine"]["silences"]
    assert silences[how]["count"] > 1
    assert max(("busy", "asleep", "stopped"), key=lambda own: silences[own]["total_us"]) == how
    assert point["verdict"]["name"] in ("overloaded", "disturbed")
    if point["verdict"]["name"] == "overloaded":
        assert "the DUT stood still" in point["verdict"]["reason"]
        assert how in point["verdict"]["reason"]


@pytest.mark.tried("hangs")
def test_a_dut_that_hangs_under_load_is_stalled(measure):
    """Its queue is full and stays so: it is asked again every millisecond, and takes nothing."""
    point = measure(HANGS)
    assert point["stall"]["probes_sent"] == point["stall"]["probes_received"] == 0
    assert point["stall"]["probes_refused"] > 10
    assert point["raw"]["received"] > 0
    assert point["verdict"]["name"] == "stalled"
    assert "took nothing for 100 ms after the load was over" in point["verdict"]["reason"]


@pytest.mark.tried("hangs")
def test_a_dut_that_hangs_while_flows_are_learned_is_stalled_within_seconds(measure):
    """Learning ends a second after it last took a frame."""
    begin = time.monotonic()
    point = measure(HANGS_WHILE_LEARNING, learning=True)
    assert time.monotonic() - begin < 20
    assert point["state"]["learned_flows"] < MANY_FLOWS
    assert point["raw"]["received"] == 0
    assert point["verdict"]["name"] == "stalled"
    assert "took nothing for 100 ms after the load was over" in point["verdict"]["reason"]
