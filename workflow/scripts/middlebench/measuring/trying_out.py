"""Getting to know a DUT that does a function: does it start, how fast, is it right, how big?

What is wrong with it is found out, and told as what it is: nothing here fails because of it.
"""

import time
from typing import Any

from middlebench.duts.registry import dut_class
from middlebench.errors import DutError, GeneratorError, SandboxError
from middlebench.functions import known
from middlebench.generators import IN_A_SANDBOX
from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.interface import generator_class
from middlebench.measuring.assembly import assembled
from middlebench.measuring.check_frames import INSIDE, OUTSIDE, begins
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.load_plan import plan_flow
from middlebench.measuring.parts import Parts
from middlebench.testbeds.places import TwoHosts, Where
from middlebench.testbeds.sandbox import Sandbox
from middlebench.units import rate_mbit

STARTS = 3
"""New DUTs whose start is timed."""

FLOWS = (100, 10_000)
"""Connections between which memory is compared: below what one process may have sockets for."""

LOAD_PPS = 200_000
"""So much that every packet buffer is used within a window, with few connections as with many."""

FRAME_SIZE = 64

NOISE_BYTES = 26
"""Memory of a connection that cannot be told from none: allocators take 64 pages at a time."""

ERRORS = (DutError, GeneratorError, SandboxError)

# Anonymous memory of all processes of the sandbox but the generator's, in KiB.
NOTE = (
    'awk \'/^Name:/ {{ ours = $2 == "{generator}" }} /^RssAnon:/ && !ours {{ sum += $2 }} '
    "END {{ print sum + 0 }}' /proc/[0-9]*/status > {folder}/memory 2> /dev/null"
)


def tried_out(parts: Parts, settings: dict[str, Any], host: Where = None) -> dict[str, Any]:
    """Keys: check (as `check_function` gives it, or None), starts_s, most_flows, memory; and
    not_measured, why the DUT could not be started, in one line, else None.

    `settings`: those of the check, and `trial`, those of a trial.  `starts_s` [s]: from nothing to
    a frame that came through, of each start, the sandbox or run folder and the generator's start
    included.  `most_flows`: as many as it has room for, None where it does not say.  `memory`:
    flows -> bytes of the DUT's processes, empty where nobody can tell them.
    """
    found: dict[str, Any] = {"check": None, "starts_s": [], "most_flows": None, "memory": {}}
    found["not_measured"] = None
    try:
        found["check"] = check_function(parts, settings, host)
        starts = [_start(parts, settings, host) for _ in range(STARTS)]
        found |= {"starts_s": [took for took, _ in starts], "most_flows": starts[-1][1]}
    except ERRORS as error:
        return found | {"not_measured": str(error)}
    does = known(parts.function, settings["dut"].get("function"))
    if does.keeps_state and not isinstance(host, TwoHosts):
        found["memory"] = _memory(parts, settings, host)
    return found


def _start(parts: Parts, settings: dict[str, Any], host: Where) -> tuple[float | None, int | None]:
    """How long a new DUT takes until a frame comes through [s], None when none does; most_flows."""
    frame = begins(settings["protocol"], INSIDE, plan_flow(0, settings["seed"]), "out0")
    began = time.monotonic()
    with assembled(parts, settings["dut"], host) as made:
        came = made.generator.exchange([frame])
        took, most_flows = time.monotonic() - began, made.dut.most_flows
    return round(took, 3) if any(port == OUTSIDE for port, _ in came) else None, most_flows


def _memory(parts: Parts, settings: dict[str, Any], host: Where) -> dict[str, int]:
    """Flows -> bytes, of new DUTs at the end of the same load."""
    found = {}
    for flows in FLOWS:
        try:
            found[str(flows)] = _memory_bytes(parts, settings, flows, host)
        except ERRORS:
            return {}  # too many for it, perhaps: that is found out elsewhere
    return found


def _memory_bytes(parts: Parts, settings: dict[str, Any], flows: int, host: Any) -> int:
    """As `assembled` does, but for the note, which is made where the processes are."""
    dut_cpu, generator_cpu = choose_cpus(host)
    chosen, made = dut_class(parts.dut), generator_class(IN_A_SANDBOX)
    with (
        Sandbox(host) as sandbox,
        chosen(sandbox, settings["dut"], parts.function, parts.program, dut_cpu) as dut,
    ):
        generator = made(sandbox, parts.generator, generator_cpu, *dut.attachment, makes=dut.makes)
        note = NOTE.format(generator=parts.generator.name[:15], folder=sandbox.folder)
        hooks = (dut.learned_command, f"{dut.counting_command}; {note}")
        trial = settings["trial"] | {"gating": None}
        rate = rate_mbit(LOAD_PPS, FRAME_SIZE)
        generator.run_trial(rate, FRAME_SIZE, flows, trial, flows, *hooks)
        return 1024 * int(sandbox.run(f"cat {sandbox.folder}/memory").stdout)


def memory_of_a_connection(memory: dict[str, int]) -> float | None:
    """Bytes that each further connection takes; None where that cannot be told."""
    if not memory:
        return None
    few, many = (memory[str(flows)] for flows in FLOWS)
    each = (many - few) / (FLOWS[1] - FLOWS[0])
    return each if each > NOISE_BYTES else None


def describe(found: dict[str, Any]) -> str:
    """What was found out, in one line for people."""
    if found["not_measured"]:
        return found["not_measured"]
    items = found["check"]["items"]
    failed = [item["name"] for item in items if not item["passed"]]
    said = f"fails {', '.join(failed)}" if failed else f"all {len(items)} functional checks pass"
    starts = [f"{of:.2f}" for of in found["starts_s"] if of is not None]
    said += f"; started in {', '.join(starts)} s" if starts else ""
    each = memory_of_a_connection(found["memory"])
    return said + (f"; {each:.0f} B a connection" if each else "")
