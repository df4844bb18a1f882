"""A load generator's result, checked before anything is computed from it."""

from math import isclose
from typing import Any

from middlebench.errors import GeneratorError
from middlebench.files import fast_schema, strict_json
from middlebench.frame_mix import FrameSize, genome
from middlebench.generators import GENERATORS
from middlebench.machine.states import merged
from middlebench.records import record, state_rules
from middlebench.records import sections as section_rules
from middlebench.records.counts import COUNTERS, MARKS
from middlebench.units import packets_per_second

Result = dict[str, Any]


def asked(
    rate_mbit: float, frame_size: FrameSize, flows: int, settings: dict[str, Any], run_id: int
) -> Result:
    """What a result must repeat of a trial: the arguments of `run_trial`."""
    return {
        "protocol": settings.get("protocol", "udp"),
        "frame_size": genome(frame_size),
        "flows": flows,
        "run_id": run_id,
        "rate_pps": packets_per_second(rate_mbit, frame_size),
    }


def checked(text: str, generator: str, wanted: Result) -> Result:
    """The result in a JSON text of a generator, by name, asked for as `wanted` says.

    GeneratorError in one line unless it has the form that workflow/schemas/result.schema.json says,
    with the generator's own keys, repeats what was asked, and its counters, times and histograms
    fit together.
    """
    try:
        result = strict_json.parse(text)
    except ValueError as error:
        raise GeneratorError(f"{generator}: its result is not JSON ({error})") from error
    reason = (
        _another(generator, result)
        or fast_schema.fault("result", result, GENERATORS[generator].result)
        or _marks(result)
        or _answer(result, wanted)
        or _sections(result)
    )
    if reason:
        raise GeneratorError(f"{generator}'s result: {' '.join(reason.split())}")
    return result


def _answer(result: Result, wanted: Result) -> str | None:
    """It is of the trial that was asked for."""
    for key, value in wanted.items():
        close = key == "rate_pps" and isclose(result[key], value, rel_tol=1e-9, abs_tol=0.001)
        if result[key] != value and not close:
            return f"{key} is {result[key]}; allowed: what was asked for, {value}"
    return None


def _another(generator: str, result: Any) -> str | None:
    """It is that generator's.  What says nothing of it is left to the schema."""
    said = result.get("generator", generator) if isinstance(result, dict) else generator
    return None if said == generator else f"generator is {str(said)[:40]}; allowed: {generator}"


def _marks(result: Result) -> str | None:
    """What happened in slices is said where there are any."""
    marks = MARKS if result["slices"] else ()
    nulls = [key for key in marks if result[key] is None]
    return f"{nulls[0]} is null; allowed: marks, as slices were looked at" if nulls else None


def _sections(result: Result) -> str | None:
    """What a record would have of it fits together."""
    sections = record.counted(result, state={}, virtual=False, switch={})
    every_frame = GENERATORS[result["generator"]].every_frame
    return (
        section_rules.fault(sections, result["flows"], every_frame)
        or _sent(result, every_frame)
        or _states(result, sections)
    )


def _sent(result: Result, every_frame: bool) -> str | None:
    """The latency from when packets were sent is of the same packets."""
    for name in ("raw", "gated"):
        part, sent = result[name], result[name]["latency_sent"]
        if not every_frame and sent:
            return f"{name}.latency_sent is given; allowed: null of this generator"
        about = part | {"latency": sent and record.columns(sent)}
        if reason := section_rules.latency_fault(about, every_frame):
            return f"{name}.latency_sent: {reason}"
    return None


def _states(result: Result, sections: Result) -> str | None:
    """What the clean slices of all states have is what the clean slices have."""
    if (result["states"] is None) != (result["probe"] is None):
        return "states or probe is null; allowed: both, or none"
    if result["states"] is None:
        return None
    found = {
        name: part | {"latency": part["latency"] and record.columns(part["latency"])}
        for name, part in result["states"].items()
    }
    if reason := state_rules.fault(sections | {"states": found}, section_rules.latency_fault):
        return reason
    if reason := state_rules.probe_fault(result["probe"], result["dut_stops"]):
        return reason
    made, gated = merged(list(result["states"].values())), result["gated"]
    for counter in COUNTERS:
        if made[counter] != gated[counter]:
            return f"states have {made[counter]} {counter}; allowed: gated's, {gated[counter]}"
    clean, whole = (
        part["latency"] and part["latency"]["histogram"] for part in (gated, result["raw"])
    )
    if (made["latency"] and made["latency"]["histogram"]) != clean:
        return "states have another latency together than gated; allowed: the same"
    if clean and not {tuple(row[:2]) for row in clean} <= {tuple(row[:2]) for row in whole}:
        return "gated.latency has a bucket that raw.latency has not; allowed: buckets of the window"
    return None
