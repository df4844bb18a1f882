"""Name the points that need one more repetition, from the records that are there."""

import json
import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.record import write
from middlebench.repetitions import describe, plan

with one_line_errors(snakemake.log[0]):
    planned = plan(snakemake.input.records, json.loads(snakemake.params.repetitions))
    said = f"{snakemake.wildcards.figure}: {describe(planned)}"
    print(said, file=sys.stderr)
    Path(snakemake.log[0]).write_text(said + "\n", encoding="utf-8")
    write(planned, Path(snakemake.output.plan))
    if planned["more"]:
        for made in snakemake.params.stale.split():
            Path(made).unlink(missing_ok=True)
