"""The order of DUTs, as far as their intervals tell."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.analysis.bounds import trial
from middlebench.analysis.capacity import capacity
from middlebench.analysis.ranking import Ends, Rank, ranks

KNOWN = [
    ("all apart", [(1, 2), (5, 6), (3, 4)], [(3, 3, "c"), (1, 1, "a"), (2, 2, "b")]),
    ("all alike", [(1, 4), (2, 5), (3, 6)], [(1, 3, "a"), (1, 3, "a"), (1, 3, "a")]),
    # the middle one meets both others, which do not meet each other
    ("a chain", [(5, 7), (3, 5), (1, 3)], [(1, 2, "a"), (1, 3, "ab"), (2, 3, "b")]),
    ("ends that meet", [(1, 2), (2, 3)], [(1, 2, "a"), (1, 2, "a")]),
    ("one alone", [(1, 2)], [(1, 1, "a")]),
    ("at least so much", [(9, None), (5, 6)], [(1, 1, "a"), (2, 2, "b")]),
    ("at most so much", [(9, 10), (None, 6)], [(1, 1, "a"), (2, 2, "b")]),
    ("at least, and more", [(4, None), (5, 6)], [(1, 2, "a"), (1, 2, "a")]),
]


@pytest.mark.parametrize(
    ("intervals", "wanted"), [of for _, *of in KNOWN], ids=[n for n, *_ in KNOWN]
)
def test_a_rank_is_a_span_and_letters_are_shared_by_what_cannot_be_told_apart(intervals, wanted):
    """Counted by hand."""
    assert ranks([Ends(*of) for of in intervals]) == [Rank(*of) for of in wanted]


def test_what_is_not_known_has_no_rank_and_is_in_nobodys_way():
    """Both ends open say nothing."""
    assert ranks([Ends(None, None), Ends(1, 2)]) == [None, Rank(1, 1, "a")]
    assert ranks([]) == []


POSITIVE = st.floats(0.1, 100) | st.none()
INTERVALS = st.lists(
    st.tuples(POSITIVE, POSITIVE).map(lambda of: Ends(*(sorted(of) if None not in of else of))),
    max_size=30,
)


@given(INTERVALS)
def test_letters_say_the_same_as_the_intervals(intervals):
    """Two share one exactly when theirs meet; else the ranks are in the order of the intervals."""
    found = ranks(intervals)
    for of, rank in zip(intervals, found, strict=True):
        assert (rank is not None) == of.known
        if rank:
            assert 1 <= rank.first <= rank.last <= sum(map(bool, found))
    pairs = [(of, rank) for of, rank in zip(intervals, found, strict=True) if rank]
    for one, ours in pairs:
        for other, theirs in pairs:
            (low, high), (least, most) = one.span, other.span
            meet = low <= most and least <= high
            assert meet == bool(_letters(ours) & _letters(theirs))
            if low > most:
                assert ours.first <= theirs.first
                assert ours.last < theirs.last


def _letters(rank: Rank) -> set[str]:
    """Those of a rank: each a letter, and a number from the 27th on."""
    found: list[str] = []
    for sign in rank.letters:
        if sign.isalpha():
            found.append(sign)
        else:
            found[-1] += sign
    return set(found)


def _interval(source: random.Random, truth: float, spread: float, trials: int) -> Ends:
    """That of the capacity of a DUT, of so many overloaded trials that spread so."""
    lost = (
        max(0.0, 1 - truth * source.lognormvariate(0, spread) / (1.2 * truth))
        for _ in range(trials)
    )
    found = capacity([trial(1.2 * truth, loss, 0.005) for loss in lost])
    return Ends(found.low, found.high)


@pytest.mark.parametrize(
    ("ratio", "least", "most"), [(1.0, 0, 0.04), (1.04, 0.2, 1), (1.1, 1, 1), (2.0, 1, 1)]
)
def test_the_order_is_right_or_cannot_be_told(ratio, least, most):
    """Of DUTs that differ by so much, of 14 trials each that spread by 2 %; never the wrong one."""
    source, runs, apart = random.Random(7), 60, 0
    for _ in range(runs):
        slow, fast = (_interval(source, truth, 0.02, 14) for truth in (100, 100 * ratio))
        theirs, ours = ranks([slow, fast])
        assert ratio == 1 or ours.first <= theirs.first
        apart += (ours.last < theirs.first) or (theirs.last < ours.first)
    assert least <= apart / runs <= most


def test_the_order_of_what_the_intervals_separate_is_the_same_in_five_of_five_runs():
    """Eight DUTs, some of them alike: pairs that every run tells apart are always in true order."""
    source = random.Random(3)
    truths = [1000, 990, 700, 600, 595, 300, 150, 5]
    for _ in range(5):
        found = ranks([_interval(source, truth, 0.02, 14) for truth in truths])
        assert [of.first for of in found] == sorted(of.first for of in found)
        separate = [(a, b) for a in range(8) for b in range(a) if found[b].last < found[a].first]
        assert len(separate) >= 24
        assert all(truths[b] > truths[a] for a, b in separate)
        assert math.isclose(found[0].first, 1)
