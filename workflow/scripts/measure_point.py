"""Measure one point on a new DUT and write its record."""

import json
import sys
from pathlib import Path

from middlebench.assembly import Parts
from middlebench.errors import one_line_errors
from middlebench.hosts import testbed_host
from middlebench.lifetime import end_with_owner, machine_lock
from middlebench.measure import measure_point
from middlebench.record import describe, write

NUMBERS = ("frame_size", "flows", "rate_mbit", "repetition")


def main(snakemake) -> None:
    """Unpack the job, measure, say how it went, write the record."""
    cell = snakemake.wildcards
    identity = {key: getattr(cell, key) for key in ("testbed", "dut", "function")}
    identity |= {key: int(getattr(cell, key)) for key in NUMBERS}
    identity |= {"protocol": "tcp"} if cell.tcp else {}
    settings = json.loads(snakemake.params.settings)
    calibration = json.loads(Path(snakemake.input.calibration).read_text(encoding="utf-8"))
    programs = (Path(snakemake.input.program), Path(snakemake.input.softgen))
    parts = Parts(cell.dut, cell.function, *programs)
    testbed = snakemake.config["testbeds"][snakemake.wildcards.testbed]
    end_with_owner()
    with one_line_errors(snakemake.log[0]), testbed_host(testbed) as host, machine_lock(host):
        record = measure_point(identity, settings, parts, calibration, host)
        said = describe(record)
        print(said, file=sys.stderr)
        Path(snakemake.log[0]).write_text(said + "\n", encoding="utf-8")
        write(record, Path(snakemake.output.record))


main(snakemake)
