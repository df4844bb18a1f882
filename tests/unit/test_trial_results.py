"""Results of generators that cannot be: refused in one line before anything is computed."""

import json
from copy import deepcopy
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from middlebench.errors import GeneratorError
from middlebench.loadgens.softgen import Softgen
from middlebench.records import trial_result
from mutations import apply, changes, edited
from records import record_of
from results import IDENTITY, SETTINGS, make_moongen_result, make_result

pytestmark = pytest.mark.tried("lies")

WANTED = trial_result.asked(500, 64, 100, SETTINGS, 7)
RESULTS = {"softgen": make_result(), "moongen": make_moongen_result()}


def refusal(text, generator="softgen"):
    """The line that a result is refused with."""
    with pytest.raises(GeneratorError) as refused:
        trial_result.checked(text, generator, WANTED)
    line = str(refused.value)
    assert "\n" not in line
    return line


def changed(generator="softgen", **leaf):
    """A whole result with values at dotted keys (`__` for the dot) changed."""
    return edited(RESULTS[generator], **leaf)


def moved_bucket():
    """The first bucket lies above the second."""
    result = make_result()
    result["raw"]["latency"]["histogram"][0][:2] = [890.0, 890.1]
    return result


FAULTS = {
    "fewer than none received": (changed(raw__received=-1), "raw.received is -1; allowed: bigger"),
    "more received than sent": (
        changed(raw__received=10**7),
        "raw.received is 10000000; allowed: at",
    ),
    "more due than sent, refused and skipped": (
        changed(raw__offered=1),
        "raw.offered is 1; allowed",
    ),
    "clean time with more than the window": (
        changed(gated__sent=1171876, gated__offered=1171876),
        "gated.offered is 1171876; allowed: at most raw",
    ),
    "a histogram that falls": (
        moved_bucket(),
        "raw.latency.histogram has buckets that overlap or fall",
    ),
    "a count that no histogram has": (
        changed(raw__latency__count=5),
        "raw.latency.count is 5; allowed: the",
    ),
    "a mean beyond its histogram": (
        changed(raw__latency__mean_ns=9.0),
        "raw.latency.mean_ns is 9.0; allow",
    ),
    "a least beyond its bucket": (
        changed(raw__latency__min_ns=9.0),
        "raw.latency.min_ns is 9.0; allowed: 60",
    ),
    "no latency of frames that came": (
        changed(raw__latency=None),
        "raw.latency is null; allowed: that of",
    ),
    "a rate that nobody asked for": (
        changed(rate_pps=1.0),
        "rate_pps is 1.0; allowed: what was asked for",
    ),
    "another frame size": (
        changed(frame_size=65),
        "frame_size is 65; allowed: what was asked for, 64",
    ),
    "another number of flows": (changed(flows=99), "flows is 99; allowed: what was asked for, 100"),
    "another run": (changed(run_id=8), "run_id is 8; allowed: what was asked for, 7"),
    "another protocol": (
        changed(protocol="tcp"),
        "protocol is tcp; allowed: what was asked for, udp",
    ),
    "more flows learned than there are": (
        changed(learned_flows=101),
        "learned_flows is 101; allowed: up",
    ),
    "more slices clean than there are": (
        changed(clean_slices=9999),
        "disturbance.clean_slices is 9999",
    ),
    "a window longer than the trial": (
        changed(traffic_ms=1.0),
        "totals.traffic_s is 0.001; allowed: at",
    ),
    "a list": ([], "the whole is []; allowed: object"),
    "a key that nobody knows": (changed(note=1), "'note' is an unknown key"),
    "another generator": (changed("moongen"), "generator is moongen; allowed: softgen"),
    "fewer slices by state than there are": (
        changed(states__idle_idle_near__slices=1199),
        "states have 1199 slices; allowed: those of the window, 1200",
    ),
    "clean slices of a state that the window has not": (
        changed(states__idle_idle_near__clean_slices=301),
        "states have 301 clean_slices; allowed: those of the window, 300",
    ),
    "a state that received what it was not sent": (
        changed(states__idle_idle_near__received=3 * 10**5),
        "states.idle_idle_near.received is 300000; allowed: at most what was sent",
    ),
    "a counter of a state that gated has not": (
        changed(states__idle_idle_near__duplicated=1),
        "states have 1 duplicated; allowed: gated's, 0",
    ),
    "a state without its slices' time": (
        changed(states__idle_idle_near__duration_s=0.2),
        "states.idle_idle_near.duration_s is 0.2; allowed: 300 slices",
    ),
    "a state that is none": (
        changed(states={"idle_idle_here": make_result()["states"]["idle_idle_near"]}),
        "states.'idle_idle_here' is an unknown key",
    ),
    "states without a probe": (changed(probe=None), "states or probe is null; allowed: both"),
    "more probes late than there were": (
        changed(probe__dut__late=1201),
        "probe.dut.probes is 1200; allowed: at least late",
    ),
    "round trips in no order": (
        changed(probe__trip_cycles=[[120, 5], [120, 1]]),
        "probe.trip_cycles falls; allowed: increasing bounds",
    ),
    "a stop of the DUT that was none": (
        changed(probe__silences__busy={"count": 1, "total_us": 500.0, "max_us": 500.0}),
        "probe.silences has 1 stops of the DUT; allowed: dut_stops at most",
    ),
    "no latency since packets were sent": (
        changed(raw__latency_sent=None),
        "raw.latency_sent: latency is null; allowed: that of",
    ),
    "what softgen must know": (changed(late=None), "late is null; allowed: a count"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_generators_result_cannot_be(name):
    """The trial fails in one line that says what came, and what could."""
    result, words = FAULTS[name]
    assert refusal(json.dumps(result)).startswith(f"softgen's result: {words}")


TEXT = json.dumps(make_result())
TEXTS = {
    "nothing": "",
    "cut": TEXT[:300],
    "NaN": TEXT.replace('"late": 0', '"late": NaN'),
    "Infinity": TEXT.replace('"ready_ms": 1.5', '"ready_ms": Infinity'),
    "an infinite number": TEXT.replace('"ready_ms": 1.5', '"ready_ms": 1e999'),
    "a number of 400 digits": TEXT.replace('"late": 0', '"late": ' + "9" * 400),
    "a key twice": TEXT.replace('"late": 0', '"late": 0, "late": 0'),
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("generator", RESULTS)
def test_a_generators_result_is_not_even_json(generator, name):
    """NaN, Infinity and a key twice are none, though Python's reader takes them."""
    line = refusal(TEXTS[name], generator)
    assert line.startswith(f"{generator}: its result is not JSON (")


def test_softgen_wrote_what_cannot_be():
    """Its driver refuses it before anything is computed."""
    wrong = json.dumps(changed(raw__received=-1))
    place = SimpleNamespace(
        path=str, folder="/run/x", run=lambda *_, **__: SimpleNamespace(stdout=wrong)
    )
    generator = Softgen(place, "softgen", 1, ["net_a", "net_b"])
    with pytest.raises(GeneratorError, match=r"^softgen's result: raw\.received is -1; allowed: "):
        generator.run_trial(500, 64, 100, SETTINGS, 7)


@pytest.mark.parametrize("generator", RESULTS)
def test_a_whole_result_is_taken_as_it_is(generator):
    """Softgen's and MoonGen's, and from them a record's sections."""
    result = RESULTS[generator]
    assert trial_result.checked(json.dumps(result), generator, WANTED) == result


ANY = st.sampled_from(list(RESULTS)).flatmap(
    lambda generator: st.tuples(st.just(generator), changes(RESULTS[generator]))
)


@settings(max_examples=400)
@given(ANY)
def test_anything_in_a_result_was_changed(mutation):
    """Refused in one line; or sections of a record are made of it, and nothing else is raised."""
    generator, change = mutation
    result = deepcopy(RESULTS[generator])
    apply(result, change)
    try:
        taken = trial_result.checked(json.dumps(result), generator, WANTED)
    except GeneratorError as error:
        said = str(error)
    else:
        said = ""
        record_of(taken, IDENTITY, SETTINGS)
        assert {taken[key] for key in ("flows", "frame_size")} == {IDENTITY["flows"], 64}
    assert "\n" not in said
