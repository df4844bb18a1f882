"""Which points of a sweep are measured next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.analysis.repetitions import Try
from middlebench.analysis.sweep import (
    describe,
    left_over,
    next_points,
    plan,
    skipped_rates,
    wanted_fine,
)
from middlebench.errors import RecordError
from middlebench.experiment.rates import kind_of
from records import make_record, write_record

REPETITIONS = {
    "min": 2,
    "max": 3,
    "retries": 1,
    "latency_width_ratio": 0.3,
    "loss_width_ratio": 0.3,
    "loss_width": 0.005,
}
RATES = {"from": 100, "to": 1200, "step": 100, "skip_after": 2}
SETTINGS = {
    "rates_mbit": RATES | {"refine": {"step": 20, "max_points": 4}},
    "repetitions": REPETITIONS,
    "max_loss_ratio": 0.005,
    "max_exceed_ratio": 0.25,
}
OK, LOST = Try("ok", 1000.0, 0.0), Try("overloaded", 9000.0, 0.5)
HUNG, WRONG = Try("stalled", None, None), Try("failed", None, None)
DISTURBED = Try("disturbed", 1000.0, 0.0)


def simulate(carried, settings=SETTINGS):
    """(Tries of a DUT that carries `carried` Mbit/s, the rates of each round)."""
    tries, rounds = {}, [list(kind_of(settings["rates_mbit"]).first())]
    chosen = dict.fromkeys(rounds[0], ("first", settings["repetitions"]["min"]))
    while chosen:
        for rate, (_, count) in chosen.items():
            lost = Try("overloaded", 9000.0, 1 - carried / rate)
            tries.setdefault(rate, []).extend([OK if rate <= carried else lost] * count)
        chosen = next_points(tries, settings)
        rounds.append(sorted(chosen))
    return tries, rounds


def test_a_sweep_goes_upwards_until_enough_rates_are_overloaded():
    """Three at a time; the rest is skipped; then fine rates around the knee."""
    tries, rounds = simulate(carried=430)
    assert rounds == [[100, 200, 300], [400, 500, 600], [420, 440, 460, 480], []]
    assert skipped_rates(tries, kind_of(SETTINGS["rates_mbit"])) == list(range(700, 1201, 100))
    assert all(len(of_rate) == 2 for of_rate in tries.values())


def test_without_a_limit_every_coarse_rate_is_measured():
    """`skip_after: null`."""
    settings = SETTINGS | {"rates_mbit": RATES | {"skip_after": None}}
    tries, rounds = simulate(430, settings)
    assert rounds == [list(range(100, 1201, 100)), []]
    assert skipped_rates(tries, kind_of(settings["rates_mbit"])) == []


def test_one_overloaded_rate_alone_skips_nothing():
    """A stray spike: the rates above hold."""
    tries = {100: [OK] * 2, 200: [LOST] * 2, 300: [OK] * 2}
    assert sorted(next_points(tries, SETTINGS)) == [400, 500, 600]


@pytest.mark.parametrize(
    ("tries", "beyond"),
    [
        ([LOST, LOST], True),
        ([LOST, OK], False),
        ([LOST, LOST, OK], True),
        ([LOST, DISTURBED], True),
        ([DISTURBED, DISTURBED], False),
        ([Try("generator_limited", 1.0, 0.0)], True),
        ([HUNG] * 2, True),
        ([WRONG] * 2, True),
        ([WRONG, OK], False),
    ],
)
def test_what_counts_as_overloaded(tries, beyond):
    """Most of the tries that say something; what cannot be offered tells nothing either."""
    rates = RATES | {"skip_after": 1}
    assert bool(skipped_rates({100: tries}, kind_of(rates))) == beyond


def test_a_loose_point_is_repeated_before_fine_ones_are_chosen():
    """The range of the fine points rests on coarse ones that are tight."""
    tries, _ = simulate(430)
    coarse = {rate: of_rate for rate, of_rate in tries.items() if rate % 100 == 0}
    coarse[300] = [OK, Try("ok", 5000.0, 0.0)]
    assert next_points(coarse, SETTINGS) == {300: ("interval of the latency too wide", 1)}


@pytest.mark.parametrize(
    ("carried", "fine"),
    [
        (50, []),
        (5000, []),
        (430, [420, 440, 460, 480]),
    ],
)
def test_no_fine_points_without_a_knee_in_the_range(carried, fine):
    """Nothing holds, or everything does."""
    tries, rounds = simulate(carried)
    assert wanted_fine(tries, SETTINGS) == fine
    assert rounds[-1] == []


def test_fine_points_cover_the_interval_of_the_knee():
    """From its lower end to the coarse rate above its upper end."""
    tries = {rate: [OK] * 4 for rate in (100, 200, 300)}
    lost = {rate: Try("overloaded", 9000.0, 1 - 380 / rate) for rate in (400, 500, 600)}
    fast = Try("overloaded", 9000.0, 1 - 440 / 500)
    tries |= {400: [OK, lost[400]] * 2, 500: [fast] * 4, 600: [lost[600], lost[600], OK, OK]}
    fine = wanted_fine(tries, SETTINGS)
    assert min(fine) < 400 < max(fine)


def test_a_dut_that_hangs_is_refined_where_it_began_to():
    """Trials that hung at 500 mark the knee, though one at 600 came through."""
    tries = {rate: [OK] * 3 for rate in (100, 200, 300, 400)}
    tries |= {500: [HUNG] * 3, 600: [OK, HUNG, HUNG]}
    assert max(wanted_fine(tries, SETTINGS)) > 400
    assert wanted_fine(tries | {500: [DISTURBED] * 3, 600: [OK]}, SETTINGS) == []


def test_a_single_rate_ends_at_once():
    """No coarse rate above it, so nothing to refine."""
    settings = SETTINGS | {"rates_mbit": SETTINGS["rates_mbit"] | {"to": 100}}
    assert simulate(50, settings)[1] == [[100], []]


TRIES = st.lists(st.sampled_from([OK, LOST, DISTURBED, WRONG]), min_size=1, max_size=5)


@given(st.dictionaries(st.sampled_from(range(100, 1201, 20)), TRIES))
def test_a_plan_stays_within_the_sweep_and_ends(tries):
    """Only rates of the sweep, and each at most `max` and `retries` times."""
    limit = REPETITIONS["max"] + REPETITIONS["retries"]
    for rate, (_, count) in next_points(tries, SETTINGS).items():
        assert kind_of(SETTINGS["rates_mbit"]).stage(rate)
        assert len(tries.get(rate, [])) + count <= limit


def write(folder, rate, repetition, **about):
    """A record where the grid writes it."""
    of_stage = {"stage": kind_of(SETTINGS["rates_mbit"]).stage(rate)}
    about |= {"rate_mbit": rate, "repetition": repetition, "settings": of_stage}
    return write_record(folder, make_record(**about))


def test_a_plan_names_records_and_says_what_became_of_each_rate(tmp_path):
    """Paths of the next repetitions, a reason for each rate, a row for each rate of the sweep."""
    paths = [write(tmp_path, rate, n) for rate in (100, 200) for n in (1, 2)]
    paths += [write(tmp_path, 300, n, median_ns=1000.0 * n) for n in (1, 2)]
    lost = {"verdict": "overloaded", "loss_ratio": 0.5}
    paths += [write(tmp_path, rate, n, **lost) for rate in (400, 500) for n in (1, 2)]
    planned = plan(reversed(paths), SETTINGS)
    assert planned["more"] == [str(paths[0].with_name("300mbit_3.json"))]
    assert planned["why"] == {"interval of the latency too wide": 1}
    states = {row["rate_mbit"]: row["state"] for row in planned["sweep"]}
    assert states == dict.fromkeys(range(100, 501, 100), "measured") | dict.fromkeys(
        range(600, 1201, 100), "skipped"
    )
    assert describe(planned) == (
        "1 measurements follow (points 1: interval of the latency too wide)"
    )


def test_the_end_of_a_sweep_says_what_was_skipped(tmp_path):
    """No fine points are asked for here."""
    lost = {"verdict": "overloaded", "loss_ratio": 0.5}
    paths = [write(tmp_path, rate, n, **lost) for rate in (100, 200) for n in (1, 2)]
    planned = plan(paths, SETTINGS | {"rates_mbit": RATES})
    assert planned["more"] == []
    assert describe(planned) == ("every point is measured; 10 rates far above the knee are skipped")
    assert describe(plan([], SETTINGS)) == "every point is measured"


def test_fine_records_that_belong_no_more_are_named(tmp_path):
    """Coarse ones may be another figure's; what cannot be read is none of ours."""
    paths = [write(tmp_path, rate, 1) for rate in (100, 200)]
    old = write(tmp_path, 120, 1)
    write(tmp_path, 900, 1)
    old.with_name("140mbit_1.json").write_text("{", encoding="utf-8")
    planned = plan(paths, SETTINGS)
    assert left_over(paths, planned) == [old]


def test_a_broken_record_is_an_error(tmp_path):
    """One line that names the file."""
    path = write(tmp_path, 100, 1)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(RecordError, match=r"100mbit_1\.json: truncated"):
        plan([path], SETTINGS)
