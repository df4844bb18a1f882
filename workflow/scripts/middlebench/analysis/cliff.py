"""A cliff: where a DUT carries much less at the next size than at the one before, and why.

Steps of a line over a logarithmic axis are compared: the largest fall between two sizes is the
cliff, if it is more than SHARE, and surely a fall: the intervals of both ends do not meet.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

SHARE = 0.15
"""Of the capacity: less is a slope."""


class Sized(NamedTuple):
    """What is carried at a size [packets/s], and between what; None: not known."""

    size: int
    middle: float | None
    low: float | None
    high: float | None


class Cliff(NamedTuple):
    """Between which sizes, and which share of the capacity is lost there."""

    before: int
    after: int
    lost: float
    cause: str
    """What is known to end between both; empty."""


def cliff(sizes: Sequence[Sized], causes: Sequence[tuple[int, str]] = ()) -> Cliff | None:
    """The largest fall; None where none is more than SHARE, or none is sure."""
    known = sorted(of for of in sizes if None not in (of.middle, of.low, of.high))
    falls = [
        Cliff(before.size, after.size, 1 - after.middle / before.middle, "")
        for before, after in pairwise(known)
        if after.high < before.low and 1 - after.middle / before.middle > SHARE
    ]
    if not falls:
        return None
    found = max(falls, key=lambda of: of.lost)
    why = [word for limit, word in causes if found.before <= limit < found.after]
    return found._replace(cause="; ".join(why))
