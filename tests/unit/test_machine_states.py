"""The hidden states of a machine: classes, what is judged, and tallies of several made one."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.machine import states
from middlebench.records import record

CLASSES_OF = {
    "idle_idle_near": ("alone", "alone"),
    "idle_busy_near": ("alone", "generator_shared"),
    "idle_idle_far": ("alone_far", "alone_far"),
    "idle_busy_far": ("alone_far", "generator_shared"),
    "busy_idle_near": ("shared", "shared"),
    "busy_busy_near": ("shared", "generator_shared"),
    "busy_idle_far": ("shared_far", "shared_far"),
    "busy_busy_far": ("shared_far", "generator_shared"),
    "unknown": (None, None),
}
"""State -> its class below and near the generator's ceiling."""


def test_every_state_has_its_class():
    """The generator's sibling matters near its ceiling alone; the unknown is of no class."""
    assert set(CLASSES_OF) == set(states.NAMES)
    for name, (below, near) in CLASSES_OF.items():
        assert states.class_of(name, False) == below
        assert states.class_of(name, True) == near


@pytest.mark.parametrize("near", [False, True])
def test_the_states_of_all_classes_are_all_that_are_known(near):
    """Each state is judged with one class, and with `any`, which has the unknown too."""
    of_classes = [name for one in states.CLASSES for name in states.states_of(one, near)]
    assert sorted([*of_classes, "unknown"]) == sorted(states.NAMES)
    assert states.states_of("any", near) == states.NAMES


def test_a_rate_is_near_the_ceiling_above_seven_tenths_of_it():
    """At 30 % below, the sibling of the generator's core changes nothing yet."""
    assert not states.near_ceiling(7e6, 10e6)
    assert states.near_ceiling(7.01e6, 10e6)


def test_whatever_is_judged_is_said_in_words():
    """A name more needs words."""
    assert set(states.WORDS) == {*states.CLASSES, states.ANY, states.NOT_ASKED}


def seconds(**clean):
    """Tallies of which only the clean time is looked at."""
    return {name: {"duration_s": time} for name, time in clean.items()}


JUDGED = {
    "enough as wanted": (seconds(idle_idle_near=0.15, busy_idle_near=0.9), False, "alone"),
    "two states of one class": (
        seconds(idle_idle_near=0.08, idle_busy_near=0.07, busy_idle_near=0.9),
        False,
        "alone",
    ),
    "the same near the ceiling": (
        seconds(idle_idle_near=0.08, idle_busy_near=0.07),
        True,
        "alone",
    ),
    "most of it near the ceiling": (
        seconds(idle_idle_near=0.06, idle_busy_near=0.07),
        True,
        "generator_shared",
    ),
    "too little": (seconds(idle_idle_near=0.14, busy_idle_near=0.2), False, "shared"),
    "too little of all": (seconds(idle_idle_near=0.02, busy_idle_far=0.01), False, "alone"),
    "equally little": (seconds(idle_idle_near=0.1, busy_idle_near=0.1), False, "alone"),
    "unknown alone": (seconds(unknown=0.3), False, "alone"),
    "nothing": ({}, False, "alone"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_the_wanted_state_is_judged_where_there_is_enough_of_it(name):
    """Else the one with most clean time; never one that has none, and never the unknown."""
    found, near, wanted = JUDGED[name]
    assert states.judged(found, "alone", near, 0.15) == wanted


def test_any_state_is_judged_where_that_is_wanted():
    """Whatever there is."""
    assert states.judged(JUDGED["too little"][0], "any", False, 0.15) == "any"


def test_sums_by_class_are_in_the_order_of_classes():
    """The unknown last; classes that did not occur are left out."""
    found = seconds(unknown=0.1, busy_idle_near=0.25, idle_idle_near=0.5, idle_busy_near=0.25)
    sums = states.by_class(found, False, "duration_s")
    assert list(sums.items()) == [("alone", 0.75), ("shared", 0.25), ("unknown", 0.1)]


def tally(samples, slices):
    """A tally of samples [ns], each in a bucket of 10 ns; rows, as softgen writes them."""
    buckets = sorted({sample // 10 * 10 for sample in samples})
    rows = [[low, low + 10, sum(low <= s < low + 10 for s in samples)] for low in buckets]
    latency = None
    if samples:
        mean = round(sum(samples) / len(samples), 2)
        latency = {"count": len(samples), "min_ns": min(samples), "mean_ns": mean}
        latency |= {"max_ns": max(samples), "histogram": rows}
    counters = {"sent": len(samples) + slices, "received": len(samples)}
    return {"slices": 2 * slices, "clean_slices": slices, "duration_s": slices / 1000} | {
        **counters,
        "latency": latency,
    }


PARTS = st.lists(
    st.tuples(st.lists(st.integers(0, 500), max_size=30), st.integers(0, 50)),
    min_size=1,
    max_size=6,
)


@given(PARTS, st.randoms(use_true_random=False))
def test_tallies_together_are_the_tally_of_all_samples(parts, source: random.Random):
    """Counters, times and every bucket are sums, in any order; quantiles lie inside."""
    source.shuffle(parts)
    made = states.merged([tally(*part) for part in parts])
    samples = [sample for of_part, _ in parts for sample in of_part]
    whole = tally(samples, sum(slices for _, slices in parts))
    if not samples:
        assert made == whole
        return
    about, expected = made.pop("latency"), whole.pop("latency")
    assert made == whole
    assert about.pop("mean_ns") == pytest.approx(expected.pop("mean_ns"), abs=0.011)
    assert about == expected
    summary = record.latency(about | {"mean_ns": 0})
    quantiles = [summary[f"{name}_ns"] for name in record.QUANTILES]
    assert quantiles == sorted(quantiles)
    assert min(samples) <= quantiles[0] <= quantiles[-1] <= max(samples)


@given(PARTS)
def test_counts_of_the_same_buckets_are_merged_one_by_one(parts):
    """As a record has them: the same samples in the other form."""
    rows = [tally(*part) for part in parts]
    buckets = sorted({row[0] for part in rows for row in (part["latency"] or NONE)["histogram"]})
    counts = [
        part | {"latency": part["latency"] and part["latency"] | {"histogram": dense}}
        for part in rows
        for found in [{low: count for low, _, count in (part["latency"] or NONE)["histogram"]}]
        for dense in [[found.get(low, 0) for low in buckets]]
    ]
    made, expected = states.merged(counts), states.merged(rows)
    if expected["latency"]:
        assert buckets == [row[0] for row in expected["latency"]["histogram"]]
        expected["latency"]["histogram"] = [row[2] for row in expected["latency"]["histogram"]]
    assert made == expected


NONE = {"histogram": []}
