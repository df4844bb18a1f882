"""How turns are taken, from profiles whose answer is known."""

import numpy as np
import pytest

from middlebench.measuring import settling
from middlebench.measuring.settling import TOLERANCE, longest_ms, profiled, taken
from middlebench.records.comparison_file import NEVER_FLAT

PPS, SLICES_A_MS = 1500.0, 4
"""What comes back in a slice late in a turn, and how many are a millisecond."""
AUTO = {"turn_ms": "auto", "settle_ms": "auto", "window_ms": 300}
MS = np.arange(200) + 0.5


def rising(tau, lost=0.5):
    """Of the late rate: at first so much less, then less and less, e-fold within `tau` [ms]."""
    return 1 - lost * np.exp(-MS / tau)


def profile(shape, spread=0.0, runs=5, seed=1, clean=1.0, factors=None):
    """What softgen reports of turns with this shape: states that carry so much, by turns."""
    source = np.random.default_rng(seed)
    found = {}
    for state, factor in (factors or {"idle_idle_near": 1.0}).items():
        slices = source.binomial(SLICES_A_MS * runs, clean, len(shape))
        noise = 1 + source.normal(0, spread, (runs, len(shape))).mean(0)
        came = np.round(slices * PPS * factor * shape * noise).astype(int)
        found[state] = [[int(of), int(all_)] for of, all_ in zip(slices, came, strict=True)]
    return found


def until_within(tau, lost=0.5):
    """The first whole millisecond that is within TOLERANCE of the late half's mean."""
    rates = rising(tau, lost)
    return int(np.flatnonzero(rates >= (1 - TOLERANCE) * rates[100:].mean())[0])


def flat_after(*profiles):
    """In turns of 200 ms."""
    return settling.flat_after(profiles, 200)


FLAT = np.ones(200)


def test_what_is_flat_at_once_loses_a_millisecond():
    """In which the queue of the last turn empties."""
    assert flat_after(profile(FLAT))[:2] == (1, None)


@pytest.mark.parametrize("tau", [1, 3, 10, 25])
def test_the_end_of_a_rise_is_found(tau):
    """To the millisecond without noise, whether the rate rises or falls to what it stays at."""
    wanted = until_within(tau)
    found = flat_after(profile(rising(tau)))
    assert found.said is None
    assert wanted - 1 <= found.after_ms <= wanted  # noise 0 but for what of the rise is left late
    falls = flat_after(profile(2 - rising(tau))).after_ms
    assert abs(falls - wanted) <= 1
    assert until_within(3) == 10  # so that what is left out is seen here


@pytest.mark.parametrize(("tau", "most_off"), [(1, 5), (3, 6), (10, 12)])
def test_noise_moves_it_by_milliseconds(tau, most_off):
    """5 % from a millisecond of a turn to the next, five of them: no end is found far too soon."""
    found = [flat_after(profile(rising(tau), 0.05, seed=seed)) for seed in range(100)]
    assert {of.said for of in found} == {None}
    off = np.array([of.after_ms for of in found]) - until_within(tau)
    assert abs(np.median(off)) <= max(1, tau / 4)
    assert np.mean(np.abs(off) <= most_off) >= 0.95
    rates = rising(tau) / rising(tau)[100:].mean()
    assert min(rates[of.after_ms] for of in found) > 1 - 3 * TOLERANCE
    flat = [flat_after(profile(FLAT, 0.05, seed=seed)).after_ms for seed in range(100)]
    assert np.median(flat) <= 2


def drifting(shape, seed):
    """Five runs on a busy machine: 8 % from one millisecond to the next, 4 % within 20 ms or so."""
    source = np.random.default_rng(seed)
    kept, runs = np.exp(-1 / 20), np.zeros((5, 200))
    steps = source.normal(0, 1, (5, 200))
    runs[:, 0] = steps[:, 0]
    for at in range(1, 200):
        runs[:, at] = kept * runs[:, at - 1] + np.sqrt(1 - kept**2) * steps[:, at]
    white = source.normal(0, 0.08, (5, 200))
    return profile(shape * (1 + 0.04 * runs + white).mean(0))


@pytest.mark.parametrize(("shape", "soon", "late"), [(FLAT, 1, 10), (rising(3), 5, 17)])
def test_what_a_busy_machine_does_is_no_rise(shape, soon, late):
    """Two rounds of what drifts itself: nine of ten ends are found between those, none never, and
    what is kept of six times as much is off by half a per cent at most."""
    found = [flat_after(*(drifting(shape, 2 * at + of) for of in (0, 1))) for at in range(100)]
    ends = np.array([of.after_ms for of in found])
    assert [of.said for of in found].count(NEVER_FLAT) <= 2
    assert np.mean((ends >= soon) & (ends <= late)) >= 0.9
    off = [1 - shape[end : max(50, min(200, 6 * end))].mean() for end in ends]
    assert max(off) < 0.01
    assert np.mean(off) < 0.005
    assert 0.005 < np.median([of.noise for of in found]) < 0.02


def test_a_dip_in_the_middle_of_a_turn_is_no_settling():
    """The rate was there before it."""
    dip = np.where((MS > 60) & (MS < 75), 0.7, 1.0)
    assert flat_after(profile(dip))[:2] == (1, None)


def test_what_never_gets_flat_is_named():
    """A rate that rises through all of a turn, and one that does within 60 ms."""
    for shape in (np.linspace(0.5, 1, 200), rising(60)):
        for seed in range(20):
            assert flat_after(profile(shape, 0.05, seed=seed)).said == NEVER_FLAT
    assert flat_after(profile(rising(25))).said is None


def test_states_of_the_machine_are_no_rise():
    """A sibling that is busy in the early milliseconds alone changes nothing; unknown ones count
    only where there are no others."""
    busy_first = profile(FLAT)
    for at in range(30):
        busy_first["idle_idle_near"][at] = [0, 0]
    shared = {"busy_idle_near": [[20, round(20 * PPS * 0.6)] for _ in range(200)]}
    assert flat_after(busy_first | shared).after_ms == 1
    assert flat_after(shared | {"unknown": profile(rising(10))["idle_idle_near"]}).after_ms == 1
    alone = {"unknown": profile(rising(10))["idle_idle_near"]}
    assert flat_after(alone).after_ms == until_within(10)


def test_too_little_clean_time_is_said():
    """Nothing is concluded from it; two rounds may have enough together."""
    little = profile(rising(10), clean=0.08)
    found = flat_after(little)
    assert (found.after_ms, found.noise, found.rates) == (settling.UNKNOWN_MS, None, [])
    assert found.said == "in too little clean time to say"
    assert flat_after({}).said == found.said
    more = [profile(rising(10), clean=0.8, seed=seed) for seed in (1, 2)]
    assert flat_after(*more).after_ms == until_within(10)


def measuring(*rounds):
    """(Something that gives these profiles one after the other, what it was asked)."""
    left, asked = list(rounds), []

    def measure():
        asked.append(1)
        return left.pop(0)

    return measure, asked


@pytest.mark.parametrize(
    ("taus", "turn_ms", "settle_ms"), [((1, 3), 60, 10), ((1, 1), 50, 3), ((3, 25), 200, 77)]
)
def test_turns_are_long_beside_what_is_left_out(taus, turn_ms, settle_ms):
    """Six times the slowest variant's, within 50 to 200 ms."""
    one, other = (profile(rising(tau)) for tau in taus)
    measure, asked = measuring({"a": one, "b": other})
    turns = taken(AUTO, 2, measure)
    assert (turns.turn_ms, turns.settle_ms) == (turn_ms, settle_ms)
    assert turns.lengths["window_ms"] == max(300, 2 * turn_ms)
    assert len(asked) == 1
    told = turns.told()
    assert told["found"]["a"]["after_ms"] == until_within(taus[0])
    assert len(told["found"]["b"]["rates"]) == 200
    assert f"turns of {turn_ms} ms, the first {settle_ms}" in turns.in_words()


def test_what_is_given_stays():
    """Both: nobody looks.  One: the other fits it."""
    nobody = measuring()[0]
    given = {"turn_ms": 170, "settle_ms": 9, "window_ms": 300}
    assert taken(given, 2, nobody).told() == given | {"found": {}}
    assert taken(AUTO | {"settle_ms": 20}, 2, nobody).turn_ms == 120
    assert taken(AUTO | {"settle_ms": 70}, 3, nobody).turn_ms == 141
    measure, _ = measuring({"a": profile(rising(3)), "b": profile(FLAT)})
    turns = taken(AUTO | {"turn_ms": 30}, 2, measure)
    assert (turns.turn_ms, turns.settle_ms) == (30, 10)


PAIR = {"base": "a", "other": "b", "decision": "slower", "said": "b / a: 0.9"}


def test_nothing_is_decided_of_what_is_never_flat():
    """It is looked at once more, then said; other pairs are as they were."""
    late, flat = profile(np.linspace(0.5, 1, 200)), profile(FLAT)
    measure, asked = measuring(*[{"a": flat, "b": late, "c": flat}] * 2)
    turns = taken(AUTO, 2, measure)
    assert (len(asked), turns.turn_ms, turns.settle_ms) == (2, 200, 99)
    decided = turns.decided(PAIR)
    assert decided["decision"] == "undecided"
    assert decided["said"] == "b / a: 0.9; nothing is decided, as b is never flat"
    assert turns.decided(PAIR | {"decision": None})["decision"] is None
    assert turns.decided(PAIR | {"other": "c"}) == PAIR | {"other": "c"}
    assert turns.never_flat(PAIR) == ["b"]
    assert "b never flat" in turns.in_words()


def test_turns_that_are_given_may_be_too_short_for_it():
    """Flat after 10 ms in turns of 20: it is never flat there."""
    measure, _ = measuring({"a": profile(rising(3)), "b": profile(FLAT)})
    turns = taken(AUTO | {"turn_ms": 20}, 2, measure)
    assert (turns.turn_ms, turns.settle_ms) == (20, 9)
    assert turns.never_flat(PAIR) == ["a"]


def test_a_second_round_may_tell_what_the_first_did_not():
    """Both count together, and no third is made."""
    little, whole = profile(rising(3), clean=0.05), profile(rising(3))
    measure, asked = measuring({"a": little}, {"a": whole})
    assert taken(AUTO, 2, measure).settle_ms == until_within(3)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("count", "in_a_row", "longest"), [(2, 2, 200), (3, 1, 100), (4, 1, 66), (8, 1, 50)]
)
def test_more_variants_have_shorter_turns(count, in_a_row, longest):
    """Two have two turns in a row; of more those between have one.  Others take 0.4 s at most."""
    settings = profiled(count)
    assert in_a_row * settings["turn_ms"] == longest == longest_ms(count)
    assert 2 * (count - 1) * longest <= 400 or longest == 50
    assert settings["window_ms"] == 5 * longest
    assert settings["settle_ms"] == 0
    flat = {name: profile(rising(20)[:longest]) for name in "abcdefgh"[:count]}
    turns = taken(AUTO, count, measuring(flat, flat)[0])
    assert turns.turn_ms == longest
    assert 2 * turns.settle_ms < turns.turn_ms
    assert bool(turns.never_flat(PAIR)) == (longest < 200)
