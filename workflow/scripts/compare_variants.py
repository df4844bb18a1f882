"""Compare the variants of a comparison in turns, until it is decided, and write all of it."""

import json
import sys
from functools import partial
from pathlib import Path

from middlebench.analysis.comparing import pairs
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.frame_mix import frame_size_of
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.parts import Parts
from middlebench.measuring.turns import compare
from middlebench.measuring.variants import Variant
from middlebench.records.job_files import read_calibration
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def say(line: str) -> None:
    """To people, who wait."""
    print(line, file=sys.stderr, flush=True)


def main(snakemake) -> None:
    """Unpack the job, compare, say how it went, write it."""
    cell, given = snakemake.wildcards, snakemake.input
    settings = json.loads(snakemake.params.settings)
    made_from = json.loads(snakemake.params.made_from)
    variants, generator = {}, Path(given.generator)
    for of, program in zip(settings["variants"], many(given.programs), strict=True):
        parts = Parts(of["dut"], of["function"], Path(program), generator)
        size = frame_size_of(of["frame_size"], of["settings"])
        variants[of["name"]] = Variant(parts, of["settings"], size, of["flows"])
    first = settings["variants"][0]
    testbed = snakemake.config["testbeds"][cell.testbed]
    comparison = {"name": cell.comparison, "testbed": cell.testbed, "settings": settings}
    decide = partial(pairs, variants=list(variants), settings=settings)
    end_with_owner()
    with one_line_errors(snakemake.log[0]), testbed_place(testbed) as where, testbed_lock(where):
        calibration = read_calibration(given.calibration, first["frame_size"], first["flows"])
        made = {"made_from": made_from, **comparison}
        result = compare(made, variants, calibration, decide, where, say)
        said = "\n".join(pair["said"] for pair in result["pairs"])
        say(said)
        Path(snakemake.log[0]).write_text(said + "\n", encoding="utf-8")
        write(result, Path(snakemake.output.result))


main(snakemake)
