"""A record of a machine whose states are told apart: what is judged, and what is said of it."""

import pytest

from middlebench.errors import RecordError
from middlebench.machine.states import merged
from middlebench.records import judging
from middlebench.records.read import read
from middlebench.records.record import describe
from middlebench.records.verdict import decide
from records import LIMITS, make_record, record_of, write_record
from results import IDENTITY, SETTINGS, make_result

LOSSES = {"busy_idle_near": 0.2, "unknown": 0.1}


def shares(alone, shared, unknown=0.0):
    """Shares of the window in states, those that occur."""
    named = {"idle_idle_near": alone, "busy_idle_near": shared, "unknown": unknown}
    return {name: share for name, share in named.items() if share}


def test_the_judged_state_alone_is_gated(tmp_path):
    """What was lost beside a busy sibling, or in an unknown state, is not judged."""
    record = make_record(states=shares(0.6, 0.3, 0.1), losses=LOSSES)
    assert record["machine"]["judged"] == "alone"
    assert (record["gated"]["loss_ratio"], record["gated"]["duration_s"]) == (0, 0.18)
    assert record["verdict"]["name"] == "ok"
    assert record["machine"]["shares"] == {"alone": 0.6, "shared": 0.3, "unknown": 0.1}
    assert record["machine"]["clean_s"] == {"alone": 0.18, "shared": 0.09, "unknown": 0.03}
    assert read(write_record(tmp_path, record)) == record


def test_where_the_wanted_state_is_rare_the_most_frequent_is_judged_and_named(tmp_path):
    """It is valid, of that state, and the line for people says so."""
    record = make_record(states=shares(0.2, 0.8), losses=LOSSES)
    assert (record["machine"]["wanted"], record["machine"]["judged"]) == ("alone", "shared")
    assert record["gated"]["loss_ratio"] == pytest.approx(0.2, rel=1e-4)
    assert record["verdict"]["name"] == "overloaded"
    assert "judged beside a busy sibling" in describe(record)
    assert "judged" not in describe(make_record())
    assert read(write_record(tmp_path, record)) == record


def test_too_little_clean_time_of_each_state_is_disturbed():
    """However much there is of all together; the reason names the state."""
    states = {"idle_idle_near": 0.4, "busy_idle_near": 0.3, "busy_idle_far": 0.3}
    record = make_record(states=states)
    assert record["verdict"]["name"] == "disturbed"
    assert record["verdict"]["reason"].startswith("0.120 s of clean time alone in 1.2 s, 0.150 s")


def test_any_state_is_judged_where_the_settings_say_so(tmp_path):
    """All clean time as one, the unknown too; what the machine gave is recorded all the same."""
    settings = {"gating": SETTINGS["gating"] | {"state": "any"}}
    record = make_record(states=shares(0.5, 0.4, 0.1), losses=LOSSES, settings=settings)
    assert record["machine"]["judged"] == "any"
    assert record["gated"]["duration_s"] == 0.3
    assert record["gated"]["loss_ratio"] == pytest.approx(0.09, rel=1e-4)
    assert record["machine"]["shares"] == {"alone": 0.5, "shared": 0.4, "unknown": 0.1}
    assert read(write_record(tmp_path, record)) == record


@pytest.mark.parametrize(("ceiling_pps", "judged"), [(5e6, "alone"), (1e6, "generator_shared")])
def test_the_generators_sibling_is_told_apart_near_its_ceiling(tmp_path, ceiling_pps, judged):
    """976562 packets/s are 98 % of one ceiling and 20 % of the other."""
    states = {"idle_idle_near": 0.3, "idle_busy_near": 0.7}
    record = make_record(states=states, ceiling_pps=ceiling_pps)
    assert record["machine"]["judged"] == judged
    assert record["gated"]["duration_s"] == (0.3 if judged == "alone" else 0.21)
    assert read(write_record(tmp_path, record)) == record


def test_without_a_probe_all_clean_time_is_judged(tmp_path):
    """As before states were told apart; and without gating nobody asked."""
    for about in ({"states": None}, {"settings": {"gating": None}}):
        record = make_record(**about)
        assert record["machine"] is record["states"] is None
        assert judging.judged_state(record) == "not_asked"
        assert read(write_record(tmp_path, record)) == record


def test_where_no_slice_is_of_a_known_state_nothing_is_judged(tmp_path):
    """No threshold was known: there is no clean time of any class."""
    record = make_record(states={"unknown": 1.0})
    assert record["gated"]["latency"] is None
    assert record["verdict"]["reason"].startswith("0.000 s of clean time alone")
    assert read(write_record(tmp_path, record)) == record


def test_the_states_together_are_all_clean_time():
    """Nothing of the clean slices is lost on the way."""
    result = make_result(states=shares(0.6, 0.3, 0.1), losses=LOSSES)
    record = record_of(result, IDENTITY, SETTINGS)
    made = merged(list(record["states"].values()))
    for key in ("duration_s", "sent", "received", "offered"):
        assert made[key] == result["gated"][key]


def test_a_clock_that_moved_is_said():
    """2900 MHz of the calibration are 2700 now; 3 % are not worth a word."""
    for mhz, words in ((2700, "the dut's core runs at 0.93 times the calibration's"), (2830, None)):
        result = make_result()
        result["probe"]["dut"]["core_mhz"] = mhz
        record = record_of(result, IDENTITY, SETTINGS)
        assert record["machine"]["clock"]["dut"] == round(mhz / 2900, 4)
        assert (record["machine"]["clock"]["said"] or "").startswith(words or "")
        assert bool(record["machine"]["clock"]["said"]) == bool(words)
        assert ("calibration" in describe(record)) == bool(words)


def test_medians_of_the_probe_are_of_an_idle_sibling_and_of_all():
    """Three fifths of the probes below the threshold."""
    record = make_record(states=shares(0.4, 0.6))
    seen = record["machine"]["probe"]["dut"]
    assert (seen["idle_cycles"], seen["p50_cycles"], seen["probes"]) == (1590, 2520, 1200)
    assert record["machine"]["probe"]["trip_cycles"] == 120


def silent(stops=None, **kinds):
    """A record with silences of the DUT by kind [ms each], and its stops."""
    record = make_record()
    for kind, lengths in kinds.items():
        record["machine"]["silences"][kind] = mark(lengths)
    own = [length for kind in judging.OWN_STOPS for length in kinds.get(kind, [])]
    record["disturbance"]["dut_stops"] = mark(own if stops is None else stops)
    every = [length for lengths in kinds.values() for length in lengths]
    record["disturbance"]["dut_silences"] = mark(every)
    return record


def mark(lengths):
    """A mark of so many ms each."""
    longest = max(lengths, default=0.0)
    return {"count": len(lengths), "total_us": sum(lengths) * 1e3, "max_us": longest * 1e3}


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("kinds", "name"),
    [
        ({"machine": [600]}, "ok"),
        ({"preempted": [600]}, "ok"),
        ({"unseen": [600]}, "disturbed"),
        ({"unseen": [100], "machine": [600]}, "ok"),
    ],
)
def test_a_silence_with_a_witness_is_bounded_by_no_guess(kinds, name):
    """Half of the window silent: the machine's, or another program's, or too short to be seen."""
    verdict = decide(silent(**kinds), LIMITS)
    assert verdict.name == name
    assert ("too shortly for the probe" in verdict.reason) == (name == "disturbed")


def of_a_kernel(**kinds):
    """The same of a DUT without a thread: what nobody can tell is null."""
    record = silent(**kinds)
    unknown = ("preempted", *judging.OWN_STOPS)
    record["machine"]["silences"] |= dict.fromkeys(unknown)
    return record


@pytest.mark.parametrize(
    ("kinds", "name", "said"),
    [
        ({"machine": [600]}, "ok", "lost 0"),
        ({"unseen": [600]}, "disturbed", "nobody tells whether the kernel or another program had"),
        ({"stops": [60]}, "overloaded", "the DUT stood still for 60 ms"),
    ],
)
def test_what_nobody_can_tell_of_a_kernel_is_null(tmp_path, kinds, name, said):
    """Such a record is one; its silences are bounded, and a long one is judged, of no kind."""
    record = of_a_kernel(**kinds)
    verdict = decide(record, LIMITS)
    assert verdict.name == name
    assert said in verdict.reason
    record["verdict"] = verdict._asdict()
    path = write_record(tmp_path, record)
    assert read(path)["machine"]["silences"]["busy"] is None


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"busy": [60]}, "the DUT stood still by itself, busy, for 60 ms"),
        ({"stopped": [2.5]}, "the DUT stood still by itself, stopped, for 2.5 ms"),
        (
            {"busy": [0.4], "asleep": [20, 30]},
            "by itself, busy and asleep, 3 times, for 50 ms in all and up to 30 ms",
        ),
        ({"stops": [60]}, "the DUT stood still for 60 ms"),
    ],
)
def test_a_stop_of_the_dut_is_named_by_what_it_did(kinds, said):
    """Its CPU ran meanwhile: busy with something else, asleep, or stopped; or nobody looked."""
    verdict = decide(silent(**kinds), LIMITS)
    assert verdict.name == "overloaded"
    assert said in verdict.reason


def test_a_record_with_a_machine_of_a_generator_that_knows_none_is_refused(tmp_path):
    """MoonGen's records say nothing of states."""
    record = make_record()
    record["software"]["generator"]["name"] = "moongen"
    record["load_check"] = None
    with pytest.raises(RecordError, match="machine is given; allowed: null"):
        read(write_record(tmp_path, record))
