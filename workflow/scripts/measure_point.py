"""Measure one point on a new DUT and write its record."""

import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.job import unpacked
from middlebench.measuring.point import measure_point
from middlebench.records.job_files import read_calibration
from middlebench.records.record import describe, write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, measure, say how it went, write the record."""
    job = unpacked(snakemake)
    end_with_owner()
    with one_line_errors(job.log), testbed_place(job.testbed) as where, testbed_lock(where):
        cell_of_it = (job.identity["frame_size"], job.identity["flows"])
        calibration = read_calibration(snakemake.input.calibration, *cell_of_it)
        about = (job.identity, job.settings, job.parts, calibration)
        record = measure_point(*about, where, job.prepared, job.made_from)
        said = describe(record)
        print(said, file=sys.stderr)
        job.log.write_text(said + "\n", encoding="utf-8")
        write(record, Path(snakemake.output.record))


main(snakemake)
