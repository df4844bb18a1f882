"""Measure one series of the league: all trials until its capacity is known, and its latency."""

import sys
from functools import partial
from pathlib import Path

from middlebench.analysis.league_files import read_tried
from middlebench.analysis.league_series import follows, search_settings, why_not
from middlebench.errors import one_line_errors
from middlebench.frame_mix import frame_size_of
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.job import unpacked
from middlebench.measuring.series import BOUNDED_BY, SCHEMA, describe, measure_series
from middlebench.records.job_files import read_calibration
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, measure, say how it goes, write the trials."""
    job, said = unpacked(snakemake), []
    identity, settings = job.identity, job.settings

    def say(line: str) -> None:
        said.append(f"{line}\n")
        job.log.write_text("".join(said), encoding="utf-8")

    end_with_owner()
    with one_line_errors(job.log), testbed_place(job.testbed) as where, testbed_lock(where):
        size = frame_size_of(identity["frame_size"], settings["trial"])
        calibration = read_calibration(snakemake.input.calibration, size, identity["flows"])
        searching = search_settings(settings, calibration["ceiling_pps"], size)
        follow = partial(follows, settings=settings, searching=searching)
        about = (identity, settings["trial"], job.parts, calibration, follow, where, job.prepared)
        unusable = why_not(read_tried(snakemake.input.tried), identity["flows"], settings)
        found = measure_series(*about, job.made_from, say, unusable)
        say(describe(identity, found))
        print(said[-1], end="", file=sys.stderr)
        bounds = {key: calibration[key] for key in BOUNDED_BY if key in calibration}
        content = {"schema": SCHEMA, "made_from": job.made_from, "identity": identity, **found}
        content |= {"settings": settings, "calibration": bounds}
        write(content, Path(snakemake.output.series))


main(snakemake)
