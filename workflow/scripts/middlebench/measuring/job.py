"""What a job that measures is given, unpacked: the same of a point and of a series."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from middlebench.files.job_inputs import many
from middlebench.frame_mix import size_of_path
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import NOT_PREPARED
from middlebench.preparation.facts_hash import facts_hash
from middlebench.records.identity import rate_of

_NUMBERS = {"frame_size": size_of_path, "flows": int, "rate_mbit": rate_of, "repetition": int}


class Job(NamedTuple):
    """One job of a rule that measures."""

    identity: dict[str, Any]
    """What its wildcards name; of a mix of frame sizes the name alone."""
    parts: Parts
    settings: dict[str, Any]
    made_from: dict[str, Any]
    testbed: dict[str, Any]
    """The section of the configuration."""
    log: Path
    hosts: list[str]

    @property
    def prepared(self) -> dict[str, str | None]:
        """The hashes of the facts about the hosts, as a record has them; none in a sandbox."""
        if not self.hosts:
            return NOT_PREPARED
        return dict(zip(NOT_PREPARED, map(facts_hash, self.hosts), strict=True))


def unpacked(snakemake: Any) -> Job:
    """A job as Snakemake gives it to a script."""
    cell, given, told = snakemake.wildcards, snakemake.input, snakemake.params
    identity = {key: getattr(cell, key) for key in ("testbed", "dut", "function")}
    named = {key: read for key, read in _NUMBERS.items() if hasattr(cell, key)}
    identity |= {key: read(getattr(cell, key)) for key, read in named.items()}
    identity |= {"protocol": "tcp"} if cell.tcp else {}
    return Job(
        identity,
        Parts(cell.dut, cell.function, Path(given.program), Path(given.generator)),
        json.loads(told.settings),
        json.loads(told.made_from),
        snakemake.config["testbeds"][cell.testbed],
        Path(snakemake.log[0]),
        many(given.hosts),
    )
