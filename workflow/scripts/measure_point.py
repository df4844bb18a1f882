"""Measure one point on a new DUT and write its record."""

import json
import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.frame_mix import size_of_path
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import NOT_PREPARED, measure_point
from middlebench.preparation.facts_hash import facts_hash
from middlebench.records.identity import rate_of
from middlebench.records.job_files import read_calibration
from middlebench.records.record import describe, write
from middlebench.testbeds.places import testbed_lock, testbed_place

NUMBERS = {"frame_size": size_of_path, "flows": int, "rate_mbit": rate_of, "repetition": int}


def hashes(facts: list[str]) -> dict[str, str | None]:
    """The hashes of the facts about the hosts, in the order of a record's; none in a sandbox."""
    if not facts:
        return NOT_PREPARED
    return dict(zip(NOT_PREPARED, map(facts_hash, facts), strict=True))


def main(snakemake) -> None:
    """Unpack the job, measure, say how it went, write the record."""
    cell = snakemake.wildcards
    identity = {key: getattr(cell, key) for key in ("testbed", "dut", "function")}
    identity |= {key: read(getattr(cell, key)) for key, read in NUMBERS.items()}
    identity |= {"protocol": "tcp"} if cell.tcp else {}
    settings = json.loads(snakemake.params.settings)
    made_from = json.loads(snakemake.params.made_from)
    programs = (Path(snakemake.input.program), Path(snakemake.input.generator))
    parts = Parts(cell.dut, cell.function, *programs)
    testbed = snakemake.config["testbeds"][snakemake.wildcards.testbed]
    end_with_owner()
    with one_line_errors(snakemake.log[0]), testbed_place(testbed) as where, testbed_lock(where):
        cell_of_it = (identity["frame_size"], identity["flows"])
        calibration = read_calibration(snakemake.input.calibration, *cell_of_it)
        prepared = hashes(many(snakemake.input.hosts))
        about = (identity, settings, parts, calibration)
        record = measure_point(*about, where, prepared, made_from)
        said = describe(record)
        print(said, file=sys.stderr)
        Path(snakemake.log[0]).write_text(said + "\n", encoding="utf-8")
        write(record, Path(snakemake.output.record))


main(snakemake)
