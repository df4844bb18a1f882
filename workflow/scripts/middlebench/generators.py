"""The load generators by name: all that others must know of one.

Used while Snakemake reads the rules: nothing slow is imported.  A new one is a module with the
interface of `loadgens.interface`, a folder workflow/loadgens/<name>/, and an entry here.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
"""A JSON schema."""


class Generator(NamedTuple):
    """Where a generator is implemented, and how it differs from others."""

    title: str
    """Its name for people."""
    module: str
    """Module of this library: changed, it re-measures what this generator makes the load of."""
    name: str
    """The class in it."""
    program: str
    """What is built of workflow/loadgens/<program>/: the generator, or what exchanges for it."""
    scripts: str
    """Pattern of the files in its own folder that it is given as they are; empty: none."""
    result: dict[str, Schema]
    """Keys that its result has besides those of result.schema.json, and whose definitions these
    schemas may use; no other generator's has them."""
    every_frame: bool
    """It looks at each frame that comes back, not at probes and counters alone."""
    handshakes_apart: bool
    """Its totals do not have the frames of TCP's handshakes: its result counts those apart."""
    mixes: bool
    """It sends mixes of frame sizes, in the order of softgen."""
    needs_cards: bool
    """It sends from network cards alone, named by their PCI addresses."""
    settings: dict[str, Any]
    """JSON schema of its section testbeds.<testbed>.loadgen.<name>; empty: it has none."""
    found_by: tuple[str, ...]
    """Keys of that section that say where on its host is what must be there before."""
    wiring: dict[str, str]
    """The lines that it has in the picture of the wiring, by the key of the section they show."""


_COUNT = {"$ref": "#/definitions/count"}
_BY = {"enum": ["hardware", "software"]}

GENERATORS = {
    "moongen": Generator(
        title="MoonGen",
        module="loadgens.moongen",
        name="MoonGenOnHost",
        program="softgen",
        scripts="*.lua",
        result={"pacing": {"type": "object"}, "latency_probes": {"type": "object"}},
        every_frame=False,
        handshakes_apart=False,
        mixes=False,
        needs_cards=True,
        settings={
            "type": "object",
            "description": "MoonGen on the load generator's host",
            "additionalProperties": False,
            "required": ["path", "pacing", "stamps"],
            "properties": {
                "path": {
                    "type": "string",
                    "pattern": r"^/[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{0,4000}$",
                    "description": "folder of a built checkout",
                },
                "pacing": {**_BY, "description": "who keeps the rate"},
                "stamps": {**_BY, "description": "who times the probes"},
            },
        },
        found_by=("path",),
        wiring={"path": "in {}", "pacing": "pacing by {}", "stamps": "stamps by {}"},
    ),
    "softgen": Generator(
        title="softgen",
        module="loadgens.softgen",
        name="Softgen",
        program="softgen",
        scripts="",
        result={
            "dpdk": {"type": "string"},
            "tsc_hz": {"type": "number", "minimum": 1, "maximum": 1e12},
            "syns_sent": _COUNT,
            "syns_received": _COUNT,
            "answers_sent": _COUNT,
            "answers_received": _COUNT,
        },
        every_frame=True,
        handshakes_apart=True,
        mixes=True,
        needs_cards=False,
        settings={},
        found_by=(),
        wiring={},
    ),
}

IN_A_SANDBOX = "softgen"
"""What makes the load where a testbed says nothing of it."""


def generator_of(testbed: Mapping[str, Any]) -> str:
    """Name of what makes the load on a testbed of the configuration."""
    return testbed.get("loadgen", {}).get("generator", IN_A_SANDBOX)
