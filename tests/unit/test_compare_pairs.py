"""From rounds to what is said of a pair: known ratios, one state, tables, exit status."""

import copy
import json
import math

import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from compared import SETTINGS, part, result, starts_of
from middlebench.analysis.comparing import (
    EACH_LOOK,
    TRIMMED,
    compared_state,
    decision,
    interval,
    pairs,
    ratios,
    start_means,
)
from middlebench.analysis.pair_tables import COLUMNS, all_pairs, lines, markdown, status
from middlebench.analysis.pair_tables import pairs_table as table_of_pairs
from middlebench.errors import RecordError
from middlebench.records.comparison_file import SCHEMA, read_comparison, read_pairs
from middlebench.records.record import write

ALONE, SHARED, LITTLE = {"alone": 0.4}, {"shared": 0.4}, {"alone": 0.05, "shared": 0.4}


def start(number, *rounds, kind="capacity", names=("a", "b")):
    """A start of rounds, each two parts."""
    told = [
        {"round": at, "kind": kind, "variants": dict(zip(names, parts, strict=True))}
        for at, parts in enumerate(rounds, 1)
    ]
    return {"start": number, "first": names[0], "rounds": told}


def said(starts, what="capacity", **settings):
    """The pair of b beside a."""
    found = pairs(starts, ["a", "b"], SETTINGS | settings)
    return next(pair for pair in found if pair["what"] == what)


def test_a_ratio_is_that_of_rates_in_one_state():
    """0.9 in whatever state both have; a state that only one has, or for too short, is none."""
    rounds = [
        (part(1e6, ALONE), part(0.9e6, ALONE)),
        (part(1e6, SHARED), part(0.9e6, SHARED)),
        (part(1e6, ALONE), part(0.9e6, SHARED)),
        (part(1e6, LITTLE), part(0.9e6, LITTLE)),
        (part(1e6, ALONE), part(0.9e6, ALONE, verdict="disturbed")),
    ]
    found = ratios([start(1, *rounds)], "a", "b")
    assert {state: len(of[1]) for state, of in found.items()} == {"alone": 1, "shared": 2}
    logs = [one.log_ratio for of in found.values() for one in of[1]]
    assert np.exp(logs) == pytest.approx(0.9, rel=1e-5)
    assert ratios([start(1, *rounds)], "b", "a")["alone"][1][0].log_ratio == pytest.approx(
        -math.log(0.9), rel=1e-4
    )


def test_no_interval_mixes_two_states():
    """The wanted one where half of the starts have it, else the one that most have."""
    found = {"alone": {1: [], 2: []}, "shared": {1: [], 2: [], 3: []}}
    assert compared_state(found, "alone", 4) == "alone"
    assert compared_state(found, "alone", 5) == "shared"
    assert compared_state({}, "alone", 5) is None


def test_the_interval_is_students_of_starts():
    """Each start counts once, however many rounds it has; within one, by clean time."""
    logs = np.array([0.01, -0.02, 0.03])
    reach = t.ppf((1 + EACH_LOOK) / 2, 2) * logs.std(ddof=1) / math.sqrt(3)
    of = interval(logs)
    assert np.log([of.ratio, of.low, of.high]) == pytest.approx(
        [logs.mean(), logs.mean() - reach, logs.mean() + reach]
    )
    long, short = part(1e6, {"alone": 0.4}), part(1e6, {"alone": 0.1})
    found = ratios(
        [
            start(1, (long, part(0.9e6, {"alone": 0.4})), (short, part(1e6, {"alone": 0.1}))),
            start(2, (long, part(0.8e6, {"alone": 0.4}))),
        ],
        "a",
        "b",
    )
    assert start_means(found["alone"]) == pytest.approx(
        [0.8 * math.log(0.9), math.log(0.8)], rel=1e-4
    )


@pytest.mark.parametrize(("count", "cut"), [(6, 0), (7, 1), (20, 3)])
def test_starts_far_from_the_others_are_left_out(count, cut):
    """As scipy has Yuen's t; one start of many that is far away moves nothing."""
    logs = np.random.default_rng(count).normal(0.01, 0.01, count)
    told = ttest_ind(logs, np.zeros(count), equal_var=False, trim=TRIMMED)
    of = interval(logs)
    middle = np.log(of.ratio)
    reach = t.ppf((1 + EACH_LOOK) / 2, count - 2 * cut - 1) * middle / told.statistic
    assert np.log([of.low, of.high]) == pytest.approx([middle - reach, middle + reach])
    spoilt = np.where(logs == logs.max(), 5.0, logs)
    assert (interval(spoilt) == pytest.approx(of)) == (cut > 0)


@pytest.mark.parametrize(
    ("low", "high", "decided"),
    [
        (0.985, 1.01, "not slower"),
        (0.981, 0.99, "not slower"),
        (0.97, 0.999, "slower"),
        (0.97, 1.001, "undecided"),
        (math.nan, math.nan, "undecided"),
    ],
)
def test_the_margin_decides(low, high, decided):
    """2 %: slower by less is not slower, and what reaches over both ends is undecided."""
    assert decision(low, high, 0.02) == decided


def test_more_latency_and_more_loss_are_worse():
    """Their ratios are below 1; what nobody asked to decide is not undecided."""
    slow = part(0.5e6, ALONE, verdict="ok")  # of half the rate in this: twice the latency
    fast = part(1e6, ALONE, verdict="ok")
    starts = [start(number, (fast, slow), kind="latency") for number in (1, 2, 3)]
    for what in ("latency_p50", "latency_p99", "loss"):
        pair = said(starts, what)
        assert pair["ratio"] == pytest.approx(0.5, rel=1e-4)
        assert pair["decision"] == "slower"
    capacity = said(starts)
    assert capacity["decision"] == "undecided"
    assert [capacity[key] for key in ("ratio", "low", "high", "state")] == [None] * 4
    few = said(starts[:2], "latency_p50")
    assert (few["decision"], few["ratio"]) == (None, None)
    assert said(starts[:2], "latency_p50", decides=["latency_p50"])["decision"] == "undecided"


def test_loss_has_the_margin_of_loss():
    """1 % of the packets is too much, though nothing is slower by so little."""
    whole = part(1e6, ALONE, verdict="ok")
    lossy = copy.deepcopy(whole)
    lossy["states"]["alone"]["received"] = round(0.99 * whole["states"]["alone"]["received"])
    lossy["verdict"] = "overloaded"
    starts = [start(number, (whole, lossy), kind="latency") for number in (1, 2, 3)]
    assert said(starts, "loss")["decision"] == "slower"


def test_rounds_that_say_nothing_are_named():
    """Whose they are, and why."""
    lost = (part(1e6, ALONE), part(1e6, ALONE, verdict="disturbed"))
    pair = said([start(number, lost) for number in (1, 2, 3)])
    assert pair["said"] == (
        "b / a: capacity with enough clean time in too few starts (0 of 3); rounds left out: "
        "b disturbed in 3"
    )


def golden():
    """A comparison of three variants: the second is as fast, the third is 20 % slower."""
    source, names = np.random.default_rng(1), ["a", "b", "c"]
    starts = starts_of(np.zeros((8, 3)), source, ("a", "b"))
    for of in (round_["variants"] for start_ in starts for round_ in start_["rounds"]):
        of["c"] = copy.deepcopy(of["a"])
        for tally in of["c"]["states"].values():
            tally["received"] = round(0.8 * tally["received"])
    return result(starts, pairs(starts, names, SETTINGS), names, "mine")


def test_tables_and_lines_say_the_same():
    """A row a pair and thing; a line a pair of what decides; the status of the worst."""
    rows = all_pairs([golden()])
    table = table_of_pairs(rows)
    assert list(table.columns) == COLUMNS
    assert list(table["decision"][table["decides"]]) == ["not slower", "slower"]
    assert table["margin"].tolist() == [0.02, 0.02, 0.02, 0.005] * 2
    told = lines(rows)
    assert [decided for decided, _ in told] == ["not slower", "slower"]
    assert told[1][1].startswith("mine: slower: c / a: capacity 0.8000 (0.8")
    text = markdown(rows)
    assert "| mine | c / a, capacity | 0.8000 | 0.8000 to 0.8000 | alone | **slower** |" in text
    assert len(text.splitlines()) == 2 + len(rows) + 2


@pytest.mark.parametrize(
    ("decisions", "code"),
    [
        (["not slower"], 0),
        (["not slower", "slower", "undecided"], 1),
        (["undecided", "not slower"], 2),
        ([], 0),
    ],
)
def test_the_exit_status_is_that_of_the_worst(decisions, code):
    """Slower before undecided."""
    assert status(decisions) == code


@pytest.mark.tried("words")
def test_another_file_is_no_comparison(tmp_path):
    """One of another name, another form, or edited by hand is refused in one line."""
    path = tmp_path / "mine.json"
    write(golden(), path)
    assert read_comparison(path) == golden()
    write(golden() | {"name": "other"}, path)
    with pytest.raises(RecordError, match=r"mine.json: name is other; allowed: a comparison in"):
        read_comparison(path)
    write(golden() | {"pairs": [{"base": "a"}]}, path)
    with pytest.raises(RecordError, match=r"pairs is no list of pairs; allowed: "):
        read_comparison(path)
    write({"schema": SCHEMA + 1}, path)
    with pytest.raises(RecordError, match="is not that of a comparison"):
        read_comparison(path)
    path.write_text(json.dumps({"pairs": []}))
    with pytest.raises(RecordError, match="has no seal"):
        read_pairs(path)
