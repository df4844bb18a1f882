"""The state of a DUT after a trial, and the limits of its own that the flows may have run into."""

from typing import Any

from middlebench.duts.interface import Counted
from middlebench.functions import PORTS, Makes, how_many
from middlebench.measuring.parts import Assembly

STATE_LIMIT = "state limit"
"""Begins what a limit of the DUT's is told by: no rate changes it."""


def found_state(
    made: Assembly, counted: Counted, result: dict[str, Any], flows: int, to_one: int
) -> dict[str, Any]:
    """What record.measured takes as `state`, of a trial's result; `to_one` as in state_fault."""
    dut = made.dut
    limits = (counted, dut.most_flows, dut.makes, flows, result["learned_flows"])
    return {
        "expected_entries": dut.expected_entries(flows),
        "found_after_warmup": counted.after_warmup,
        "found_after_window": counted.after_window,
        "read": made.state_read,
        "fault": state_fault(*limits, to_one=to_one),
    }


def state_fault(
    counted: Counted, most_flows: int | None, makes: Makes, flows: int, learned: int, to_one: int
) -> str | None:
    """A limit that the flows ran into, else why the DUT did not tell its state; None: neither.

    `most_flows`: as many as it has room for, None: it does not say.  `learned`: flows that came
    through.  `to_one`: as many of all flows go to one host.
    """
    if why := too_many(most_flows, flows):
        return f"{why} ({counted.forgotten})" if counted.forgotten else why
    if counted.fault:
        return counted.fault
    missing = flows - min(learned, flows if counted.after_window is None else counted.after_window)
    if missing <= 0 or not makes.snat_address:
        return None
    ports = PORTS * how_many(makes.snat_address)
    if to_one > ports:
        has = f"{makes.snat_address} has {ports} ports towards one host"
        return _limit(f"port exhaustion: {has}, {to_one} flows go there", counted.no_port)
    if counted.no_port:
        why = f"port exhaustion: {missing} of {flows} flows have no connection"
        return _limit(why, counted.no_port)
    return None


def too_many(most_flows: int | None, flows: int) -> str | None:
    """The limit that more flows than the DUT has room for run into, before they are sent."""
    if most_flows is None or flows <= most_flows:
        return None
    return _limit(f"the DUT tracks {most_flows} connections at most, {flows} flows are more", None)


def _limit(why: str, says: str | None) -> str:
    return f"{STATE_LIMIT}: {why}" + (f" ({says})" if says else "")
