"""Name the points of a sweep that are measured next, from the records that are there."""

import json
import sys
from pathlib import Path

from middlebench.analysis.sweep import describe, left_over, plan
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.provenance.keeping import records_digest
from middlebench.records.record import write

with one_line_errors(snakemake.log[0]):
    planned = plan(many(snakemake.input.records), json.loads(snakemake.params.sweep))
    said = f"{snakemake.wildcards.figure}: {describe(planned)}"
    if not planned["more"] and (unused := left_over(many(snakemake.input.records), planned)):
        said += (
            f"\n{snakemake.wildcards.figure}: {len(unused)} records of fine points belong to the "
            f"sweep no more, and are not used: {', '.join(map(str, unused))}"
        )
    print(said, file=sys.stderr)
    Path(snakemake.log[0]).write_text(said + "\n", encoding="utf-8")
    made_from = json.loads(snakemake.params.made_from)
    made_from["records"] = records_digest(many(snakemake.input.records))
    settings = json.loads(snakemake.params.sweep)
    write({"made_from": made_from, "settings": settings, **planned}, Path(snakemake.output.plan))
