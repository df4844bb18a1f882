"""Search for the throughput of one series and write all of its trials."""

import json
import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.frame_mix import size_of_path
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import NOT_PREPARED
from middlebench.measuring.throughput import describe, measure_series
from middlebench.preparation.facts_hash import facts_hash
from middlebench.records.job_files import read_calibration
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, search, say how it goes, write the trials."""
    cell = snakemake.wildcards
    identity = {key: getattr(cell, key) for key in ("testbed", "dut", "function")}
    identity |= {"frame_size": size_of_path(cell.frame_size), "flows": int(cell.flows)}
    identity |= {"protocol": "tcp"} if cell.tcp else {}
    programs = (Path(snakemake.input.program), Path(snakemake.input.generator))
    parts = Parts(cell.dut, cell.function, *programs)
    settings, made_from = (
        json.loads(getattr(snakemake.params, name)) for name in ("settings", "made_from")
    )
    testbed = snakemake.config["testbeds"][cell.testbed]
    log, trials = Path(snakemake.log[0]), []

    def say(line: str) -> None:
        trials.append(f"{line}\n")
        with log.open("a", encoding="utf-8") as lines:
            lines.write(trials[-1])

    end_with_owner()
    with one_line_errors(log), testbed_place(testbed) as where, testbed_lock(where):
        calibration = read_calibration(
            snakemake.input.calibration, identity["frame_size"], identity["flows"]
        )
        about = (identity, settings, parts, calibration)
        hosts = map(facts_hash, many(snakemake.input.hosts))  # none in a sandbox
        prepared = NOT_PREPARED | dict(zip(NOT_PREPARED, hosts, strict=False))
        found = measure_series(*about, where, prepared, made_from, say)
        said = describe(found)
        print(said, file=sys.stderr)
        log.write_text(f"{''.join(trials)}{said}\n", encoding="utf-8")
        write(found, Path(snakemake.output.series))


main(snakemake)
