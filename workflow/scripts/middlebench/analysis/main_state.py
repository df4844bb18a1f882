"""The main state of a series: what its knee, intervals and lines are of, as none mixes states."""

from collections.abc import Mapping

from middlebench.machine.states import ANY, CLASSES, NOT_ASKED

_ORDER = (ANY, *CLASSES, NOT_ASKED)


def main_state(valid: Mapping[str, int]) -> str:
    """The state that most valid points of a series were judged in, of equals the most wanted one.

    `valid`: how many points of each state are valid; one state at least.
    """
    return min(valid, key=lambda state: (-valid[state], _ORDER.index(state)))
