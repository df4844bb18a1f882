"""The connections that mOS holds: what its log says of them, and how many it can.

mOS keeps two streams a connection, one for each side.  A core takes memory for `max_concurrency`
streams at its start (core/src/tcp_stream.c, CreateTCPStream); a connection that finds none left is
not seen by an application: nat lets its frames out untranslated.
"""

import re
from collections.abc import Mapping
from string import Template
from typing import Any

from middlebench.software.choice import DEFAULTS

STREAMS = 2
"""Of a connection."""

FULL = "Cannot allocate memory for the stream"
"""What the log says for each frame that finds no memory (core/src/tcp_stream.c:442)."""

STATISTICS_S = 1
"""Between two statistics (core/src/core.c, PrintNetworkStats)."""

_FLOWS = re.compile(r"^\[ ALL \] flows:\s*(\d+)\s*$", re.MULTILINE)
"""Of all cores, once a second, where a port has stat_print (core/src/core.c:337)."""

NOTE = Template(
    f"""cd $folder
lines() {{ grep -c '^\\[ ALL \\] flows:' said || :; }}
begun=$$(lines); n=0
while test $$(lines) -eq $$begun && test $$n -lt {STATISTICS_S * 40}; do
  sleep 0.05; n=$$((n + 1))
done
{{ grep '^\\[ ALL \\] flows:' said | tail -n 1; grep -m 1 -F '{FULL}' said || :; }} > $moment"""
)
"""Shell: note the next statistics (older ones are from before), and whether memory was too little;
waits for twice their time at most, as a process that hangs says nothing more."""


def connections(said: str) -> int | None:
    """How many are held by the last statistics in a log; None when there are none."""
    flows = _FLOWS.findall(said)
    return int(flows[-1]) // STREAMS if flows else None


def state_limit(said: str, max_concurrency: int) -> str | None:
    """Why a point failed in which a connection found no memory; None where all did."""
    if FULL not in said:
        return None
    return (
        f"state limit: mOS says `{FULL}` (max_concurrency is {max_concurrency} streams a core, "
        f"{STREAMS} a connection), and what finds none passes as it came"
    )


def holds(settings: Mapping[str, Any], software: Mapping[str, Any]) -> tuple[int, str]:
    """How many connections all cores together can hold, and why not more."""
    pcap = (DEFAULTS["mos"] | software)["variant"] == "pcap"
    cores, streams = 1 if pcap else settings["cores"], settings["max_concurrency"]
    why = f"max_concurrency: {streams} is {streams // STREAMS} connections of two streams on a core"
    return cores * streams // STREAMS, f"{why}, and it has {cores}"
