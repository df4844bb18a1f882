"""Search for the throughput of one series and write all of its trials."""

import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.job import unpacked
from middlebench.measuring.throughput import describe, measure_series
from middlebench.records.job_files import read_calibration
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, search, say how it goes, write the trials."""
    job, trials = unpacked(snakemake), []

    def say(line: str) -> None:
        trials.append(f"{line}\n")
        with job.log.open("a", encoding="utf-8") as lines:
            lines.write(trials[-1])

    end_with_owner()
    with one_line_errors(job.log), testbed_place(job.testbed) as where, testbed_lock(where):
        cell_of_it = (job.identity["frame_size"], job.identity["flows"])
        calibration = read_calibration(snakemake.input.calibration, *cell_of_it)
        about = (job.identity, job.settings, job.parts, calibration)
        found = measure_series(*about, where, job.prepared, job.made_from, say)
        said = describe(found)
        print(said, file=sys.stderr)
        job.log.write_text(f"{''.join(trials)}{said}\n", encoding="utf-8")
        write(found, Path(snakemake.output.series))


main(snakemake)
