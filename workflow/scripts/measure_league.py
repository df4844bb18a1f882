"""Measure one series of the league: all trials until its capacity is known, and its latency."""

import json
import sys
from functools import partial
from pathlib import Path

from middlebench.analysis.league_files import read_tried
from middlebench.analysis.league_series import follows, search_settings
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.frame_mix import frame_size_of, size_of_path
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import NOT_PREPARED
from middlebench.measuring.series import BOUNDED_BY, SCHEMA, describe, measure_series
from middlebench.preparation.facts_hash import facts_hash
from middlebench.records.job_files import read_calibration
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, measure, say how it goes, write the trials."""
    cell, log = snakemake.wildcards, Path(snakemake.log[0])
    identity = {key: getattr(cell, key) for key in ("testbed", "dut", "function")}
    identity |= {"frame_size": size_of_path(cell.frame_size), "flows": int(cell.flows)}
    identity |= {"protocol": "tcp"} if cell.tcp else {}
    programs = (Path(snakemake.input.program), Path(snakemake.input.generator))
    parts = Parts(cell.dut, cell.function, *programs)
    settings = json.loads(snakemake.params.settings)
    made_from = json.loads(snakemake.params.made_from)
    testbed = snakemake.config["testbeds"][cell.testbed]
    said: list[str] = []

    def say(line: str) -> None:
        said.append(f"{line}\n")
        log.write_text("".join(said), encoding="utf-8")

    end_with_owner()
    with one_line_errors(log), testbed_place(testbed) as where, testbed_lock(where):
        size = frame_size_of({"identity": identity, "settings": settings["trial"]})
        calibration = read_calibration(snakemake.input.calibration, size, identity["flows"])
        searching = search_settings(settings, calibration["ceiling_pps"], size)
        hosts = map(facts_hash, many(snakemake.input.hosts))  # none in a sandbox
        prepared = NOT_PREPARED | dict(zip(NOT_PREPARED, hosts, strict=False))
        follow = partial(follows, settings=settings, searching=searching)
        about = (identity, settings["trial"], parts, calibration, follow, where, prepared)
        unusable = read_tried(snakemake.input.tried)["not_measured"]
        found = measure_series(*about, made_from, say, unusable)
        say(describe(identity, found))
        print(said[-1], end="", file=sys.stderr)
        bounds = {key: calibration[key] for key in BOUNDED_BY if key in calibration}
        content = {"schema": SCHEMA, "made_from": made_from, "identity": identity, **found}
        content |= {"settings": settings, "calibration": bounds}
        write(content, Path(snakemake.output.series))


main(snakemake)
