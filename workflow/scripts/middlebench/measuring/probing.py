"""What the generator is told of hidden states: where to look for them, and by which limits."""

from typing import Any

from middlebench.machine.states import NOT_ASKED, states_of
from middlebench.measuring.parts import Assembly
from middlebench.records.judging import near_ceiling, wanted

LIMITS = ("busy_dut", "busy_generator", "far")


def looking(
    settings: dict[str, Any], made: Assembly, for_states: dict[str, Any] | None
) -> dict[str, Any]:
    """The settings of a trial with where to look, and what for, under `probing`.

    The settings as they are where nobody looks: `for_states` is None, nothing is gated, or DUT and
    generator have hosts of their own, whose clocks are not one.
    """
    if for_states is None or made.loadgen is not None or not settings["gating"]:
        return settings
    place = {"dut_cpu": made.dut_cpu, "polls": made.polls}
    return settings | {"probing": place | for_states}


def told_apart(point: dict[str, Any], machine: dict[str, Any] | None) -> dict[str, Any] | None:
    """The limits between states that a calibration found, and the states a point is judged by.

    `point` is a record that has begun: settings, asked, calibration.  None where the calibration
    could tell no states.
    """
    state = wanted(point)
    known = machine and machine["busy_dut"] and machine["busy_generator"]
    if not known or state == NOT_ASKED:
        return None
    judged = states_of(state, near_ceiling(point))
    return {limit: machine[limit] for limit in LIMITS} | {"judged": judged}
