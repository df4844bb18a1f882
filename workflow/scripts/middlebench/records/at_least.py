"""What a DUT carried at least, in trials in which the generator could make or take no more.

What came back in clean time is never more than the DUT can do.  So a trial that ends at the
generator's limit bounds the capacity from below, if the DUT was not at its limit as well.  The
generator's neighbour changes what is offered and not what the DUT carries: near the ceiling, where
verdicts tell it apart, the bound is of the DUT's own neighbour alone.
"""

from typing import Any

from middlebench.machine import states
from middlebench.records import losses
from middlebench.records.judging import judged_part, judged_state, near_ceiling, needed_s

LIMITED = "generator_limited"

_OF_GENERATOR = "generator_shared"


def at_least_pps(record: dict[str, Any]) -> dict[str, float]:
    """State of the machine -> packets/s that the DUT carried in it at least.

    Empty where the trial's verdict is not LIMITED, but for one that was carried while the
    generator's neighbour was busy: that says by itself what it does of the state it was judged in.
    Empty, too, where the DUT lost more than it may of what it was given.
    """
    name, state = record["verdict"]["name"], judged_state(record)
    if name != LIMITED and (name, state) != ("ok", _OF_GENERATOR):
        return {}
    told_apart = record["states"] is not None and state != states.ANY and near_ceiling(record)
    parts = {state: record["gated"]} if name == LIMITED else {}
    parts |= _by_dut(record) if told_apart else {}
    found = {of: _carried(record, part) for of, part in parts.items()}
    return {of: pps for of, pps in found.items() if pps}


def _by_dut(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What was counted in each state of the DUT's CPU that there was enough clean time of."""
    found = record["states"]
    seconds = states.by_class(found, near=False, key="duration_s")
    parts = {}
    for of in states.CLASSES:
        if seconds.get(of, 0) >= needed_s(record):
            names = [name for name in states.states_of(of, near=False) if name in found]
            counted = judged_part(found, names)
            parts[of] = counted | losses.loss_and_rates(counted, record["settings"]["virtual"])
    return parts


def _carried(record: dict[str, Any], part: dict[str, Any]) -> float | None:
    """What came back of a part [packets/s], but no more than went in; None: the DUT lost some.

    What the generator did not fetch had come through; what had no room at the DUT's door had not.
    """
    loss, switch = part["loss_ratio"], record["totals"]["switch"]
    if loss is None:
        return None
    unread = switch.get("outside_unread", 0) > switch.get("inside_rx_drop", 0)
    lost = loss > record["settings"]["verdict"]["max_loss_ratio"] and not unread
    return None if lost else min(part["put_pps"], part["arrived_pps"])
