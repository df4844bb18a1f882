"""A round of a comparison: settings of its trials, and what of a trial is compared."""

import pytest

from middlebench.loadgens.softgen import trial_options
from middlebench.machine.states import ANY
from middlebench.measuring.rounds import NO_TURN, judged, part, trial_settings
from middlebench.records.comparison_file import CAPACITY, LATENCY
from records import make_record
from results import SETTINGS

COMPARING = {"turn_ms": 50, "settle_ms": 8, "window_ms": 500, "count": 3}
OVERLOADED, CARRIED = 0.3, 0.0


def record_with(**losses):
    """A point's record with clean time in two states, and these losses there."""
    shares = {"idle_idle_near": 0.6, "busy_idle_near": 0.4}
    return make_record(states=shares, losses=losses, loss_ratio=OVERLOADED)


def test_a_trial_in_turns_has_time_for_those_of_the_others():
    """All limits of time grow by the others' turns; after each of those 8 ms are left out."""
    settings = trial_settings(SETTINGS, COMPARING)
    options = trial_options(100, 64, 10, settings, 1)
    slice_us, was = SETTINGS["gating"]["slice_us"], SETTINGS["durations"]
    assert options["long-us"] == 25_000
    assert options["guard-long"] == 8000 // slice_us
    assert "step-us" not in options
    profiled = trial_settings(SETTINGS, COMPARING | {"step_us": 1000})
    assert trial_options(100, 64, 10, profiled, 1)["step-us"] == 1000
    assert options["window-ms"] == 500
    assert options["max-windows"] == 15
    assert settings["verdict"]["min_clean_ratio"] < SETTINGS["verdict"]["min_clean_ratio"]
    assert options["drain-ms"] == was["drain_ms"] + 200
    assert options["stall-ms"] == was["stall_ms"] + 200
    assert options["guard-after"] == SETTINGS["gating"]["guard_after_slices"]
    assert not {"long-us", "guard-long"} & trial_options(100, 64, 10, SETTINGS, 1).keys()


def test_each_state_of_the_machine_has_its_own_numbers():
    """By class; what is judged is what the point would be judged by."""
    point = record_with(idle_idle_near=OVERLOADED, busy_idle_near=OVERLOADED)
    made = part(point, CAPACITY)
    assert list(made["states"]) == ["alone", "shared"]
    assert made["state"] == "alone"
    assert made["clean_s"] == made["states"]["alone"]["clean_s"] == point["gated"]["duration_s"]
    assert made["received"] == point["gated"]["received"]
    assert made["sent"] == point["gated"]["received"] + point["gated"]["lost"]
    assert made["latency"].keys() == {"p50_ns", "p99_ns"}
    assert made["latency"]["p50_ns"] == point["gated"]["latency"]["p50_ns"]


def test_a_queue_that_fills_is_no_capacity():
    """In overload what came back in the clean time counts, at a load of all what did of it."""
    point = record_with(idle_idle_near=OVERLOADED, busy_idle_near=OVERLOADED) | {"states": None}
    point["gated"] |= {"received": 900, "arrived": 600, "lost": 100}
    rows = {kind: part(point, kind)["states"][ANY] for kind in (CAPACITY, LATENCY)}
    assert [row["received"] for row in rows.values()] == [600, 900]
    assert {row["sent"] for row in rows.values()} == {1000}


@pytest.mark.parametrize(
    ("kind", "kept", "judged"),
    [(CAPACITY, ["shared"], "shared"), (LATENCY, ["alone", "shared"], "alone")],
)
def test_what_was_carried_in_a_state_is_no_capacity_in_it(kind, kept, judged):
    """It says "more than that", and is left out of a round in overload alone."""
    made = part(record_with(idle_idle_near=CARRIED, busy_idle_near=OVERLOADED), kind)
    assert list(made["states"]) == kept
    assert made["state"] == judged


def test_a_round_without_any_overload_has_no_numbers():
    """Nothing is made up where nothing was found."""
    made = part(record_with(idle_idle_near=CARRIED, busy_idle_near=CARRIED), CAPACITY)
    assert (made["state"], made["received"], made["clean_s"]) == (None, 0, 0.0)
    assert made["states"] == {}


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("sent", "clean", "received", "name"),
    [
        (1000, 0, 0, "disturbed"),  # all that was sent was on its way when others' turn came
        (0, 0, 0, "disturbed"),
        (1000, 500, 0, "failed"),
        (1000, 0, 900, "disturbed"),
    ],
)
def test_a_dut_that_hardly_lived_within_a_window_is_not_blamed(sent, clean, received, name):
    """One that had clean time, and of which nothing came back, is."""
    point = record_with(idle_idle_near=OVERLOADED, busy_idle_near=OVERLOADED)
    point["raw"] |= {"sent": sent, "received": received}
    point["gated"] |= {"sent": clean, "duration_s": 0.0 if not clean else 0.1}
    verdict = judged(point)
    assert verdict.name == name
    assert (verdict.reason == NO_TURN) == (name == "disturbed" and not received)
