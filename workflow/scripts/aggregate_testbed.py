"""Make the tables of one testbed from the records of all its figures, and of its disturbance."""

import json
import sys
from pathlib import Path

from middlebench.analysis.machine_words import machine_line
from middlebench.analysis.tables import write_disturbance, write_tables
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.records.table import records_table

with one_line_errors(snakemake.log[0]):
    records = records_table(many(snakemake.input.records))
    write_tables(
        records,
        **json.loads(snakemake.params.limits),
        points=snakemake.output.points,
        series=snakemake.output.series,
        rates=snakemake.output.rates,
    )
    write_disturbance(records, snakemake.output.disturbance)
    if said := machine_line(records):
        print(said, file=sys.stderr)
        Path(snakemake.log[0]).write_text(said + "\n", encoding="utf-8")
