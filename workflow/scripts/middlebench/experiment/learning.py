"""How long the flows of a trial are learned.  Used while Snakemake reads the rules."""

from collections.abc import Mapping

LEARN_PPS, LEARN_PASSES = 200_000, 3
"""How fast softgen has the flows learned before each trial, and how often each is sent."""

LONGEST_LEARNING_S = 60
"""So long [s] a series of the league may learn its flows before each trial: a million in 15 s."""


def learning_s(flows: int, learn_pps: float = LEARN_PPS, **durations: float) -> float:
    """How long that takes [s], with what is said of a trial's durations."""
    del durations
    return LEARN_PASSES * flows / learn_pps


def learns_too_long(flows: int, durations: Mapping[str, float]) -> str | None:
    """Why no series of the league is measured with so many flows, in words; None when one is."""
    if learning_s(flows, **durations) <= LONGEST_LEARNING_S:
        return None
    rate = durations.get("learn_pps", LEARN_PPS)
    return (
        f"{flows} flows at {rate} new ones a second are learned for more than "
        f"{LONGEST_LEARNING_S} s before each trial"
    )
