"""Whether two generators say the same of what a DUT carries."""

from collections.abc import Mapping, Sequence

from milliseconds import Carried

TOLERANCE = 0.02

ENOUGH_S = 0.1
"""Clean time of a state that each of both needs."""


def by_state(trials: Sequence[Mapping[str, Carried]]) -> dict[str, tuple[float, float]]:
    """Of some trials, for each state: clean time [s], and cycles of the core a packet took.

    By the core's own clock, as that moves from trial to trial and a DUT's rate with it.
    """
    found = {}
    for state in {state for trial in trials for state in trial}:
        parts = [trial[state] for trial in trials if state in trial]
        packets = sum(part.packets for part in parts)
        cycles = sum(part.core_mhz * 1e6 * part.seconds for part in parts)
        if packets:
            found[state] = sum(part.seconds for part in parts), cycles / packets
    return found


def ratio(
    ours: Sequence[Mapping[str, Carried]], others: Sequence[Mapping[str, Carried]]
) -> tuple[str, float] | None:
    """The state of which both have most clean time; our packets a cycle of the core / the other's.

    None where no state has ENOUGH_S of both.
    """
    our, other = by_state(ours), by_state(others)
    least = {state: min(our[state][0], other[state][0]) for state in our.keys() & other.keys()}
    state = max(least, key=lambda name: least[name], default=None)
    if state is None or least[state] < ENOUGH_S:
        return None
    return state, other[state][1] / our[state][1]


def check_agree(found: Mapping[object, float]) -> None:
    """AssertionError that names each load whose ratio is not 1 within TOLERANCE."""
    apart = {load: value for load, value in found.items() if abs(value - 1) > TOLERANCE}
    if apart:
        words = "; ".join(f"{load}: {value:.4f}" for load, value in apart.items())
        raise AssertionError(f"softgen / the other generator: {words}")
