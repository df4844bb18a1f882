"""Point records that lie: whatever was made of one, it is refused in one line, or says the same."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings

from middlebench.errors import RecordError
from middlebench.files import seal
from middlebench.records.read import read
from mutations import apply, changes, edited
from records import make_record, without_result, write_record
from refusals import put, refusal

pytestmark = pytest.mark.tried("lies")


def read_or_not(path):
    """(Record, None), or (None, the line that it is refused with)."""
    try:
        return read(path), None
    except RecordError as error:
        return None, str(error)


def changed(**leaf):
    """A whole record with values at dotted keys (`__` for the dot) changed."""
    return edited(make_record(), **leaf)


def forged_verdict():
    """`ok` in words and numbers that fit, with a loss of 0.9."""
    record = make_record(loss_ratio=0.9)
    record["verdict"] = {"name": "ok", "reason": record["verdict"]["reason"]}
    return record


def half_a_histogram():
    """The first bucket has fewer samples than it had."""
    record = make_record()
    record["gated"]["latency"]["histogram"]["count"][1] -= 1000
    return record


FAULTS = {
    "rate_mbit 100 made 900": (changed(identity__rate_mbit=900), "identity is that of results/"),
    "received twice what was sent": (
        changed(gated__received=2 * 292969),
        "gated.received is 585938; allowed: 292969",
    ),
    "received one more than the counters say": (
        changed(raw__received=1170704),
        "raw.latency.count is 1170703; allowed: received, 1170704",
    ),
    "ok with a loss of 0.9": (forged_verdict(), 'verdict is ok ("lost 263672 of 292969'),
    "a verdict for another reason": (
        changed(verdict__reason="fine"),
        'verdict is ok ("fine"); allowed:',
    ),
    "a histogram whose sum is wrong": (
        half_a_histogram(),
        "gated.latency.histogram.count is [1, 72242,",
    ),
    "a median below zero": (
        changed(gated__latency__p50_ns=-5),
        "gated.latency.p50_ns is -5; allowed: bigger than or equal to 0",
    ),
    "a median that the histogram has not": (
        changed(gated__latency__p50_ns=999.0),
        "gated.latency.p50_ns is 999.0; allowed: 1000.0",
    ),
    "quantiles that fall": (changed(gated__latency__p75_ns=900.0), "gated.latency.p75_ns is 900.0"),
    "negative clean time": (
        changed(gated__duration_s=-0.3),
        "gated.duration_s is -0.3; allowed: bigger",
    ),
    "more clean time than slices": (
        changed(gated__duration_s=0.6),
        "gated.duration_s is 0.6; allowed: 0.3",
    ),
    "a share of disturbed time that is none": (
        changed(disturbance__share=0.1),
        "disturbance.share is 0.1; allowed: 1 - clean_slices / slices",
    ),
    "a verdict that is none": (
        changed(verdict__name="splendid"),
        'verdict.name is "splendid"; allowed:',
    ),
    "another function": (changed(identity__function="firewall"), "identity is that of results/"),
    "another number of flows": (changed(identity__flows=10000), "identity is that of results/"),
    "another testbed": (
        changed(identity__testbed="tallinn"),
        "identity is that of results/tallinn/",
    ),
    "another protocol": (changed(identity__protocol="tcp"), "identity is that of results/"),
    "a load that the rate does not ask for": (
        changed(asked__rate_pps=1.0),
        "asked.rate_pps is 1.0",
    ),
    "other durations": (
        changed(settings__durations__window_ms=900),
        "settings are not those of made_from.settings",
    ),
    "a generator that nobody knows": (
        changed(software__generator__name="pktgen"),
        "software.generator.name is pktgen; allowed: one of moongen, softgen",
    ),
    "a generator's hash that is no hash": (
        changed(software__generator__sha256="splendid"),
        'software.generator.sha256 is "splendid"',
    ),
    "made from nothing": (changed(made_from={}), "made_from.settings is missing"),
    "an end before the start": (
        changed(time__end="2026-11-21T22:01:09.240+00:00"),
        "time.end is 2026-11-21T22:01:09.240+00:00",
    ),
    "a day that does not exist": (changed(time__end="2026-11-31T22:01:09.240+00:00"), "time is {"),
    "a section that is not there": (
        changed(state=None),
        "state is null; allowed: what was measured",
    ),
    "a key more": (changed(gated__note="mine"), "gated.'note' is an unknown key"),
    "a limit that is none": (
        changed(settings__verdict__max_loss_ratio=2),
        "settings.verdict.max_loss_ratio is 2; allowed:",
    ),
    "fewer frames in all than in the window": (
        changed(totals__sent=5),
        "totals.sent is 5; allowed: at",
    ),
    "more flows learned than there are": (
        changed(state__learned_flows=101),
        "learned_flows is 101",
    ),
    "an answer more than probes": (changed(stall__probes_received=1), "probes_received is 1"),
    "an earlier form": (changed(schema=2), "schema is 2; allowed: a point record of schema 6"),
    "a form that is no number": (changed(schema=True), "schema is true"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_record_was_edited_and_sealed_anew(tmp_path, name):
    """It is refused in one line that names the file, what is wrong, and what is allowed."""
    record, words = FAULTS[name]
    assert refusal(put(tmp_path, record)).startswith(words)


@pytest.mark.parametrize("name", FAULTS)
def test_a_record_was_edited_by_hand(tmp_path, name):
    """Without a new seal the seal is enough to refuse it, whatever was edited."""
    record, words = FAULTS[name]
    text = seal.sealed(make_record())
    (old,) = {line for line in text.splitlines() if line.startswith(' "seal"')}
    edited = seal.sealed(record)
    (new,) = {line for line in edited.splitlines() if line.startswith(' "seal"')}
    said = refusal(put(tmp_path, None, edited.replace(new, old)))
    assert said.startswith(words if "schema" in words else "was changed after it was written")


def test_another_generators_hash_by_hand(tmp_path):
    """A hash that could be one is noticed by the seal."""
    text = seal.sealed(make_record()).replace("cd" * 32, "ab" * 32)
    assert refusal(put(tmp_path, None, text)).startswith("was changed after it was written")


@pytest.mark.parametrize(
    "record",
    [
        make_record(),
        make_record(median_ns=None, loss_ratio=1),
        make_record(protocol="tcp"),
        make_record(settings={"gating": None}),
        *(make_record(verdict=v) for v in ("overloaded", "disturbed", "generator_limited")),
        *(make_record(verdict=v) for v in ("stalled", "failed")),
        without_result(),
    ],
    ids=lambda record: record["verdict"]["name"],
)
def test_a_record_as_it_was_written_is_believed(tmp_path, record):
    """Every verdict, with and without gating, UDP and TCP: what is read is what was written."""
    assert read(write_record(tmp_path, record)) == record


UNCLAIMED = {
    "made_from": "digests that the workflow compares with what is wanted now",
    "software": "names, versions, hashes: what made the load and carried it",
    "host": "the machine",
    "time": "when, as long as the end is after the start",
    "calibration": "what another file says",
    "switch_cycles": "what the switch says of single milliseconds, in their order",
    "totals": "from the window's own counters upwards; the switch's beside them",
    "raw": "foreign, late, duplicated, out of order; a mean and ends within their buckets",
    "gated": "the same",
    "load_check": "how many frames were compared",
    "machine": "what the probe saw; what is judged, shares and clocks follow from other values",
    "states": "of what is judged, counters and histogram are those of gated",
    "disturbance": "how long gaps and silences were, where their sum fits",
    "state": "how it was read; fewer flows learned make another verdict",
    "stall": "silence, within the traffic's time",
}
"""Sections with values that no other value of a record says, and why they may be what they like."""


@settings(max_examples=300)
@given(changes(make_record() | {"seal": ""}))
def test_anything_in_a_record_was_changed_and_sealed_anew(tmp_path_factory, change):
    """Refused in one line; or nothing that a table shows of the DUT is another than it was."""
    record = make_record() | {"seal": ""}
    before = deepcopy(record)
    apply(record, change)
    record.pop("seal", None)
    path = put(tmp_path_factory.getbasetemp(), record)
    found, line = read_or_not(path)
    if found is None:
        assert "\n" not in line
        return
    told = ("identity", "settings", "asked", "verdict")
    assert [found[key] for key in told] == [before[key] for key in told]
    for part in ("raw", "gated"):
        for key in ("sent", "received", "lost", "loss_ratio", "received_pps", "duration_s"):
            assert found[part][key] == before[part][key]
        assert found[part]["latency"]["p50_ns"] == before[part]["latency"]["p50_ns"]
    assert {key for key in before if before[key] != found.get(key, "")} <= {*UNCLAIMED, "seal"}


def test_the_configurations_ranges_are_those_of_records():
    """Settings in a record have the limits that the configuration's schema gives them."""
    from middlebench.experiment.schema import schema
    from middlebench.files import fast_schema

    wanted = schema()
    known = json.loads((fast_schema.SCHEMAS / "point.schema.json").read_text(encoding="utf-8"))
    ours = known["properties"]["settings"]["properties"]
    sections = {"durations": wanted["$defs"]["durations"], "gating": wanted["properties"]["gating"]}
    sections |= {"verdict": wanted["properties"]["verdict"]}
    for name, section in sections.items():
        plain = {
            key: {word: value for word, value in about.items() if word != "description"}
            for key, about in section["properties"].items()
            if key != "ports"  # laid over the others before
        }
        assert ours[name]["properties"] == plain
        needed = [key for key in plain if key != "learn_pps"]  # softgen alone is told
        assert sorted(ours[name]["required"]) == sorted(needed)
