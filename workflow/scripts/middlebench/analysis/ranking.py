"""Which of several is faster, as far as their intervals tell.

Two are told apart when their intervals do not meet.  So a rank is a span: nobody who is not surely
faster is before, and nobody who is not surely slower is behind.  Who cannot be told apart share a
letter, as in the compact letter display of multiple comparisons (Piepho, J. Comput. Graph. Stat. 13
(2004) 456): letters stand for the largest sets all of whose intervals meet.  Not meeting is
stricter than a test of the difference would be: of two equal ones with intervals of 95 % it says
so less often than once in a hundred times.
"""

import math
from collections.abc import Sequence
from string import ascii_lowercase
from typing import NamedTuple


class Ends(NamedTuple):
    """An interval; None: an end that is not known."""

    low: float | None
    high: float | None

    @property
    def known(self) -> bool:
        """Is anything known?"""
        return self.low is not None or self.high is not None

    @property
    def span(self) -> tuple[float, float]:
        """Both ends, 0 and infinity where they are not known."""
        return self.low or 0.0, math.inf if self.high is None else self.high


class Rank(NamedTuple):
    """A place among others, the fastest first."""

    first: int
    last: int
    letters: str
    """Of its groups; alone in one, it is told apart from all others."""


def ranks(intervals: Sequence[Ends]) -> list[Rank | None]:
    """The rank of each, in their order; None of one of which nothing is known."""
    spans = {at: of.span for at, of in enumerate(intervals) if of.known}
    named = _letters(spans)
    found: list[Rank | None] = [None] * len(intervals)
    for at, (low, high) in spans.items():
        faster = sum(other > high for other, _ in spans.values())
        slower = sum(other < low for _, other in spans.values())
        found[at] = Rank(1 + faster, len(spans) - slower, named[at])
    return found


def _letters(spans: dict[int, tuple[float, float]]) -> dict[int, str]:
    """The letters of each: a, b, ... from the fastest set on.

    Intervals meet pairwise only where all of them do, so every largest set meets at a lower end.
    """
    meeting = {
        frozenset(at for at, (low, high) in spans.items() if low <= point <= high): point
        for point, _ in sorted(spans.values())
    }
    largest = [of for of in meeting if not any(of < other for other in meeting)]
    largest.sort(key=lambda of: -meeting[of])
    letters = dict.fromkeys(spans, "")
    for number, members in enumerate(largest):
        for at in members:
            letters[at] += _letter(number)
    return letters


def _letter(number: int) -> str:
    """a to z, then a1 and so on."""
    again, place = divmod(number, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(again) if again else "")
