"""Measure what the generator itself can do on a testbed: its highest rate and its own latency."""

import json
import sys
from pathlib import Path

from middlebench.duts.registry import CALIBRATED_WITH
from middlebench.errors import one_line_errors
from middlebench.frame_mix import frame_size_of, size_of_path
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.calibration import calibrate, describe, line_rate_bounds
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def say(line: str) -> None:
    """To people, who wait."""
    print(line, file=sys.stderr, flush=True)


def main(snakemake) -> None:
    """Unpack the job, calibrate, say what was found."""
    cell, log = snakemake.wildcards, Path(snakemake.log[0])
    settings = json.loads(snakemake.params.settings)
    testbed = snakemake.config["testbeds"][snakemake.wildcards.testbed]
    end_with_owner()
    size = frame_size_of(size_of_path(cell.frame_size), settings)
    numbers = (size, int(cell.flows))
    with one_line_errors(log):
        dut = CALIBRATED_WITH.get(cell.ports)
        if dut is None:
            found = line_rate_bounds(*numbers, settings)
        else:
            with testbed_place(testbed) as host, testbed_lock(host):
                program = Path(snakemake.input.generator)
                found = calibrate(dut, *numbers, settings, program, host, say)
        said = describe(found)
        print(said, file=sys.stderr)
        log.write_text(said + "\n", encoding="utf-8")
        write(
            {"made_from": json.loads(snakemake.params.made_from), **found},
            Path(snakemake.output.calibration),
        )


main(snakemake)
