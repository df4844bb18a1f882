"""Find out about a DUT with a function what the league says besides its capacity."""

import json
import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.parts import Parts
from middlebench.measuring.series import SCHEMA
from middlebench.measuring.trying_out import describe, tried_out
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, try, say what was found, write it."""
    cell, log = snakemake.wildcards, Path(snakemake.log[0])
    settings, made_from = (
        json.loads(getattr(snakemake.params, name)) for name in ("settings", "made_from")
    )
    programs = (Path(snakemake.input.program), Path(snakemake.input.generator))
    parts = Parts(cell.dut, cell.function, *programs)
    testbed = snakemake.config["testbeds"][cell.testbed]
    end_with_owner()
    with one_line_errors(log), testbed_place(testbed) as where, testbed_lock(where):
        found = tried_out(parts, settings, where)
        said = f"{cell.dut}, {cell.function}: {describe(found)}"
        print(said, file=sys.stderr)
        log.write_text(f"{said}\n", encoding="utf-8")
        identity = {key: getattr(cell, key) for key in ("testbed", "dut", "function")}
        identity |= {"protocol": "tcp"} if cell.tcp else {}
        about = {"schema": SCHEMA, "made_from": made_from, "identity": identity}
        write(about | {"settings": settings, **found}, Path(snakemake.output.tried))


main(snakemake)
