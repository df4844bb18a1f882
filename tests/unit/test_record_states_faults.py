"""Records of a machine with states that lie: what is judged is what was counted in its states."""

import pytest

from middlebench.records.record import judged_tally
from middlebench.records.verdict import decide
from mutations import edited
from records import make_record
from refusals import put, refusal

pytestmark = pytest.mark.tried("lies")


def of_two_states():
    """Three fifths of the time alone without loss, the rest beside a busy sibling with a fifth."""
    shares = {"idle_idle_near": 0.6, "busy_idle_near": 0.4}
    return make_record(states=shares, losses={"busy_idle_near": 0.2})


def exchanged():
    """The whole record as if the other state had been judged, which had less clean time."""
    record = of_two_states()
    record["machine"] |= {"judged": "shared", "states": ["busy_idle_near"]}
    record["gated"] = judged_tally(record, ["busy_idle_near"])
    record["verdict"] = decide(record, record["settings"]["verdict"])._asdict()
    assert record["verdict"]["name"] == "disturbed" or record["gated"]["loss_ratio"] > 0.1
    return record


def moved_sample():
    """Half of the samples of the judged state in the next bucket."""
    record = of_two_states()
    counts = record["states"]["idle_idle_near"]["latency"]["histogram"]
    counts[1], counts[2] = 1, counts[2] + counts[1] - 1
    return record


def least():
    """The least sample of the judged state above its first bucket, in `gated` too."""
    record = of_two_states()
    for latency in (record["gated"]["latency"], record["states"]["idle_idle_near"]["latency"]):
        latency["min_ns"] = 601.0
    return record


def text_for_a_count():
    """In the histogram of a state that is not judged."""
    record = of_two_states()
    record["states"]["busy_idle_near"]["latency"]["histogram"][0] = "1"
    return record


FAULTS = {
    "another state judged, and its figures left": (
        edited(of_two_states(), machine__judged="shared", machine__states=["busy_idle_near"]),
        "machine.judged is shared; allowed: alone",
    ),
    "another state judged, and its figures taken": (
        exchanged(),
        "machine.judged is shared; allowed: alone",
    ),
    "a state of the judged class left out": (
        edited(of_two_states(), machine__states=[]),
        "machine.states is []; allowed: ['idle_idle_near']",
    ),
    "clean time of another state than it has": (
        edited(of_two_states(), machine__clean_s__shared=0.2),
        "machine.clean_s.shared is 0.2; allowed: 0.12",
    ),
    "a share of a class that it has not": (
        edited(of_two_states(), machine__shares__alone=0.9),
        "machine.shares.alone is 0.9; allowed: 0.6",
    ),
    "a packet more in the judged state": (
        edited(of_two_states(), states__idle_idle_near__duplicated=1),
        "gated.duplicated is 0; allowed: 1",
    ),
    "a packet less lost in a state that is not judged": (
        edited(of_two_states(), states__busy_idle_near__received=117187),
        "states.busy_idle_near.latency.count is 93750; allowed: its samples, and received",
    ),
    "a slice more in a state": (
        edited(of_two_states(), states__busy_idle_near__slices=481),
        "states have 1201 slices; allowed: those of the window, 1200",
    ),
    "a sample moved to another bucket": (
        moved_sample(),
        "gated.latency.p25_ns is",
    ),
    "a wish that the settings have not": (
        edited(of_two_states(), machine__wanted="any"),
        "machine.wanted is any; allowed: alone",
    ),
    "states without a machine": (
        edited(of_two_states(), machine=None),
        "machine is null; allowed: as `states`",
    ),
    "a clock that the probe did not see": (
        edited(of_two_states(), machine__clock__dut=1.2),
        "machine.clock.dut is 1.2; allowed: 1.0",
    ),
    "more probes late than there were": (
        edited(of_two_states(), machine__probe__dut__late=5000),
        "machine.probe.dut.late is 5000; allowed: up to 1200",
    ),
    "a stop of the DUT that was none": (
        edited(
            of_two_states(),
            machine__silences__asleep={"count": 1, "total_us": 900.0, "max_us": 900.0},
        ),
        "machine.silences has 1 stops of the DUT; allowed: dut_stops at most",
    ),
    "a latency since sent of other packets": (
        edited(make_record(), raw__latency_sent__count=7),
        "raw.latency_sent.count is 7; allowed: latency's",
    ),
    "a latency since sent of clean time": (
        edited(make_record(), gated__latency_sent=make_record()["raw"]["latency_sent"]),
        "gated.latency_sent is given; allowed: null, as it is of all time",
    ),
    "a least sample that no bucket of the judged state has": (
        least(),
        "gated.latency.min_ns is 601.0; allowed: 600.0 to 600.004",
    ),
    "a count that is no number": (
        text_for_a_count(),
        "states.busy_idle_near.latency.histogram is wrong; allowed: 8 counts",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_record_of_states_was_edited_and_sealed_anew(tmp_path, name):
    """It is refused in one line that says what is wrong, and what is allowed."""
    record, words = FAULTS[name]
    assert refusal(put(tmp_path, record)).startswith(words)
